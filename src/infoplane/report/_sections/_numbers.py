"""The numbers themselves: a line a layer, and the rows of measures that have no figure."""

from collections.abc import Sequence

from infoplane.report._best import roles
from infoplane.report._gauge import Gauge
from infoplane.report._points import Point
from infoplane.report._run_data import RunData
from infoplane.report._sections import _audit_tables, _recovery_tables
from infoplane.report._sections._table import MISSING, Cell, Table
from infoplane.report._words import QUANTITIES, interval, number

_STATES = ("plane", "steps", "space", "paper")
_STEERED = ("compare", "key_steps", "read_write", "dose")
_TRAINED = ("finetune", "cmi", "distill", "sweep")
_RECOVERED = ("recoverability", "audit")
_DRAWN = (*_STATES, *_STEERED, *_TRAINED, *_RECOVERED)
_MOST = 200
_COLUMNS = ("label_information", "input_information", "probe_accuracy", "lens_accuracy")
_PLACES = ("split", "layer", "site", "head", "step", "role", "label", "method", "dose", "epoch")


def tables(runs: Sequence[RunData]) -> list[Table]:
    """For every run a table by layer, and one of everything that was not drawn."""
    named = [f": {run.model}" if len(runs) > 1 else "" for run in runs]
    made = [
        table
        for run, name in zip(runs, named, strict=True)
        for table in (_by_layer(run, name), *_recovered(run, name), _others(run, name))
    ]
    return [table for table in made if table.lines]


def _recovered(run: RunData, name: str) -> list[Table]:
    return [*_recovery_tables.tables(run, name), *_audit_tables.by_kind(run, name)]


def _by_layer(run: RunData, name: str) -> Table:
    role = next(iter(roles(run)), None)
    found = {
        quantity: {point.layer: point for point in run.by_layer("plane", quantity, role=role)} for quantity in _COLUMNS
    }
    shown = [quantity for quantity in _COLUMNS if found[quantity]]
    layers = sorted({layer for own in found.values() for layer in own if layer is not None})
    lines = [
        (Cell(str(layer), key=layer), *(_cell(found[quantity].get(layer)) for quantity in shown)) for layer in layers
    ]
    state = "last prompt token" if role == "last" else "mean of content tokens"
    return Table(f"By layer, {state}{name}", ("layer", *(QUANTITIES[quantity] for quantity in shown)), tuple(lines))


def _others(run: RunData, name: str) -> Table:
    rows = [row for row in run.rows if row.get("measure") not in _DRAWN]
    lines = []
    for row in rows[:_MOST]:
        where = ", ".join(f"{place} {row[place]}" for place in _PLACES if row.get(place) is not None)
        words = (
            Cell(text, key=text)
            for text in (str(row.get("measure")), str(row.get("quantity")).replace("_", " "), where)
        )
        lines.append((*words, _cell(Point.of(row)), Cell(str(row.get("n", "")), key=float(row.get("n") or 0))))
    return Table(
        f"Other measures{name}", ("measure", "quantity", "where", "value", "n"), tuple(lines), max(0, len(rows) - _MOST)
    )


def _cell(point: Point | None) -> Cell:
    if point is None or point.value is None:
        return MISSING
    weak = point.null_high is not None and not point.above_null
    return Cell(
        number(point.value, point.unit),
        interval(point),
        round(point.value, 6),
        Gauge.of(point) if point.ceiling else None,
        weak,
    )
