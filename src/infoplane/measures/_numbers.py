"""How numbers become rows: units of work that are written whole, and skipped when they already stand in the ledger."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from joblib import cpu_count
from threadpoolctl import threadpool_limits

from infoplane._errors import InputError, one_line
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
    units: Sequence[Unit], ledger: Ledger, common: Mapping[str, Any], progress: Callable[[int, int], None]
) -> None:
    """Append what is missing of `units` to `ledger`, in their order, every row with the coordinates `common`.

    Units are computed side by side, one to a core; linear algebra keeps to one thread each, so that neither the number
    of cores nor what else they do changes a bit of a number.
    """
    missing = [unit for unit in units if not ledger.has(**{**common, **unit.last})]
    done = len(units) - len(missing)
    with threadpool_limits(1), ThreadPoolExecutor(cpu_count()) as pool:
        try:
            for rows in pool.map(lambda unit: list(unit.rows()), missing):
                ledger.append([{**common, **where, **estimate.as_dict()} for where, estimate in rows])
                done += 1
                progress(done, len(units))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def checked_delta(delta: float) -> float:
    """`delta`, with which certificates may fail; InputError unless it is between 0 and 1."""
    if not 0 < delta < 1:
        raise InputError(one_line(f"delta {delta:g}", "a probability between 0 and 1", "leave it out for 0.05"))
    return delta


def share_of_ceiling(information: Estimate) -> Estimate:
    """I / H(Y) as a fraction, with the interval and the null of I; the ceiling is 1."""
    ceiling = information.ceiling or float("inf")
    scaled = {
        name: None if (value := getattr(information, name)) is None else value / ceiling
        for name in ("value", "low", "high", "null_mean", "null_high")
    }
    return Estimate.from_dict(information.as_dict() | scaled | {"units": "fraction", "ceiling": 1.0})
