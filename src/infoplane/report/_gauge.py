"""A number as a strip: where its value, interval, null and ceiling lie on one scale."""

from dataclasses import dataclass
from typing import Self

from infoplane.report._points import Point


@dataclass(frozen=True, slots=True)
class Gauge:
    """Places in percent of the strip's width. `null`: the end of the null's area, which begins at the left."""

    value: float
    low: float
    high: float
    null: float | None
    zero: float

    @classmethod
    def of(cls, point: Point, end: float | None = None) -> Self | None:
        """The strip of `point` from zero, or the lower end of its interval, to its ceiling or `end`."""
        top = end or point.ceiling or point.high or point.value
        if point.value is None or not top or top <= 0:
            return None
        bottom = min(0.0, point.value, point.low if point.low is not None else 0.0)

        def place(number: float) -> float:
            return round(100 * min(max((number - bottom) / (top - bottom), 0.0), 1.0), 2)

        return cls(
            value=place(point.value),
            low=place(point.value if point.low is None else point.low),
            high=place(point.value if point.high is None else point.high),
            null=None if point.null_high is None else place(point.null_high),
            zero=place(0.0),
        )
