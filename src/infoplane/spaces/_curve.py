"""What steering in one manner costs: the coefficient of every calibrated dose, and how it was found."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.interpolate import PchipInterpolator

from infoplane._errors import InputError, one_line
from infoplane.spaces._dose import Dose
from infoplane.spaces._manner import Manner

if TYPE_CHECKING:
    from infoplane.spaces._space import TaskSpace


@dataclass(frozen=True, slots=True)
class Curve:
    """Rising `doses` of steering in the manner `how`, found on `prompts` of the tune split of `task`.

    `tried`: (coefficient, mean divergence in nats) of all that was tried. `unreached`: doses that cannot be reached.
    """

    how: Manner
    doses: tuple[Dose, ...]
    unreached: tuple[float, ...]
    tried: tuple[tuple[float, float], ...]
    prompts: int
    seed: int
    task: str
    task_fingerprint: str

    def coefficient(self, dose: float) -> float:
        """The coefficient that costs `dose` nats, by monotone interpolation of logarithms between calibrated doses.

        Raises InputError outside of them: a curve is not continued beyond what was measured.
        """
        known = {one.target: one.coefficient for one in self.doses}
        if dose in known:
            return known[dose]
        lowest, highest = min(known), max(known)
        if not lowest <= dose <= highest:
            most = max(divergence for _, divergence in self.tried)
            expected = f"{lowest:g} to {highest:g}, as calibrated (the most that was reached: {most:.3g})"
            do = "choose there, or call space.calibrate with more doses"
            raise InputError(one_line(f"dose {dose} nats", expected, do))
        curve = PchipInterpolator(np.log(list(known)), np.log(list(known.values())))
        return float(np.exp(curve(np.log(dose))))

    def as_dict(self) -> dict[str, Any]:
        """Plain fields, ready for JSON."""
        return asdict(self) | {"select": str(self.how.select()), "doses": [dose.as_dict() for dose in self.doses]}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Curve":
        """The curve in a mapping as `as_dict` makes it, read back from JSON."""
        how = Manner(**row["how"] | {"layers": tuple(row["how"]["layers"])})
        doses = tuple(Dose.from_dict(dose) for dose in row["doses"])
        tried = tuple((float(coefficient), float(divergence)) for coefficient, divergence in row["tried"])
        about = (row["prompts"], row["seed"], row["task"], row["task_fingerprint"])
        return cls(how, doses, tuple(row["unreached"]), tried, *about)


def dose_coefficient(space: "TaskSpace", how: Manner, dose: float) -> float:
    """The coefficient of `dose` as `find_curve` has it; InputError that says what to call where there is no curve."""
    curve = find_curve(space, how)
    if curve is None:
        raise uncalibrated(space, how, dose, "call space = space.calibrate(lm, task, ...) with these")
    return curve.coefficient(dose)


def find_curve(space: "TaskSpace", how: Manner) -> Curve | None:
    """The space's curve of `how`, or that of the same at all steps where both begin the answer alike; None without."""
    same = (how, replace(how, steps="all")) if _begins_as_all_steps(how) else (how,)
    return next((curve for asked in same for curve in space.curves if curve.how == asked), None)


def uncalibrated(space: "TaskSpace", how: Manner, dose: float, do: str) -> InputError:
    """The error of a dose that has no curve: what to `do` about it, or to take a coefficient."""
    why = space.about.get("uncalibrated")
    came = f"dose {dose} nats for {how}" + (f" (not calibrated: {why})" if why else "")
    return InputError(one_line(came, "a band that was calibrated so", f"{do}, or give a coefficient"))


def _begins_as_all_steps(how: Manner) -> bool:
    """Whether the answer's first token, where doses of all steps are measured, is steered just as at all steps."""
    prompt, last = (how.select().has_step(step) for step in (0, 1))
    if how.tokens == "last":
        return prompt or last
    return prompt and (last or how.tokens == "all")
