"""The key numbers of what is read back: of words, and of what an audit looked for."""

from dataclasses import replace

from infoplane.report._audit import READ, kinds, number_of, places, proven
from infoplane.report._points import Point
from infoplane.report._recovery import (
    ACCURACY,
    CERTIFIED,
    FORGETTING,
    at_layer,
    of_pooling,
    peak,
    pooling_name,
    poolings,
)
from infoplane.report._run_data import RunData
from infoplane.report._sections._card import Card, card
from infoplane.report._words import number

_MOST = 4
_ALL = 100.0


def recovered(run: RunData) -> list[Card]:
    """What is read back where most is, what of it is proven, and what is forgotten behind it."""
    pooling = next(iter(poolings(run)), "")
    most = peak(run, pooling)
    if most is None:
        return []
    right, sure = (at_layer(run, name, pooling, most.layer) for name in (ACCURACY, CERTIFIED))
    lost = of_pooling(run, FORGETTING, pooling)
    shown = (
        ("Read back of a word", most, f"at least, layer {most.layer} of {run.blocks}, {pooling_name(pooling)}", None),
        ("Named right", right, "of all words, at that layer", _ALL),
        ("Proven of a word", sure, "at least, at that layer", most.ceiling),
        ("Forgotten", lost, "of what is read there, by the last layer", most.value),
    )
    return [_card(title, point, note, end) for title, point, note, end in shown if point is not None]


def _card(title: str, point: Point, note: str, end: float | None) -> Card:
    """A number; of a certificate that is not above zero, that it proves nothing."""
    made = card(title, point, note, end)
    if point.row.get("kind") != "certificate" or (point.value or 0.0) > 0:
        return made
    return replace(made, value="nothing", note=f"the bound is {number(point.value, point.unit)}")


def audited(run: RunData) -> list[Card]:
    """The kinds of which most is proven, or read back where nothing is."""
    place = next(iter(places(run)[::-1]), None)
    if place is None:
        return []
    sure = [(kind, point) for kind in kinds(run) if (point := proven(run, READ, kind, place)) is not None]
    read = [(kind, point) for kind in kinds(run) if (point := number_of(run, READ, kind, place)) is not None]
    note = "proven: at least so many are read back whole" if sure else "read back whole, not proven above guessing"
    most = sorted(sure or read, key=lambda one: -(one[1].value or 0.0))
    return [card(kind, point, note, _ALL) for kind, point in most[:_MOST]]
