"""Tables of an audit: a line a kind and place, and some spans with what was read of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from infoplane.report._audit import (
    CHARACTERS,
    EXCHANGED,
    GUESSED,
    NAMED,
    READ,
    STATE,
    WITHOUT,
    certified,
    kinds,
    number_of,
    places,
)
from infoplane.report._points import Point
from infoplane.report._run_data import RunData
from infoplane.report._sections._table import MISSING, Cell, Table, number_cell

_MOST = 40
_WAYS = {STATE: "", WITHOUT: " without the state", EXCHANGED: " with another's"}


def by_kind(run: RunData, name: str) -> list[Table]:
    """A line a kind at every place; columns without any number left out."""
    at = [(kind, place) for place in places(run) for kind in kinds(run)]
    columns: dict[str, list[Point | None]] = {}
    for quantity, word in ((READ, "read back"), (NAMED, "picked out")):
        for method, how in _WAYS.items():
            columns[f"{word}{how}"] = [number_of(run, quantity, kind, place, method) for kind, place in at]
        columns[f"{word}, proven"] = [certified(run, quantity, kind, place) for kind, place in at]
    columns["characters right"] = [number_of(run, CHARACTERS, kind, place) for kind, place in at]
    shown = {word: found for word, found in columns.items() if any(found)}
    cells = [list(map(_number, found)) for found in shown.values()]
    firsts = [Cell(kind, key=kind, note=place.words) for kind, place in at]
    counts = [_count(number_of(run, READ, kind, place)) for kind, place in at]
    lines = tuple(zip(firsts, counts, *cells, strict=True))
    return [Table(f"Read back by kind{name}", ("kind", "spans", *shown), lines, stacked=True)]


def _number(point: Point | None) -> Cell:
    """A share, grey where it is no more than is guessed."""
    cell = replace(number_cell(point), gauge=None)
    return replace(cell, weak=True) if point is not None and GUESSED in point.flags else cell


def _count(point: Point | None) -> Cell:
    return MISSING if point is None else Cell(f"{point.n:,}", key=point.n)


def examples(run: RunData, runs: Sequence[RunData]) -> Table | None:
    """Some spans, masked unless the run was asked to show them. None without any."""
    found = [one for one in run.spans.get("examples") or [] if isinstance(one, Mapping)]
    if not found:
        return None
    lines = tuple(map(_line, found[:_MOST]))
    notes = [f"{len(found) - _MOST:,} more in artifacts/spans.json."] if len(found) > _MOST else []
    notes += ["Spans are masked; --show-values shows them."] if run.spans.get("masked") else []
    columns = ("span", "kind", "read back", "guessed without the state")
    return Table("Some spans" + _of(run, runs), columns, lines, stacked=True, texts=True, note=" ".join(notes))


def _line(example: Mapping[str, Any]) -> tuple[Cell, ...]:
    span, kind, state, without = (str(example.get(name, "")) for name in ("span", "kind", STATE, WITHOUT))
    right = "right" if example.get("right") else ""
    return Cell(span, key=span), Cell(kind, key=kind), Cell(state, key=state, note=right), Cell(without, key=without)


def _of(run: RunData, runs: Sequence[RunData]) -> str:
    return "" if len(runs) == 1 else f": {run.model}"
