"""The one shape in which a number leaves the library."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, Self, get_args

from infoplane._errors import InputError, one_line
from infoplane.estimators._flags import FLAGS

Kind = Literal["estimate", "lower_bound", "upper_bound", "certificate"]
Units = Literal["nats", "bits", "fraction", "score", "seconds", "count"]

_SCALED = ("value", "low", "high", "null_mean", "null_high", "ceiling")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with its interval, null, ceiling and warnings.

    `low`, `high`: interval at level `confidence`. `null_mean`, `null_high`: mean and 95 % quantile of the
    permutation null. `ceiling`: the largest value possible, for example H(Y). `flags`: words of `FLAGS`; estimators
    add `no_null` where a null is possible and none was asked for. Raises InputError for unknown words.
    """

    value: float
    low: float | None = None
    high: float | None = None
    confidence: float = 0.95
    kind: Kind = "estimate"
    units: Units = "nats"
    n: int
    estimator: str
    null_mean: float | None = None
    null_high: float | None = None
    p_value: float | None = None
    ceiling: float | None = None
    flags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check("kind", self.kind, get_args(Kind))
        _check("units", self.units, get_args(Units))
        for flag in self.flags:
            _check("flag", flag, FLAGS)

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        interval = "" if self.low is None or self.high is None else f" [{self.low:.3g}, {self.high:.3g}]"
        flags = f" ({', '.join(self.flags)})" if self.flags else ""
        chance = "" if self.p_value is None else f", p = {self.p_value:.2g}"
        return f"{self.value:.4g}{interval} {self.units}{chance}{flags}"

    def to(self, units: Units) -> Self:
        """The same estimate in `nats` or `bits`; InputError for units that cannot be converted."""
        if units == self.units:
            return self
        if {units, self.units} != {"nats", "bits"}:
            raise InputError(one_line(f"units {self.units!r} to {units!r}", "nats or bits", "convert only information"))
        factor = 1 / math.log(2) if units == "bits" else math.log(2)
        scaled = {name: None if (old := getattr(self, name)) is None else old * factor for name in _SCALED}
        return type(self).from_dict(self.as_dict() | scaled | {"units": units})

    def flagged(self, *flags: str) -> Self:
        """The same estimate with more warnings."""
        return replace(self, flags=_merged(self.flags, flags))

    def as_dict(self) -> dict[str, Any]:
        """Plain fields, ready for JSON; `flags` as a list."""
        return asdict(self) | {"flags": list(self.flags)}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Self:
        """The estimate in a mapping that may hold other keys too, such as a row of a ledger."""
        known = {field.name: row[field.name] for field in fields(cls) if field.name in row}
        return cls(**known | {"flags": tuple(known.get("flags", ()))})


def _merged(flags: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(flags + more))


def _check(what: str, word: str, known: Any) -> None:
    if word not in known:
        raise InputError(one_line(f"{what} {word!r}", f"one of {', '.join(known)}", "use one of these"))
