"""A number of the ledger as it is shown: in display units, with its place and the words of its hover box."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

_BITS = 1 / math.log(2)
_SHOWN = {"nats": ("bits", _BITS), "fraction": ("%", 100.0)}
_SIGNIFICANT = 0.05
_STEERED = ("dose", "key_steps", "read_write")
_NAMES = {"count": "", "score": ""}


@dataclass(frozen=True, slots=True)
class Point:
    """A value with interval, null and ceiling in `unit`: information in bits, fractions in percent."""

    row: Mapping[str, Any]
    unit: str
    scale: float

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The number of a ledger's row."""
        units = str(row.get("units", ""))
        unit, scale = _SHOWN.get(units, (_NAMES.get(units, units), 1.0))
        return cls(row, unit, scale)

    @property
    def in_nats(self) -> Self:
        """The same number with information in nats, the unit in which doses are given."""
        return replace(self, unit="nats", scale=1.0) if self.unit == "bits" else self

    def _scaled(self, name: str) -> float | None:
        found = self.row.get(name)
        return found * self.scale if isinstance(found, int | float) and math.isfinite(found) else None

    @property
    def value(self) -> float | None:
        """The estimate; None where it is not finite."""
        return self._scaled("value")

    @property
    def low(self) -> float | None:
        """Lower end of the interval."""
        return self._scaled("low")

    @property
    def high(self) -> float | None:
        """Upper end of the interval."""
        return self._scaled("high")

    @property
    def null_high(self) -> float | None:
        """The 95 % bound of the permutation null."""
        return self._scaled("null_high")

    @property
    def null_mean(self) -> float | None:
        """The mean of the permutation null, or the value of the control it was judged against."""
        return self._scaled("null_mean")

    @property
    def ceiling(self) -> float | None:
        """The largest value possible."""
        return self._scaled("ceiling")

    @property
    def layer(self) -> int | None:
        """The layer, if the number belongs to one."""
        return self.row.get("layer")

    @property
    def step(self) -> int | None:
        """The decoding step, if the number belongs to one."""
        return self.row.get("step")

    @property
    def n(self) -> int:
        """How many samples the number was computed from."""
        return int(self.row.get("n") or 0)

    @property
    def flags(self) -> tuple[str, ...]:
        """The words of warning it carries."""
        return tuple(self.row.get("flags") or ())

    @property
    def p_value(self) -> float | None:
        """How often chance gives as much, corrected where the row says so; None where it was not asked."""
        found = self.row.get("p_value")
        return float(found) if isinstance(found, int | float) and math.isfinite(found) else None

    @property
    def above_null(self) -> bool:
        """Whether it exceeds the 95 % bound of its null; False where it has none."""
        return self.value is not None and self.null_high is not None and self.value > self.null_high

    @property
    def controlled(self) -> bool:
        """Whether it was judged against a control instead of shuffled labels: random directions, or no steering."""
        read = self.row.get("quantity") == "label_information" or self.row.get("method") == "plain"
        return self.row.get("measure") in _STEERED and self.null_mean is not None and not read

    @property
    def null_low(self) -> float | None:
        """As far below its control as `null_high` is above it; None where shuffled labels are the null."""
        if not self.controlled or self.null_mean is None or self.null_high is None:
            return None
        return 2 * self.null_mean - self.null_high

    @property
    def clearly(self) -> int:
        """1 above or -1 below zero, the interval without zero and p below 0.05 where there is one; else 0."""
        if self.low is None or self.high is None or (self.p_value is not None and self.p_value >= _SIGNIFICANT):
            return 0
        return 1 if self.low > 0 else -1 if self.high < 0 else 0

    @property
    def share(self) -> float | None:
        """The value as a part of its ceiling."""
        return self.value / self.ceiling if self.value is not None and self.ceiling else None


def values(points: Iterable[Point], name: str = "value") -> list[float | None]:
    """One field of every point, to four significant digits, which is more than any of them is worth."""
    return [rounded(getattr(point, name)) for point in points]


def rounded(number: float | None, digits: int = 4) -> float | None:
    """`number` to so many significant digits."""
    return None if number is None else float(f"{number:.{digits}g}")


def extent(points: Iterable[Point], *names: str) -> tuple[float, float]:
    """The least and the largest of the named fields of `points`, (0, 1) where there are none."""
    found = [number for point in points for name in names or ("value",) if (number := getattr(point, name)) is not None]
    return (min(found), max(found)) if found else (0.0, 1.0)


def apart(one: Point, two: Point) -> bool:
    """Whether both have intervals and these do not meet."""
    if one.low is None or one.high is None or two.low is None or two.high is None:
        return False
    return one.high < two.low or two.high < one.low
