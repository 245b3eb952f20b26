"""What a command hands back, and the two ways to print it; the bar that moves until then."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console, RenderableType

Told = Callable[[str, int, int], None]

_PIPE_WIDTH = 160


@dataclass(frozen=True)
class Result:
    """The outcome of a command: `document` for --json, `shown` for a person, and the exit code."""

    as_json: bool
    document: Mapping[str, Any]
    shown: list[RenderableType] = field(default_factory=list)
    code: int = 0


class _Console(Console):
    """A console that says when nobody reads any more, instead of leaving the process."""

    def on_broken_pipe(self) -> None:
        """Pass the error on, so that the command line ends quietly."""
        raise BrokenPipeError


def emit(result: Result | None) -> int:
    """Print a result to standard output and return its exit code."""
    if result is None:
        return 0
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    if result.as_json:
        print(json.dumps(result.document, allow_nan=False, default=str))
    else:
        console = _Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)
        for part in result.shown:
            console.print(part)
    sys.stdout.flush()
    return result.code


@contextmanager
def progress() -> Iterator[Told]:
    """Bars on standard error, one for each thing told as (what, done, total); none where that is no terminal.

    A total of 0 is one that is not known; such a bar goes away when the next thing is told.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        known: dict[str, TaskID] = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in known:
                for task in (task for task in bars.tasks if task.total is None):
                    bars.update(task.id, visible=False)
                known[what] = bars.add_task(what, total=total or None)
            bars.update(known[what], completed=done)

        yield told
