"""The one vector a layer that steers to a label, as other programs add it: to every token, whatever the prompt."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane.spaces._curve import dose_coefficient
from infoplane.spaces._labels import label_index
from infoplane.spaces._manner import Clause, manner
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
) -> ControlVector:
    """The vector of `label` over a band (None: the middle third), at a dose, a coefficient or its natural size.

    A dose is that of `tokens="all"`, as every token is changed. Raises InputError for a label, layer or dose that the
    space has not, and for two strengths.
    """
    if dose is not None and coefficient is not None:
        came = f"dose {dose} and coefficient {coefficient}"
        raise InputError(one_line(came, "one of them", "leave one out"))
    how = manner(space, layers, "all")
    strength = 1.0 if coefficient is None else coefficient
    if dose is not None:
        strength = dose_coefficient(space, how, dose)
    index = label_index(space.labels, label)
    units = unit_directions(space, how.layers, np.array([index]))[:, 0]
    vectors = (units * band_strength(space, how.layers, coefficient=strength)[:, index, None]).astype(np.float32)
    if not np.isfinite(vectors).all():
        raise InputError(one_line(f"coefficient {strength}", "a finite number", "use for example 1"))
    about = {
        "label": label,
        "layers": str(how.select().layers),
        "coefficient": repr(float(strength)),
        **({} if dose is None else {"dose": repr(float(dose))}),
        "model": str(space.about["model"]),
        "architecture": str(space.about.get("architecture", space.about["model"])),
        "fingerprint": space.fingerprint,
    }
    return ControlVector(dict(zip(how.layers, vectors, strict=True)), about)
