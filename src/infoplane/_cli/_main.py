"""From the command line to an exit code.

0 done, 2 bad input in one line, 130 interrupted, 1 a fault of ours; a traceback only where INFOPLANE_DEBUG is set.
Everything that takes time to import is imported where an interrupt is already caught.
"""

import errno
import os
import shlex
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import Self

from infoplane._errors import InfoplaneError

_REFUSALS = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS}
_INTERRUPTED = "interrupted; the same command continues"


class _Interrupts:
    """Remembers Ctrl-C, which libraries that are just being imported turn into errors of their own."""

    def __init__(self) -> None:
        self.came = False

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _interrupt(self, *_: object) -> None:
        self.came = True
        raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command in `arguments`, or on the command line, and leave the process with its exit code."""
    with _Interrupts() as interrupts:
        try:
            code = _emitted(list(sys.argv[1:] if arguments is None else arguments))
        except BaseException as error:
            code = _ended(error, interrupted=interrupts.came)
    sys.exit(code)


def _ended(error: BaseException, *, interrupted: bool) -> int:
    """Say what ended the command, unless it is that nobody reads any more; the exit code."""
    if isinstance(error, BrokenPipeError) or isinstance(error.__context__, BrokenPipeError):  # rich makes it SystemExit
        _close_pipe()
        return 0
    said, code = (_INTERRUPTED, 130) if interrupted else _said(error)
    if os.environ.get("INFOPLANE_DEBUG"):
        traceback.print_exc()
    print(f"infoplane: {said}", file=sys.stderr)
    return code


def _emitted(arguments: list[str]) -> int:
    from infoplane._cli._app import command
    from infoplane._cli._output import emit

    result = command()(arguments, prog_name="infoplane", standalone_mode=False, obj=_typed(arguments))
    return emit(result) if not isinstance(result, int) else _interrupted(result)


def _typed(arguments: Sequence[str]) -> str:
    """What to type in a shell to get the same again, options from the environment before it."""
    names = sorted(name for name in os.environ if name.startswith("INFOPLANE_") and name != "INFOPLANE_DEBUG")
    return " ".join(
        [*(f"{name}={shlex.quote(os.environ[name])}" for name in names), shlex.join(["infoplane", *arguments])]
    )


def _interrupted(code: int) -> int:
    if code == 130:
        raise KeyboardInterrupt
    return code


def _said(error: BaseException) -> tuple[str, int]:
    """The line for `error`, and the exit code."""
    import typer

    if isinstance(error, InfoplaneError):
        return str(error), 2
    if isinstance(error, typer.TyperException):
        path = getattr(getattr(error, "ctx", None), "command_path", "infoplane")
        return f"{' '.join(error.format_message().split()).rstrip('.')}; see {path} --help", 2
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return _INTERRUPTED, 130
    if isinstance(error, OSError) and error.errno in _REFUSALS:
        do = "free space" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "change its permissions or choose another"
        return (
            f"{error.filename or 'a file'} cannot be used ({error.strerror}); {do}, then the same command continues",
            2,
        )
    first = (str(error).strip().splitlines() or ["no message"])[0][:300]
    return f"fault of infoplane ({type(error).__name__}: {first}); INFOPLANE_DEBUG=1 shows where", 1


def _close_pipe() -> None:
    """Nobody reads what is left in the buffer; without this Python complains about it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
