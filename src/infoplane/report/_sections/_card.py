"""A key number at the top of the page."""

from dataclasses import dataclass

from infoplane.report._gauge import Gauge
from infoplane.report._points import Point
from infoplane.report._words import interval, number


@dataclass(frozen=True, slots=True)
class Card:
    """One number: what it is, its value and interval, a note, and its strip."""

    title: str
    value: str
    interval: str
    note: str
    gauge: Gauge | None


def card(title: str, point: Point, note: str, end: float | None = None) -> Card:
    """A number with its strip up to `end`, by default its ceiling."""
    return Card(title, number(point.value, point.unit), interval(point), note, Gauge.of(point, end))
