"""What a person sees of an audit: a line a kind, and what its certificates do not say."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from infoplane._cli._cells import Row, all_of, first_of, interval_of, new_table, value_of

if TYPE_CHECKING:
    from infoplane.runs import Run

_READ, _NAMED = "span_recovery", "span_identification"
_GUESSED: Row = {"method": "without", "layer": None, "role": None}
_COLUMNS: dict[str, Row] = {
    "read back": {"quantity": _READ, "method": "state"},
    "by guess": {"quantity": _READ} | _GUESSED,
    "another's state": {"quantity": _READ, "method": "exchanged"},
    "certified": {"quantity": f"certified_{_READ}"},
    "picked out": {"quantity": _NAMED, "method": "state"},
    "picked by guess": {"quantity": _NAMED} | _GUESSED,
    "certified, picked": {"quantity": f"certified_{_NAMED}"},
}


def audited(run: "Run") -> tuple[Mapping[str, Any], list[RenderableType]]:
    """What has to be known to read the audit, and what a person sees of it; nothing of another run."""
    rows = run.ledger.filter(measure="audit")
    if not rows:
        return {}, []
    path = run.artifacts / "spans.json"
    says = json.loads(path.read_text(encoding="utf-8"))["says"] if path.is_file() else []
    return {"says": says}, [kind_table(rows), *(Text(one) for one in says)]


def kind_table(rows: Sequence[Row]) -> Table:
    """One line a kind and place: read back, guessed without the state, certified; the same of picking the right one."""
    shown = {name: column for name, column in _COLUMNS.items() if first_of(rows, **column)}
    table = new_table("Read back by kind", "kind", "layer", "pooling", "spans", *shown)
    table.columns[0].justify = "left"
    for place in dict.fromkeys((row["label"], row["layer"], row["role"]) for row in all_of(rows, method="state")):
        where = dict(zip(("label", "layer", "role"), place, strict=True))
        numbers = [first_of(rows, **where | column) for column in shown.values()]
        count = next((str(row["n"]) for row in numbers if row is not None), "")
        table.add_row(*map(str, place), count, *map(_cell, numbers))
    return table


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    if row["kind"] == "certificate":
        return f"\u2265 {value_of(row)}"
    return f"{value_of(row)} {interval_of(row)}" if row["method"] == "state" else value_of(row)
