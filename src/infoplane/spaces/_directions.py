"""The direction of a label: from the differences its contrast prompts make, at one layer.

`mean` keeps the mean difference, which nuisance variance does not turn; `pca` takes the principal axis of the
differences about the origin; `paper` is the published form, the principal axis about their mean (task-space paper,
eq. 4), which removes the very mean that tells the label and is therefore flagged when it points elsewhere.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line

Method = Literal["mean", "pca", "paper"]
METHODS: tuple[Method, ...] = ("mean", "pca", "paper")
Floats = NDArray[np.float64]

_LEAST_EXPLAINED, _LEAST_COSINE = 0.3, 0.5


@dataclass(frozen=True, slots=True)
class Direction:
    """A unit vector (d,) made by `method`, its natural size in activation units, and how far an axis can be trusted.

    `explained`: share of the squared differences along the vector. `cosine`: with the mean difference.
    """

    method: Method
    unit: Floats
    size: float
    explained: float
    cosine: float

    @property
    def flags(self) -> tuple[str, ...]:
        """`pca_not_mean` where a principal axis explains little or is not the mean difference."""
        trusted = self.explained >= _LEAST_EXPLAINED and abs(self.cosine) >= _LEAST_COSINE
        return () if trusted or self.method == "mean" else ("pca_not_mean",)


def direction(differences: Floats, method: Method = "mean") -> Direction:
    """The direction of `differences` (n, d), signed so that most of them agree with it.

    Size: m = mean(u . delta). Raises InputError where all differences are zero, as at layer 0 under a shared last
    token. Source: task-space paper, eq. 3-4; choices A4-A6 of its specification.
    """
    mean = differences.mean(axis=0)
    length = float(np.linalg.norm(mean))
    total = float(np.square(differences).sum())
    if total == 0 or length == 0:
        raise InputError(one_line("differences that are all zero", "prompts whose states differ", "use a deeper layer"))
    unit = mean / length if method == "mean" else _principal_axis(differences, centred=method == "paper")
    along = differences @ unit
    if along.mean() < 0:
        unit, along = -unit, -along
    explained = float(np.square(along).sum() / total)
    return Direction(method, unit, float(along.mean()), explained, float(unit @ mean / length))


def _principal_axis(differences: Floats, *, centred: bool) -> Floats:
    """First right singular vector, through the smaller Gram matrix."""
    x = differences - differences.mean(axis=0) if centred else differences
    if x.shape[0] >= x.shape[1]:
        axis: Floats = np.linalg.eigh(x.T @ x)[1][:, -1]
        return axis
    axis = x.T @ np.linalg.eigh(x @ x.T)[1][:, -1]
    return axis / max(float(np.linalg.norm(axis)), np.finfo(float).tiny)
