"""How numbers of a ledger's rows are written in the cells of a table."""

from collections.abc import Iterable
from typing import Any

from rich import box
from rich.table import Table

Row = dict[str, Any]

_WHOLE = ("layer", "step", "value", "transferred", "efficiency")


def new_table(title: str, *columns: str) -> Table:
    """A table without lines yet, numbers to the right."""
    look: dict[str, Any] = {"box": box.SIMPLE_HEAD, "pad_edge": False, "padding": (0, 1, 0, 0)}
    table = Table(title=title, title_justify="left", title_style="bold", caption_justify="left", **look)
    for name in columns:
        table.add_column(name, justify="right", no_wrap=name in _WHOLE)
    return table


def all_of(rows: Iterable[Row], **where: Any) -> list[Row]:
    """The rows at some coordinates."""
    return [row for row in rows if all(row[name] == value for name, value in where.items())]


def first_of(rows: Iterable[Row], **where: Any) -> Row | None:
    """The first of `all_of`, or None."""
    return next(iter(all_of(rows, **where)), None)


def number_of(value: float | None, units: str) -> str:
    """Fractions in per cent, counts whole, all else to three places; empty for None."""
    if value is None:
        return ""
    if units == "fraction":
        return f"{100 * value:.1f} %"
    return f"{value:.0f}" if units == "count" else f"{round(value, 3) + 0.0:.3f}"


def value_of(row: Row | None, *, unit: bool = True) -> str:
    """The value of a row with its unit, where that is asked for."""
    if row is None:
        return ""
    word = f" {row['units']}" if unit and row["units"] not in ("fraction", "count") else ""
    return f"{number_of(row['value'], row['units'])}{word}"


def interval_of(row: Row) -> str:
    """The interval of a row in brackets, empty where it has none."""
    if row["low"] is None or row["high"] is None:
        return ""
    return f"[{number_of(row['low'], row['units'])}, {number_of(row['high'], row['units'])}]"
