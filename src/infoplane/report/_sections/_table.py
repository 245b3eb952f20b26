"""A table of the page: numbers with their intervals, which its reader can sort and filter."""

from dataclasses import dataclass

from infoplane.report._gauge import Gauge


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
