"""What can be read at a layer against what can be written there."""

from collections.abc import Sequence
from dataclasses import dataclass

from infoplane.report._points import Point
from infoplane.report._run_data import RunData

MEASURE = "read_write"
_MUCH = 0.5


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: `read`, what a probe can say about the label; `written`, what a nat of dose does to its log-odds."""

    number: int
    read: Point
    written: Point


def layers(run: RunData) -> list[Layer]:
    """The layers that have both numbers, in their order."""
    written = {point.layer: point for point in run.by_layer(MEASURE, "write_gain") if point.value is not None}
    read = [point for point in run.by_layer(MEASURE, "label_information") if point.value is not None]
    return [Layer(point.layer or 0, point, written[point.layer]) for point in read if point.layer in written]


def present(found: Sequence[Layer]) -> set[int]:
    """The layers where at least half of the most that is read anywhere is read, above the null where there is one."""
    return _much([(layer.number, layer.read) for layer in found])


def used(found: Sequence[Layer]) -> set[int]:
    """The layers where at least half of the most that is written anywhere is written, and clearly more than nothing."""
    return _much([(layer.number, layer.written) for layer in found])


def _much(points: Sequence[tuple[int, Point]]) -> set[int]:
    top = max((point.value or 0.0 for _, point in points), default=0.0)
    return {number for number, point in points if top > 0 and (point.value or 0.0) >= _MUCH * top and _shown(point)}


def _shown(point: Point) -> bool:
    """Above its null where it has one, else with an interval above zero; a number with neither is taken as it is."""
    if point.null_high is not None:
        return point.above_null
    return point.low is None or point.low > 0
