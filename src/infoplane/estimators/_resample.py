"""Intervals for means of per-sample numbers, when samples come in groups."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import special

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, Ints, as_features, as_groups
from infoplane.estimators._estimate import Estimate, Units

_DRAWS = 2000
_BLOCK = 1 << 20
# With more groups than this the bootstrap distribution of a mean is its normal limit.
_NORMAL = 10_000


def bootstrap_mean(
    scores: Any, groups: Any = None, *, units: Units = "nats", confidence: float = 0.95, seed: int = 0
) -> Estimate:
    """Mean of per-sample `scores` (n,) with a cluster-bootstrap interval; groups (n,) are drawn whole.

    2000 draws, percentile levels widened for few groups to those of Student's t (Hesterberg 2015, expanded percentile
    interval); above 10 000 groups the normal limit.
    Raises InputError for scores that are not finite numbers and for a confidence outside (0, 1).
    """
    values = as_features(scores, "scores")[:, 0]
    low, high = cluster_interval(values, as_groups(groups, len(values)), confidence, seed)
    mean = float(values.mean())
    return Estimate(value=mean, low=low, high=high, confidence=confidence, units=units, n=len(values), estimator="mean")


def proportion(successes: Any, groups: Any = None, *, confidence: float = 0.95) -> Estimate:
    """Share of `successes` (n,) booleans, as a fraction with Wilson's score interval.

    With `groups` (n,) the sample counts for n / deff: deff is the variance of the share between groups over that of
    independent samples, at least 1 (Korn and Graubard 1998).
    """
    hits = as_features(successes, "successes")[:, 0]
    samples, share = len(hits), float(hits.mean())
    ids = as_groups(groups, samples)
    clusters, level = int(ids.max()) + 1, (1 + checked_confidence(confidence)) / 2
    effective = samples / _design_effect(hits, ids)
    z = float(special.ndtri(level) if clusters == samples else special.stdtrit(max(1, clusters - 1), level))
    middle = (share + z * z / (2 * effective)) / (1 + z * z / effective)
    half = z * np.sqrt(share * (1 - share) / effective + (z / (2 * effective)) ** 2) / (1 + z * z / effective)
    low, high = min(max(0.0, float(middle - half)), share), max(min(1.0, float(middle + half)), share)
    return Estimate(
        value=share,
        low=low,
        high=high,
        confidence=confidence,
        units="fraction",
        n=samples,
        estimator="proportion",
        ceiling=1.0,
    )


def cluster_interval(scores: Floats, groups: Ints, confidence: float, seed: int) -> tuple[float, float]:
    """Bounds of the mean of `scores` (n,) when whole groups are drawn with replacement."""
    sums, sizes = np.bincount(groups, weights=scores), np.bincount(groups).astype(np.float64)
    clusters = len(sums)
    if clusters < 2:
        raise InputError(one_line("one group of samples", "at least two for an interval", "give more groups"))
    t = float(special.stdtrit(clusters - 1, (1 + checked_confidence(confidence)) / 2))
    if clusters > _NORMAL:
        mean = sums.sum() / sizes.sum()
        error = float(np.sqrt(((sums - mean * sizes) ** 2).sum()) / sizes.sum())
        return float(mean - t * error), float(mean + t * error)
    means = np.concatenate([sums[rows].sum(1) / sizes[rows].sum(1) for rows in _resamples(clusters, seed)])
    tail = float(special.ndtr(-np.sqrt(clusters / (clusters - 1)) * t))
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def checked_confidence(confidence: float) -> float:
    """`confidence` itself; InputError outside (0, 1)."""
    if not 0 < confidence < 1:
        raise InputError(one_line(f"confidence {confidence}", "a number between 0 and 1", "use for example 0.95"))
    return confidence


def _resamples(clusters: int, seed: int) -> Iterator[Ints]:
    """Cluster numbers of the bootstrap draws, in blocks of bounded size."""
    rng = np.random.default_rng([seed, 3])
    rows = max(1, _BLOCK // clusters)
    for start in range(0, _DRAWS, rows):
        yield rng.integers(clusters, size=(min(rows, _DRAWS - start), clusters))


def _design_effect(hits: Floats, groups: Ints) -> float:
    samples, share = len(hits), hits.mean()
    independent = share * (1 - share) / samples
    excess = np.bincount(groups, weights=hits - share)
    clusters = len(excess)
    if clusters in (1, samples):
        return 1.0
    if independent == 0:  # all agree: nothing says that samples of a group could differ
        return samples / clusters
    return max(1.0, float((excess**2).sum() / samples**2 * clusters / (clusters - 1) / independent))
