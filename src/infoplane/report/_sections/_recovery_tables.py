"""The numbers of what is read back: a line a layer, a line a group of words."""

from collections.abc import Sequence
from dataclasses import replace

from infoplane.report._points import Point
from infoplane.report._recovery import (
    ACCURACY,
    CERTIFIED,
    FANO,
    GAIN,
    INFORMATION,
    RELABELLED,
    SELECTIVITY,
    STATE,
    UNTRAINED,
    USABLE,
    at_layer,
    by_layer,
    groups,
    last,
    peak,
    pooling_name,
    poolings,
)
from infoplane.report._run_data import RunData
from infoplane.report._sections._table import MISSING, Cell, Table, number_cell

_COLUMNS = {
    "named right": (ACCURACY, STATE),
    "I(T;E)": (INFORMATION, STATE),
    "a byte": ("recovery_information_per_byte", STATE),
    "usable": (USABLE, STATE),
    "proven": (CERTIFIED, STATE),
    "proven by Fano": ("certified_fano_information", STATE),
    **{f"by {word}": (name, STATE) for name, word in FANO.items()},
    "over layer 0": (GAIN, STATE),
    "untrained network": (INFORMATION, UNTRAINED),
    "named right, random names": (ACCURACY, RELABELLED),
    "more than those": (SELECTIVITY, RELABELLED),
}
_BY_GROUP = {ACCURACY: "named right", USABLE: "usable"}
_DIFFERENCES = (GAIN, SELECTIVITY)


def tables(run: RunData, name: str) -> list[Table]:
    """For every pooling a line a layer; then a line a group of words, where there are some."""
    grouped = next((pooling for pooling in poolings(run) if groups(run, pooling)), None)
    by_group = [] if grouped is None else [_groups(run, grouped, name)]
    return [*(_layers(run, pooling, name) for pooling in poolings(run)), *by_group]


def _layers(run: RunData, pooling: str, name: str) -> Table:
    """A line a layer, with the controls; columns without any number left out."""
    layers = [point.layer for point in by_layer(run, INFORMATION, pooling)]
    found = {word: _at(by_layer(run, quantity, pooling, how)) for word, (quantity, how) in _COLUMNS.items()}
    shown = {word: own for word, own in found.items() if own}
    lines = tuple(
        (Cell(str(layer), key=layer or 0), *(_number(own.get(layer)) for own in shown.values())) for layer in layers
    )
    note = "Lower bounds in bits a word; what is proven has no upper end. Grey: not above zero, or not above the null."
    return Table(f"Read back by layer, {pooling_name(pooling)}{name}", ("layer", *shown), lines, note=note)


def _at(points: Sequence[Point]) -> dict[int | None, Point]:
    return {point.layer: point for point in points}


def _number(point: Point | None) -> Cell:
    """A number, grey where a bound is not above zero."""
    cell = number_cell(point, sign=point is not None and point.row.get("quantity") in _DIFFERENCES)
    vacuous = point is not None and point.unit == "bits" and (point.value or 0.0) <= 0.0
    return replace(cell, weak=True) if vacuous else cell


def _groups(run: RunData, pooling: str, name: str) -> Table:
    """A line a group: named right, and usable, where most is read in all and at the last layer."""
    ends = (peak(run, pooling), last(run, pooling))
    layers = list(dict.fromkeys(end.layer for end in ends if end is not None))
    columns = [(quantity, layer) for quantity in _BY_GROUP for layer in layers]
    labels = groups(run, pooling)
    found = {label: [at_layer(run, quantity, pooling, layer, label) for quantity, layer in columns] for label in labels}
    shown = [at for at in range(len(columns)) if any(found[label][at] for label in labels)]
    lines = tuple(
        (Cell(label, key=at), *(number_cell(found[label][one]) for one in shown), _count(found[label]))
        for at, label in enumerate(labels)
    )
    words = tuple(f"{_BY_GROUP[columns[at][0]]}, layer {columns[at][1]}" for at in shown)
    title = f"Read back by group of words, {pooling_name(pooling)}{name}"
    return Table(title, ("group", *words, "words"), lines, stacked=True)


def _count(points: Sequence[Point | None]) -> Cell:
    point = next((point for point in points if point is not None), None)
    return MISSING if point is None else Cell(f"{point.n:,}", key=point.n)
