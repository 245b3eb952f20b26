"""What changes of the states do to the answers: the places of key steps and the accuracy there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from infoplane.report._points import Point
from infoplane.report._run_data import RunData

MEASURE, ACCURACY = "key_steps", "steered_accuracy"
ALL = "all"
KINDS = {"oracle": "its own label", "random": "random subspace", "other": "another label"}
OPERATIONS = ("add", "subtract", "erase")
_NAMED = re.compile(r"(layers|steps)=(\S+)")


@dataclass(frozen=True, slots=True)
class Place:
    """`steps` and `layers` as they are selected: a number, a range such as 3-6, or `all` where the row names none."""

    steps: str
    layers: str

    @classmethod
    def of(cls, point: Point) -> Self:
        """The place of a row: its step and layer, or what its role says of the ranges."""
        role = str(point.row.get("role") or "")
        named = dict(_NAMED.findall(role))
        if not named and role:
            named = {"steps" if point.step is None and point.layer is not None else "layers": role}
        return cls(
            steps=named.get("steps", ALL) if point.step is None else str(point.step),
            layers=named.get("layers", ALL) if point.layer is None else str(point.layer),
        )


@dataclass(frozen=True, slots=True)
class Grid:
    """The accuracy at every place that was changed by the subspace `kind`; `plain`: without any change."""

    kind: str
    plain: Point
    cells: dict[Place, Point]

    def change(self, point: Point) -> float:
        """By how many points the accuracy of `point` differs from the plain one."""
        return (point.value or 0.0) - (self.plain.value or 0.0)

    def unclear(self) -> list[Place]:
        """The places whose interval holds the plain accuracy."""
        plain = self.plain.value or 0.0
        known = ((place, point.low, point.high) for place, point in self.cells.items())
        return [place for place, low, high in known if low is not None and high is not None and low <= plain <= high]


def grids(run: RunData, operation: str) -> list[Grid]:
    """The grids of one operation: the label's own subspace, then its nulls; none without the plain accuracy."""
    plain = run.one(MEASURE, ACCURACY, method="plain")
    if plain is None or plain.value is None:
        return []
    found = {kind: run.find(MEASURE, ACCURACY, method=f"{kind} {operation}") for kind in KINDS}
    return [Grid(kind, plain, {Place.of(point): point for point in own}) for kind, own in found.items() if own]


def largest_change(runs: Sequence[RunData]) -> float:
    """The largest change anywhere, at which the colours of all maps end; at least a point."""
    every = (grid for run in runs for operation in OPERATIONS for grid in grids(run, operation))
    return max([1.0, *(abs(grid.change(point)) for grid in every for point in grid.cells.values())])


def ordered(names: Sequence[str]) -> list[str]:
    """Single places by number, then ranges, `all` at the end."""
    return sorted(dict.fromkeys(names), key=_order)


def _order(name: str) -> tuple[bool, bool, list[int]]:
    numbers = [int(found) for found in re.findall(r"\d+", name)]
    return not numbers, len(numbers) > 1, numbers
