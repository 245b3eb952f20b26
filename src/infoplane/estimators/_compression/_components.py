"""Principal components of centred columns as they come: the linear way to few coordinates and back."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import linalg

from infoplane.estimators._arrays import Floats

# Variances below this share of the largest are rounding.
_RANK = 1e-12


@dataclass(frozen=True, slots=True)
class Components:
    """The leading principal components: `centre` (d,), unit `axes` (d, k) and their `variances` (k,), falling."""

    centre: Floats
    axes: Floats
    variances: Floats

    def encode(self, x: Floats) -> Floats:
        """Codes (n, k) of `x` (n, d)."""
        return np.asarray((x - self.centre) @ self.axes)

    def decode(self, codes: Floats) -> Floats:
        """Rows (n, d) that `codes` (n, k) stand for."""
        return np.asarray(codes @ self.axes.T + self.centre)

    def first(self, count: int) -> Self:
        """Only the first `count` of them."""
        return type(self)(self.centre, self.axes[:, :count], self.variances[:count])

    def holding(self, share: float, least: int = 1) -> Self:
        """As few of them as hold this `share` of the variance, but `least` of them."""
        held = np.cumsum(self.variances) / self.variances.sum()
        return self.first(max(least, int(np.searchsorted(held, share)) + 1))


def principal_components(x: Floats) -> Components:
    """All principal components of `x` (n, d) above rounding, from the smaller of covariance and Gram matrix."""
    centre = x.mean(axis=0)
    centred = x - centre
    samples, width = centred.shape
    variances, vectors = linalg.eigh((centred.T @ centred if width <= samples else centred @ centred.T) / samples)
    kept = np.flatnonzero(variances > _RANK * variances[-1])[::-1]
    variances, vectors = variances[kept], vectors[:, kept]
    if width > samples:
        vectors = centred.T @ (vectors / np.sqrt(samples * variances))
    return Components(centre, vectors, variances)
