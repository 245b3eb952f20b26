"""The one vector a layer that steers to a label, as other programs add it: to every token, whatever the prompt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane.spaces._curve import find_curve, uncalibrated
from infoplane.spaces._labels import label_index
from infoplane.spaces._manner import Clause, Manner, manner
from infoplane.spaces._plans import band_strength, unit_directions

if TYPE_CHECKING:
    from infoplane.spaces._space import TaskSpace

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ControlVector:
    """For each of our layers a vector (width,) in activation units; added to all tokens it steers to a label.

    `about`: the label, the strength, and the model it is for, as texts.
    """

    layers: Mapping[int, Vectors]
    about: Mapping[str, str]


def control_vector(
    space: "TaskSpace",
    label: str,
    *,
    dose: float | None = None,
    coefficient: float | None = None,
    layers: Clause | None = None,
    dosed: Sequence[str] = ("all",),
) -> ControlVector:
    """The vector of `label` over a band (None: the middle third), at a dose, a coefficient or its natural size.

    `dosed`: the tokens of which the dose may be, the first that was calibrated being taken; every token is changed, so
    that the dose of the last one alone is another. `about["dose_tokens"]` says which. Raises InputError for a label,
    layer or dose that the space has not, for two strengths, and for one that leaves nothing to add.
    """
    if dose is not None and coefficient is not None:
        came = f"dose {dose} and coefficient {coefficient}"
        raise InputError(one_line(came, "one of them", "leave one out"))
    how = manner(space, layers, "all")
    strength, told = (1.0 if coefficient is None else coefficient), dict[str, str]()
    if dose is not None:
        strength, tokens = _dosed(space, how, dose, dosed)
        told = {"dose": repr(float(dose)), "dose_tokens": tokens}
    index = label_index(space.labels, label)
    units = unit_directions(space, how.layers, np.array([index]))[:, 0]
    vectors = (units * band_strength(space, how.layers, coefficient=strength)[:, index, None]).astype(np.float32)
    if not np.isfinite(vectors).all() or not vectors.any():
        raise InputError(one_line(f"coefficient {strength}", "a finite number that is not zero", "use for example 1"))
    about = {
        "label": label,
        "layers": str(how.select().layers),
        "coefficient": repr(float(strength)),
        **told,
        "model": str(space.about["model"]),
        "architecture": str(space.about.get("architecture", space.about["model"])),
        "fingerprint": space.fingerprint,
    }
    return ControlVector(dict(zip(how.layers, vectors, strict=True)), about)


def _dosed(space: "TaskSpace", how: Manner, dose: float, tokens: Sequence[str]) -> tuple[float, str]:
    """The coefficient of `dose`, and the first of `tokens` that was calibrated, which it is of."""
    for where in tokens:
        curve = find_curve(space, replace(how, tokens=where))
        if curve is not None:
            return curve.coefficient(dose), where
    do = "build the middle third with infoplane space build ... --tokens all"
    raise uncalibrated(space, how, dose, do)
