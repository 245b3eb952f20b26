"""Intervals for functionals of counts, which also hold where the first order vanishes.

To first order the plug-in entropy is a mean of -log p(x_i), and a bootstrap of these gives its spread. The first order
vanishes for uniform variables and for independent ones: there 2n times the plug-in value is a chi-square, whose
variance over 4 n^2 is in the spread of the terms twice on average, but may be nearly absent. So once is taken off, and
once is the least. What two corrections of the same bias disagree on is added on both sides: the truth may lie beyond
either.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy import special

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._resample import cluster_interval


@dataclass(frozen=True, slots=True)
class Counted:
    """A functional of counts in nats, its first-order term for each sample, and what lies beyond the first order.

    `terms` (n,). `degrees`: 2n times the first-order bias of the plug-in, -(K-1) for an entropy; its size is the
    degrees of freedom of the chi-square. `clustered`: the same times the design effect of the groups. `doubt`: the
    value less that of another correction.
    """

    value: float
    terms: Floats
    degrees: float
    clustered: float
    doubt: float

    @classmethod
    def summed(cls, parts: Iterable[tuple[int, Self]]) -> Self:
        """The sum of functionals of the same samples, each with its sign."""
        signed = list(parts)
        return cls(
            value=sum(sign * part.value for sign, part in signed),
            terms=np.sum([sign * part.terms for sign, part in signed], axis=0),
            degrees=sum(sign * part.degrees for sign, part in signed),
            clustered=sum(sign * part.clustered for sign, part in signed),
            doubt=sum(sign * part.doubt for sign, part in signed),
        )

    def around(self, value: float) -> Self:
        """The same spread around another value."""
        return replace(self, value=value)

    def interval(self, groups: Ints, confidence: float, seed: int) -> tuple[float, float]:
        """Bounds around `value` when whole `groups` (n,) are drawn.

        Where the chi-square pushes the value, its spread grows with it (sqrt of a non-central chi-square has variance
        1), so on the other side of a small value the bound is further by z^2 / (2n).
        """
        middle, (low, high) = self.terms.mean(), cluster_interval(self.terms, groups, confidence, seed)
        quantile, samples = float(special.ndtri((1 + confidence) / 2)), len(groups)
        effect = self.clustered / self.degrees if self.degrees else 1.0
        least = quantile**2 * effect**2 * abs(self.degrees) / (2 * samples**2)
        below, above = (
            np.sqrt(max(width**2 - least, least)) + abs(self.doubt) for width in (middle - low, high - middle)
        )
        further = effect * quantile**2 / (2 * samples)
        below, above = (below + further, above) if self.degrees < 0 else (below, above + further)
        return float(self.value - below), float(self.value + above)


def excess(codes: Ints, groups: Ints) -> float:
    """(K-1) times the design effect: sum n_gk^2 / n_k - sum n_g^2 / n over groups g, values k; K-1 without groups.

    Half of it over n is the first-order bias of the plug-in entropy when groups are drawn whole; at least K-1.
    """
    sizes = np.bincount(codes)
    independent = float(np.count_nonzero(sizes) - 1)
    if groups.max() + 1 == len(groups):
        return independent
    pairs, times = np.unique(groups * len(sizes) + codes, return_counts=True)
    within = float((times**2 / sizes[pairs % len(sizes)]).sum())
    return max(independent, within - float((np.bincount(groups) ** 2).sum()) / len(codes))
