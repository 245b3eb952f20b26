"""What can be read at a layer against what can be written there."""

from collections.abc import Sequence
from dataclasses import dataclass

from infoplane.report._points import Point
from infoplane.report._run_data import RunData

MEASURE = "read_write"
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: `read`, what a probe can say about the label; `written`, what a nat of dose does to its log-odds."""

    number: int
    read: Point
    written: Point

    @property
    def writes(self) -> bool:
        """Whether it is written more than its control, random directions, or than nothing where there is none."""
        return _shown(self.written)


def layers(run: RunData) -> list[Layer]:
    """The layers that have both numbers, in their order."""
    written = {point.layer: point for point in run.by_layer(MEASURE, "write_gain") if point.value is not None}
    read = [point for point in run.by_layer(MEASURE, "label_information") if point.value is not None]
    return [Layer(point.layer or 0, point, written[point.layer]) for point in read if point.layer in written]


def half(found: Sequence[Layer]) -> float:
    """Half of the most that is read at any layer."""
    return _HALF * max((layer.read.value or 0.0 for layer in found), default=0.0)


def present(found: Sequence[Layer]) -> set[int]:
    """The layers where at least half of the most that is read anywhere is read, above the null where there is one."""
    return {layer.number for layer in found if (layer.read.value or 0.0) >= half(found) and _shown(layer.read)}


def used(found: Sequence[Layer]) -> set[int]:
    """The layers that are written more than by their control."""
    return {layer.number for layer in found if layer.writes}


def _shown(point: Point) -> bool:
    """Above its null where it has one, else with an interval above zero; a number with neither is taken as it is."""
    if point.null_high is not None:
        return point.above_null
    return point.low is None or point.low > 0
