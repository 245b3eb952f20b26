"""What demo, measure and show say about a run."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.text import Text

from infoplane._cli._audit_tables import audited
from infoplane._cli._distill_tables import distilled
from infoplane._cli._method_tables import comparison
from infoplane._cli._output import Result
from infoplane._cli._recover_tables import recovered
from infoplane._cli._sweep_tables import swept
from infoplane._cli._tables import flags_of, summary
from infoplane._cli._training_tables import trained

if TYPE_CHECKING:
    from infoplane.runs import Run


def run_result(run: "Run", page: Path | None, as_json: bool) -> Result:
    """The numbers of `run`, what was left out or cut, and where its page is."""
    rows = run.ledger.rows()
    excluded, truncated = (
        {str(what): count for what, count in run.facts.get(name, {}).items() if count}
        for name in ("excluded", "truncated")
    )
    document: dict[str, Any] = {
        "run": str(run.path),
        "report": None if page is None else str(page),
        "finished": run.finished,
        "excluded": excluded,
        "truncated": truncated,
        "flags": flags_of(rows),
        "rows": rows,
    }
    shown: list[RenderableType] = []
    for told in (comparison, trained, distilled, swept, recovered, audited):
        values, tables = told(run)
        document |= values
        shown += tables
    shown += summary(rows)
    if excluded:
        shown.append(Text("left out: " + ", ".join(f"{count} {reason}" for reason, count in excluded.items())))
    if truncated:
        counts = ", ".join(f"{count} in {split}" for split, count in truncated.items())
        shown.append(Text(f"texts longer than the context, their beginnings cut: {counts}"))
    if not run.finished:
        shown.append(Text("not finished: the command that began this run continues it"))
    if page is not None:
        shown.append(Text(f"report: {page}"))
    return Result(as_json, document, shown)
