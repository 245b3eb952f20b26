"""The tables of a distillation, from the rows of its ledger."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from infoplane._cli._cells import Row, all_of, first_of, interval_of, new_table, value_of

if TYPE_CHECKING:
    from infoplane.runs import Run

_COUNTS = ("configurations", "parameters")
_PLAIN = "cross-entropy"


def distilled(run: "Run") -> tuple[Mapping[str, Any], list[RenderableType]]:
    """What was chosen, with how many students were tried, and what a person sees of it; nothing of another run."""
    rows = run.ledger.filter(measure="distill")
    tried = first_of(rows, quantity="configurations")
    if tried is None:
        return {}, []
    chosen = {name: run.facts[name] for name in ("teacher", "alpha", "temperature")}
    chosen |= {"configurations": int(tried["value"]), "model": str(run.path / "model")}
    select_on = run.config["select_on"]
    told = [row for row in rows if row["role"] != "chosen" and row["quantity"] != "accuracy_difference"]
    held = all_of(told, split=select_on)
    tables: list[RenderableType] = [
        _by_role(f"Teachers, on {select_on}", all_of(held, method="teacher"), chosen["teacher"]),
        _by_role(f"Students, on {select_on}", [row for row in held if row["method"] != "teacher"], _said(chosen)),
        _tested(all_of(rows, split="test", role="chosen")),
        *(_difference(row, chosen["configurations"]) for row in all_of(rows, quantity="accuracy_difference")),
    ]
    if select_on == "test":
        tables.append(Text("selected on the reported set: teacher, epoch, alpha and T were chosen by what is shown"))
    return chosen, tables


def _said(chosen: Mapping[str, Any]) -> str:
    return f"alpha={chosen['alpha']:g}, T={chosen['temperature']:g}"


def _by_role(title: str, rows: Sequence[Row], chosen: str) -> Table:
    """A line a teacher or student, with its numbers."""
    names = _quantities(rows)
    table = new_table(title, "who", *(name.replace("_", " ") for name in names), "")
    table.columns[0].justify = table.columns[-1].justify = "left"
    for role in dict.fromkeys(row["role"] for row in rows):
        numbers = [first_of(rows, role=role, quantity=name) for name in names]
        plain = first_of(rows, role=role, method=_PLAIN) is not None and role != chosen
        table.add_row(role, *map(_number, numbers), "chosen" if role == chosen else "no teacher" if plain else "")
    return table


def _tested(rows: Sequence[Row]) -> Table:
    """A line for the teacher, the chosen student and the one without a teacher, on the test split."""
    names = [name for name in _quantities(rows) if name not in _COUNTS] + ["parameters"]
    table = new_table("On test, read once", "who", *(name.replace("_", " ") for name in names))
    table.columns[0].justify = "left"
    for method in dict.fromkeys(row["method"] for row in rows):
        numbers = [first_of(rows, method=method, quantity=name) for name in names]
        who = "student without a teacher" if method == _PLAIN else method
        table.add_row(who, *map(_number, numbers))
    return table


def _difference(row: Row, configurations: int) -> Text:
    other = "the student without a teacher" if row["role"] == _PLAIN else f"the {row['role']}"
    best = f"best of {configurations} configuration{'s' if configurations > 1 else ''}"
    ends = "" if row["low"] is None else f" [{100 * row['low']:+.1f}, {100 * row['high']:+.1f}]"
    return Text(
        f"student less {other}: {100 * row['value']:+.1f}{ends} points of accuracy, "
        f"p = {row['p_value']:.2g} (McNemar, Holm); {best}"
    )


def _quantities(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row["quantity"] for row in rows))


def _number(row: Row | None) -> str:
    if row is not None and row["quantity"] == "cmi":
        return f"{row['value']:.3g} {row['units']}"
    return value_of(row) if row is None or row["low"] is None else f"{value_of(row, unit=False)} {interval_of(row)}"
