"""A table of the page: numbers with their intervals, which its reader can sort and filter."""

from dataclasses import dataclass

from infoplane.report._cmi import LIKE_PERMUTED
from infoplane.report._gauge import Gauge
from infoplane.report._points import Point
from infoplane.report._words import alike, interval, number


@dataclass(frozen=True, slots=True)
class Cell:
    """A number with its interval and a note; `key` is what a column is sorted by."""

    text: str
    interval: str = ""
    key: float | str = ""
    gauge: Gauge | None = None
    weak: bool = False
    note: str = ""

    @property
    def missing(self) -> bool:
        """Whether there is no number."""
        return self == MISSING


MISSING = Cell("\u2014", key=-1e9)


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table; `left_out`: how many lines were too many.

    `stacked`: on a narrow page every line is a block. `texts`: cells are texts that are read after the figures.
    `note`: what stands below it.
    """

    title: str
    columns: tuple[str, ...]
    lines: tuple[tuple[Cell, ...], ...]
    left_out: int = 0
    stacked: bool = False
    texts: bool = False
    note: str = ""


def number_cell(point: Point | None, *, note: str = "", sign: bool = False) -> Cell:
    """A number with its interval, grey where it does not exceed its null; `sign`: of a difference."""
    if point is None or point.value is None:
        return MISSING
    plus = "+" if sign and point.value > 0 else ""
    gauge = Gauge.of(point) if point.unit == "%" else None
    weak = point.null_high is not None and not point.above_null
    return Cell(plus + number(point.value, point.unit), interval(point), round(point.value, 6), gauge, weak, note)


def small_cell(point: Point | None) -> Cell:
    """A number that may be far below one, grey where permuted labels give as much."""
    if point is None or point.value is None:
        return MISSING
    value, ends = alike(point)
    text = f"{value}\u202f%" if point.unit == "%" else f"{value}\u00a0{point.unit}".rstrip()
    return Cell(text, ends, point.value, weak=LIKE_PERMUTED in point.flags)
