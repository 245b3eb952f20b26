"""Coordinates of equal variance, fitted on a training fold without its labels."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from infoplane.estimators._arrays import Floats, constant_columns

# Eigenvalues below this share of the largest are rounding.
_RANK = 1e-10


@dataclass(frozen=True, slots=True)
class Whitening:
    """The map z = (x - centre) @ axes, (n, d) -> (n, r), leading variance first.

    `spread` (r,): variance of each coordinate on the training fold, near 1 but for the shrinkage. `weight`: share 1-l
    of the sample covariance S in the shrunk covariance, which is the identity in these coordinates.
    """

    centre: Floats
    axes: Floats
    spread: Floats
    weight: float

    def __call__(self, x: Floats) -> Floats:
        """Coordinates (n, r) of `x` (n, d)."""
        return (x - self.centre) @ self.axes


def fit_whitening(x: Floats, components: int | None = None) -> Whitening:
    """Standardise the columns of `x` (n, d), then whiten by the Ledoit-Wolf covariance (1-l)S + l mu I.

    The eigenvectors come from the smaller of the covariance and the Gram matrix, r = min(n-1, d, components).
    Constant columns get weight 0; if all are constant, r = 0.
    """
    centre, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(constant_columns(x), np.inf, scale)
    standard = (x - centre) / scale
    samples, width = standard.shape
    product = (standard.T @ standard if width <= samples else standard @ standard.T) / samples
    strength, mean_variance = _ledoit_wolf(standard, product)
    variances, vectors = _principal_axes(standard, product, components)
    shrunk = (1 - strength) * variances + strength * mean_variance
    return Whitening(centre, vectors / scale[:, None] / np.sqrt(shrunk), variances / shrunk, 1 - strength)


def _ledoit_wolf(x: Floats, product: Floats) -> tuple[float, float]:
    """Shrinkage intensity l in [0, 1] and mean variance mu of centred `x` (n, d) (Ledoit and Wolf 2004, lemma 3.2-3.4).

    `product`: its covariance or its Gram matrix over n; both have the same norm.
    """
    samples, width = x.shape
    energy = (x**2).sum(axis=1)
    mean_variance = float(energy.sum()) / samples / width
    squared_norm = float((product**2).sum())
    error = max(0.0, float((energy**2).sum()) / samples**2 - squared_norm / samples)
    distance = squared_norm - width * mean_variance**2
    return (min(1.0, error / distance) if distance > _RANK * squared_norm else 0.0), mean_variance


def _principal_axes(x: Floats, product: Floats, components: int | None) -> tuple[Floats, Floats]:
    """Variances (r,) in falling order and unit axes (d, r) of centred `x` (n, d)."""
    smaller = len(product)
    wanted = None if components is None else (max(0, smaller - components), smaller - 1)
    variances, vectors = linalg.eigh(product, subset_by_index=wanted)
    keep = np.flatnonzero((variances > _RANK * variances[-1]) & (variances > 0))[::-1]
    variances, vectors = variances[keep], vectors[:, keep]
    if x.shape[1] > len(x):
        vectors = x.T @ (vectors / np.sqrt(len(x) * variances))
    return variances, vectors
