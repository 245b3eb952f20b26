"""Intervals for nearest-neighbour estimates, which repeated rows, and so the bootstrap, would break: disjoint subsamples.

The variance of a mean over neighbourhoods falls as 1/n, so the spread of the values on n/8 of the samples says what it
is at n (Politis and Romano 1994; Holmes and Nemenman 2019). Their mean against the value on all samples shows how the
bias still moves: one of order 1/n leaves a seventh of that change, and so much further the interval reaches.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, Ints, as_groups
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._resample import cluster_interval

# Subsamples for the spread: more of them are too small, fewer leave it too uncertain.
_PARTS = 8
# Neighbourhoods that a subsample must hold to say anything.
_NEIGHBOURHOODS = 5
# A change from n/8 to n by so many standard errors, and by at least so many nats, is no noise.
_CLEAR = 2.0
_NOTABLE = 0.05


@dataclass(frozen=True, slots=True)
class Local:
    """Per-sample `terms` (n,) in nats, whose mean is the estimate, and the `shortest` distance to a neighbour."""

    terms: Floats
    shortest: float


# Estimates anew from some rows alone.
Terms = Callable[[Ints], Local]


def subsampled_mean(terms: Terms, groups: Ints, k: int, name: str, *, confidence: float, seed: int) -> Estimate:
    """Mean of the terms of all rows in nats, with the interval described above; groups (n,) stay whole.

    The standard error is at least that of the terms as if they were independent. With too few samples for subsamples
    the interval is a bootstrap of the terms. `drift` is set where the value clearly still moves, `duplicates` where
    the shortest distance is 0.
    Raises InputError for one group and for a confidence outside (0, 1).
    """
    whole = terms(np.arange(len(groups)))
    found = whole.terms
    value, low, high = float(found.mean()), *cluster_interval(found, groups, confidence, seed)
    parts = min(_PARTS, int(groups.max()) + 1, len(groups) // (_NEIGHBOURHOODS * (k + 1)))
    flags = ("duplicates",) if whole.shortest == 0 else ()
    if parts >= _PARTS // 2:
        values = np.array([terms(rows).terms.mean() for rows in disjoint_parts(groups, parts, seed)])
        naive = (high - low) / (2 * special.ndtri((1 + confidence) / 2))
        error = max(float(values.std(ddof=1)) / np.sqrt(parts), naive)
        change = value - float(values.mean())
        half, left = error * special.stdtrit(parts - 1, (1 + confidence) / 2), change / (parts - 1)
        low, high = float(value - half + min(left, 0.0)), float(value + half + max(left, 0.0))
        flags += ("drift",) if abs(change) > max(_CLEAR * error, _NOTABLE) else ()
    return Estimate(
        value=value, low=low, high=high, confidence=confidence, n=len(found), estimator=f"{name}(k={k})", flags=flags
    )


def disjoint_parts(groups: Ints, parts: int, seed: int) -> list[Ints]:
    """Rows in random parts of nearly equal size, whole groups (n,) in each."""
    rank = np.random.default_rng([seed, 11]).permutation(int(groups.max()) + 1)
    sizes = np.bincount(rank[groups])
    part = np.minimum((np.cumsum(sizes) - sizes / 2) * parts // len(groups), parts - 1)
    return [rows for p in range(parts) if len(rows := np.flatnonzero(part[rank[groups]] == p))]


def subsample_drift(
    statistic: Callable[[Ints], float], samples: int, groups: Ints | None = None, seed: int = 0
) -> Floats:
    """`statistic` of rows at n/4, n/2 and n: means over four and two disjoint parts, and the value of all, (3,).

    What still moves from the second to the third would move on with more samples. Raises InputError under 8 samples or
    4 groups.
    """
    ids = as_groups(groups, samples)
    if samples < 8 or ids.max() < 3:
        came = f"{samples} samples in {int(ids.max()) + 1} groups"
        raise InputError(one_line(came, "at least 8 samples and 4 groups", "use more samples"))
    means = [np.mean([statistic(rows) for rows in disjoint_parts(ids, parts, seed)]) for parts in (4, 2, 1)]
    return np.array(means, dtype=np.float64)
