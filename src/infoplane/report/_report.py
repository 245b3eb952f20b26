"""From a run directory to one self-contained page."""

from pathlib import Path
from typing import TYPE_CHECKING

from infoplane.report._page import render
from infoplane.report._run_data import RunData
from infoplane.runs import write_atomic

if TYPE_CHECKING:
    from infoplane.runs import Run

PAGE = "report.html"


def report(run: "Run | str | Path", other: "Run | str | Path | None" = None, *, out: str | Path | None = None) -> Path:
    """Write the page of `run`, or of two runs on one page, and return where it stands.

    `run`, `other`: a Run or its directory; only run.json, ledger.jsonl and artifacts/ are read. `out`: the file to
    write, by default in the first run's directory report.html or, of two runs, report-<name of the second>.html; it
    appears whole or not at all. Raises RunError for a directory without a run, an empty ledger or a place that cannot
    be written.
    """
    first, *rest = [RunData.of(_folder(given)) for given in (run, other) if given is not None]
    page = first.path / _name(rest) if out is None else Path(out)
    write_atomic(page, render([first, *rest]))
    return page


def _name(others: list[RunData]) -> str:
    """The page of one run, or one beside it that names the run it is compared with."""
    return f"report-{others[0].path.resolve().name}.html" if others else PAGE


def _folder(run: "Run | str | Path") -> Path:
    return Path(run) if isinstance(run, str | Path) else Path(run.path)
