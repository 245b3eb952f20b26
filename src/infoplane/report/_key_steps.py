"""What changes of the states do to the answers: the places of key steps and the accuracy there."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from typing import Self

from infoplane.report._points import Point
from infoplane.report._run_data import RunData

MEASURE, ACCURACY = "key_steps", "steered_accuracy"
ALL = "all"
KINDS = {"oracle": "its own label", "other": "another label", "random": "random subspace"}
OPERATIONS = ("add", "subtract", "erase")
_NAMED = re.compile(r"(layers|steps)=(\S+)")


@dataclass(frozen=True, slots=True)
class Place:
    """`steps` and `layers` as they are selected: a number, a range such as 3-6, or `all` where the row names none."""

    steps: str
    layers: str

    @property
    def single(self) -> bool:
        """Whether it is one step of one layer, a cell of the map."""
        return self.steps.isdecimal() and self.layers.isdecimal()

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
    """The accuracy at every place that was changed by the subspace `kind`, and without any change on the same items."""

    kind: str
    cells: dict[Place, Point]
    plain: dict[Place, float]

    def change(self, place: Place) -> float:
        """By how many points the accuracy at `place` differs from that without a change."""
        return (self.cells[place].value or 0.0) - self.plain[place]

    def unclear(self) -> list[Place]:
        """The places where exchanging the change with its control does as much by chance."""
        return [place for place, point in self.cells.items() if "like_control" in point.flags]


def grids(run: RunData, operation: str) -> list[Grid]:
    """The grids of one operation: the label's own subspace, then its controls; none without the plain accuracy."""
    plain = run.one(MEASURE, ACCURACY, method="plain")
    if plain is None or plain.value is None:
        return []
    random = run.find(MEASURE, ACCURACY, method=f"random {operation}")
    same = {Place.of(point): point.null_mean for point in random if point.null_mean is not None}
    found = {kind: _cells(run, f"{kind} {operation}") for kind in KINDS}
    return [
        Grid(kind, cells, {place: same.get(place, plain.value) for place in cells})
        for kind, cells in found.items()
        if cells
    ]


def mapped(run: RunData, operation: str) -> list[Grid]:
    """The cells of the map, one step of one layer each, of the subspaces that have most of them; none of one cell."""
    found = grids(run, operation)
    cut = _cut(found, {place for grid in found for place in grid.cells if place.single})
    most = max((len(grid.cells) for grid in cut), default=0)
    return [grid for grid in cut if 2 * len(grid.cells) > most] if most > 1 else []


def bands(run: RunData, operation: str) -> list[Grid]:
    """The places that are ranges of steps or layers, or at which a subspace was tried that the map does not show."""
    found, shown = grids(run, operation), {grid.kind for grid in mapped(run, operation)}
    beyond = {place for grid in found for place in grid.cells if not place.single or grid.kind not in shown}
    return _cut(found, beyond)


def _cut(found: Sequence[Grid], places: Set[Place]) -> list[Grid]:
    cut = [replace(grid, cells={at: cell for at, cell in grid.cells.items() if at in places}) for grid in found]
    return [grid for grid in cut if grid.cells]


def _cells(run: RunData, method: str) -> dict[Place, Point]:
    return {Place.of(point): point for point in run.find(MEASURE, ACCURACY, method=method) if point.value is not None}


def largest_change(runs: Sequence[RunData]) -> float:
    """The largest change anywhere, at which the colours of all maps end; at least a point."""
    every = (grid for run in runs for operation in OPERATIONS for grid in grids(run, operation))
    return max([1.0, *(abs(grid.change(place)) for grid in every for place in grid.cells)])


def ordered(names: Sequence[str]) -> list[str]:
    """Single places by number, then ranges, `all` at the end."""
    return sorted(dict.fromkeys(names), key=_order)


def _order(name: str) -> tuple[bool, bool, list[int]]:
    numbers = [int(found) for found in re.findall(r"\d+", name)]
    return not numbers, len(numbers) > 1, numbers
