"""What demo, measure and show say about a run."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from infoplane._cli._output import Result
from infoplane._cli._tables import flags_of, summary

if TYPE_CHECKING:
    from infoplane.runs import Run


def run_result(run: "Run", page: Path | None, as_json: bool) -> Result:
    """The numbers of `run`, what was left out, and where its page is."""
    rows = run.ledger.rows()
    excluded = {str(reason): count for reason, count in run.facts.get("excluded", {}).items() if count}
    document = {
        "run": str(run.path),
        "report": None if page is None else str(page),
        "finished": run.finished,
        "excluded": excluded,
        "flags": flags_of(rows),
        "rows": rows,
    }
    shown = summary(rows)
    if excluded:
        shown.append(Text("left out: " + ", ".join(f"{count} {reason}" for reason, count in excluded.items())))
    if not run.finished:
        shown.append(Text("not finished: the command that began this run continues it"))
    if page is not None:
        shown.append(Text(f"report: {page}"))
    return Result(as_json, document, shown)
