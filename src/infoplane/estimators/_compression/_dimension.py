"""How many coordinates the data fill, whatever the number of columns they come in."""

from typing import Any

import numpy as np
from scipy import special

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, as_features
from infoplane.estimators._estimate import Estimate

# Nearest neighbours are searched among so many rows, so that time stays bounded.
_MOST_POINTS = 10_000
_FEWEST_POINTS = 20
# The largest tenth of the ratios is used only as "at least so large": outliers and edges live there.
_KEPT = 0.9
# Neighbours of the check by Levina and Bickel, which looks at a larger scale than two neighbours do.
_NEIGHBOURS = 20
_DISAGREEMENT = 0.1
# In more dimensions than this, edges of the data reach into every neighbourhood.
_MOST_DIMENSIONS = 8
# Variance of the estimate over that of independent ratios: neighbours of each other share a distance.
_DEPENDENCE = 1.5


def intrinsic_dimension(x: Any, *, confidence: float = 0.95, seed: int = 0) -> Estimate:
    """Dimension of the surface on which the rows of `x` (n, d) lie, as a count with its interval.

    TwoNN (Facco et al. 2017): the ratio of the distances to the second and the first neighbour is Pareto with exponent
    the dimension, so its logarithm is exponential; the largest tenth is censored, and the interval follows from the
    gamma distribution of the sum. Beside it stands the estimate of Levina and Bickel (2005, harmonic mean over points)
    with 20 neighbours; where it is outside the interval and 10 % away the number depends on the scale, and above 8 both
    lean low: flag `dimension_unclear`. At most 10 000 distinct rows are used.
    Raises InputError for fewer than 20 distinct rows, distances that are all equal, confidence outside (0, 1).
    """
    rows = as_features(x)
    points = np.unique(rows, axis=0)
    if len(points) < _FEWEST_POINTS:
        came = f"{len(points)} distinct rows"
        raise InputError(one_line(came, f"at least {_FEWEST_POINTS} for an intrinsic dimension", "use more samples"))
    if not 0 < confidence < 1:
        raise InputError(one_line(f"confidence {confidence}", "a number between 0 and 1", "use for example 0.95"))
    if len(points) > _MOST_POINTS:
        points = np.random.default_rng([seed, 5]).permutation(points)[:_MOST_POINTS]
    logs = np.log(_neighbour_distances(points, min(_NEIGHBOURS, len(points) - 1)))
    value, low, high = _two_nearest(logs, confidence)
    check = _levina_bickel(logs)
    warnings = {
        "duplicates": len(points) < min(len(rows), _MOST_POINTS),
        "dimension_unclear": value > _MOST_DIMENSIONS
        or (not low <= check <= high and abs(value - check) > _DISAGREEMENT * value),
    }
    return Estimate(
        value=value,
        low=low,
        high=high,
        confidence=confidence,
        units="count",
        n=len(points),
        estimator=f"two_nearest(levina_bickel={check:.3g})",
        ceiling=float(min(rows.shape[1], len(rows) - 1)),
        flags=tuple(flag for flag, holds in warnings.items() if holds),
    )


def _neighbour_distances(points: Floats, neighbours: int) -> Floats:
    """Euclidean distances of each of `points` to its nearest others, (n, neighbours), rising."""
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=neighbours).fit(points - points.mean(axis=0))
    return np.asarray(np.maximum(search.kneighbors()[0], np.finfo(np.float64).tiny), dtype=np.float64)


def _two_nearest(logs: Floats, confidence: float) -> tuple[float, float, float]:
    """Value and interval from the log distances `logs` (n, k)."""
    ratios = np.sort(logs[:, 1] - logs[:, 0])
    kept = int(_KEPT * len(ratios))
    total = float(ratios[:kept].sum() + (len(ratios) - kept) * ratios[kept - 1])
    if total <= 1e-9 * len(ratios):
        came = "rows whose two nearest neighbours are equally far"
        raise InputError(one_line(came, "points off a lattice", "use values that are not rounded"))
    shape = kept / _DEPENDENCE
    low, high = special.gammaincinv(shape, [(1 - confidence) / 2, (1 + confidence) / 2]) / shape * kept / total
    return (kept - 1) / total, float(low), float(high)


def _levina_bickel(logs: Floats) -> float:
    """Inverse of the mean log ratio of the last distance to the nearer ones."""
    return float(1 / (logs[:, -1:] - logs[:, :-1]).mean())
