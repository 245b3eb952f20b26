"""The jackknife of a number that is no mean: its bias and its interval, from its values without one group each."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]


class Jackknifed(NamedTuple):
    """A number less its bias of first order, and the ends of its interval."""

    corrected: float
    low: float
    high: float


def jackknife(value: float, left_out: Floats, sizes: Floats, confidence: float = 0.95) -> Jackknifed | None:
    """`value` of all samples, `left_out` (G,) its values without one group each, of `sizes` (G,) samples.

    The delete-m jackknife for groups of unequal size (Busing, Meijer and van der Leeden 1999, equations 4 to 6), with
    Student's t of G - 1 degrees of freedom. None where fewer than two groups say how large the spread is.
    """
    groups, inverse = len(left_out), sizes.sum() / sizes
    if groups < 2:
        return None
    corrected = groups * value - ((1 - 1 / inverse) * left_out).sum()
    pseudo = inverse * value - (inverse - 1) * left_out
    error = np.sqrt(((pseudo - corrected) ** 2 / (inverse - 1)).mean())
    half = float(special.stdtrit(groups - 1, (1 + confidence) / 2) * error)
    return Jackknifed(float(corrected), float(corrected) - half, float(corrected) + half)
