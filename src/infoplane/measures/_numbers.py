"""How numbers become rows: units of work that are written whole, and skipped when they already stand in the ledger."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infoplane.estimators import Estimate
from infoplane.runs import Ledger

Row = tuple[dict[str, Any], Estimate]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What all numbers of a run share. `permutations` of the labels make the nulls; steps use a fifth of them."""

    permutations: int = 100
    seed: int = 0

    @property
    def step_permutations(self) -> int:
        """Permutations for each cell of the layer x step map, at least 20."""
        return min(self.permutations, max(20, self.permutations // 5))


@dataclass(frozen=True, slots=True)
class Unit:
    """Rows computed together. `last`: coordinates of the last of them, whose presence means all were written."""

    last: dict[str, Any]
    rows: Callable[[], Iterable[Row]]


def write_units(
    units: Iterator[Unit], ledger: Ledger, common: Mapping[str, Any], total: int, progress: Callable[[int, int], None]
) -> None:
    """Append what is missing of `units` to `ledger`, every row with the coordinates `common`."""
    for done, unit in enumerate(units, 1):
        if not ledger.has(**common | unit.last):
            ledger.append([dict(common) | where | estimate.as_dict() for where, estimate in unit.rows()])
        progress(done, total)


def share_of_ceiling(information: Estimate) -> Estimate:
    """I / H(Y) as a fraction, with the interval and the null of I; the ceiling is 1."""
    ceiling = information.ceiling or float("inf")
    scaled = {
        name: None if (value := getattr(information, name)) is None else value / ceiling
        for name in ("value", "low", "high", "null_mean", "null_high")
    }
    return Estimate.from_dict(information.as_dict() | scaled | {"units": "fraction", "ceiling": 1.0})


