"""Dose in nats: the strength at which a plan moves the next-token distribution by a given divergence.

One number means the same on every model: D = mean over prompts of KL(steered || plain). The divergence grows with the
strength only while it is small, so strengths are tried from below, each 1.41 times the one before, and the first
interval in which the target is passed is searched: the smallest strength that reaches it, up to that spacing.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from infoplane._errors import InputError, ModelError, one_line
from infoplane.estimators import Estimate, bootstrap_mean

if TYPE_CHECKING:
    from infoplane.models import Plan

Floats = NDArray[np.float64]
Planned = Callable[[float], "Plan"]

_SPACING = math.log(2) / 2
_STEPS = 40  # from a millionth to a million
_FLAT = 0.9


class Rehearsing(Protocol):
    """What a dose is found with: a `Rehearsal`, or anything that says what a plan does to its prompts."""

    def divergence(self, plan: "Plan", /) -> Floats:
        """(n,) KL(steered || plain) in nats of the next token."""


@dataclass(frozen=True, slots=True)
class Dose:
    """The smallest `coefficient` whose mean divergence is `target` nats, and the divergence it reaches."""

    target: float
    coefficient: float
    divergence: Estimate

    def as_dict(self) -> dict[str, Any]:
        """Plain fields, ready for JSON."""
        return {"dose": self.target, "coefficient": self.coefficient, "divergence": self.divergence.as_dict()}

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> "Dose":
        """The dose in a mapping as `as_dict` makes it."""
        return cls(float(row["dose"]), float(row["coefficient"]), Estimate.from_dict(row["divergence"]))


def find_dose(
    rehearsal: Rehearsing,
    make_plan: Planned,
    target: float,
    *,
    groups: NDArray[np.int64] | None = None,
    tolerance: float = 1e-5,
    seed: int = 0,
) -> Dose:
    """The smallest coefficient whose plan costs `target` nats, mean over the prompts of `rehearsal`.

    `groups` (n,): prompts that belong together, drawn whole by the bootstrap interval of the divergence reached.
    `tolerance`: of the coefficient, relative. Raises InputError with the highest divergence reached where the target
    cannot be reached. Source: dose dial of the task-space specification, A20 and T0.16.
    """
    search = DoseSearch(
        lambda coefficient: rehearsal.divergence(make_plan(coefficient)), groups=groups, tolerance=tolerance, seed=seed
    )
    return search.find(target)


class DoseSearch:
    """Coefficients tried, each once, however many doses are looked for.

    `divergences`: those (n,) that a coefficient costs. Coefficients are counted by their logarithm, in which the
    divergence is nearly a straight line.
    """

    def __init__(
        self,
        divergences: Callable[[float], Floats],
        *,
        groups: NDArray[np.int64] | None = None,
        tolerance: float = 1e-5,
        seed: int = 0,
    ) -> None:
        self._cost = divergences
        self._groups, self._tolerance, self._seed = groups, tolerance, seed
        self._tried: dict[float, Floats] = {}

    @property
    def tried(self) -> tuple[tuple[float, float], ...]:
        """(coefficient, mean divergence in nats) of all that was tried and gave numbers, rising."""
        means = ((math.exp(at), self._mean(at)) for at in sorted(self._tried))
        return tuple((coefficient, mean) for coefficient, mean in means if math.isfinite(mean))

    def find(self, target: float) -> Dose:
        """The dose of `target` nats; see `find_dose`."""
        if not (math.isfinite(target) and target > 0):
            raise InputError(one_line(f"dose {target}", "a positive number of nats", "use for example 0.3"))
        step = self._first_above(target)
        low, high = (step - 1) * _SPACING, step * _SPACING
        found = float(brentq(lambda at: self._excess(at, target), low, high, xtol=self._tolerance))
        reached = bootstrap_mean(self._divergences(found), self._groups, seed=self._seed)
        return Dose(target, math.exp(found), replace(reached, estimator="mean_divergence"))

    def _first_above(self, target: float) -> int:
        """The step of the grid at which `target` is first reached, the step before it being below."""
        step = self._below(target)
        while self._mean(step * _SPACING) < target:
            step += 1
            if step > _STEPS or math.isnan(self._mean(step * _SPACING)):
                highest = max((mean for _, mean in self.tried), default=0.0)
                came, most = f"dose {target} nats", f"at most the {highest:.3g} nats that this plan can reach"
                raise InputError(one_line(came, most, "ask for less, or steer other layers or tokens"))
        return step

    def _below(self, target: float) -> int:
        """A step well below `target`, or below it where less strength hardly costs less, as when more is done."""
        step = 0
        while not self._mean(step * _SPACING) < target / 4:
            at, less = self._mean(step * _SPACING), self._mean((step - 1) * _SPACING)
            if at < target and less > _FLAT * at:
                break
            step -= 1
            if step < -_STEPS:
                came, least = f"dose {target} nats", f"more than the {at:.3g} nats that this plan costs at any strength"
                raise InputError(one_line(came, least, "ask for more, or use operation add"))
        return step

    def _excess(self, at: float, target: float) -> float:
        return math.log(max(self._mean(at), np.finfo(float).tiny) / target)

    def _mean(self, at: float) -> float:
        """Mean divergence at a logarithm of the coefficient; nan where states or logits are no longer finite."""
        return float(self._divergences(at).mean())

    def _divergences(self, at: float) -> Floats:
        if at not in self._tried:
            try:
                self._tried[at] = np.asarray(self._cost(math.exp(at)), np.float64)
            except ModelError:
                self._tried[at] = np.array([np.nan])
        return self._tried[at]
