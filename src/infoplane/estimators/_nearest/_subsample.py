"""Intervals for nearest-neighbour estimates from disjoint subsamples; repeated rows, as in a bootstrap, break them.

The variance of a mean over neighbourhoods falls as 1/n, so the spread of the values on n/8 of the samples says what it
is at n (Politis and Romano 1994; Holmes and Nemenman 2019). Their mean against the value on all samples shows how the
bias still moves: one of order 1/n leaves a seventh of that change, and so much further the interval reaches; where the
change is clear, as far as one of order 1/sqrt(n) would leave.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, Ints, as_groups
from infoplane.estimators._estimate import Estimate

# Subsamples for the spread: more of them are too small, fewer leave it too uncertain.
_PARTS = 8
# Neighbourhoods that a subsample must hold to say anything.
_NEIGHBOURHOODS = 5
# A change from n/8 to n by so many standard errors, and by at least so many nats, is no noise.
_CLEAR = 3.0
_NOTABLE = 0.05
# Terms of neighbouring samples are alike; where nothing else tells by how much, the standard error takes this factor.
_FEW_SAMPLES = 1.5


@dataclass(frozen=True, slots=True)
class Local:
    """Per-sample `terms` (n,) in nats, whose mean is the estimate, and the `shortest` distance to a neighbour."""

    terms: Floats
    shortest: float


# Estimates anew from some rows alone.
Terms = Callable[[Ints], Local]


def subsampled_mean(terms: Terms, groups: Ints, k: int, name: str, *, confidence: float, seed: int) -> Estimate:
    """Mean of the terms of all rows in nats, with the interval described above; groups (n,) stay whole.

    The standard error is at least that of the terms as if they were independent; with too few samples for subsamples it
    is just that. `drift` is set where the value clearly still moves, `duplicates` where the shortest distance is 0.
    Raises InputError for one group and for a confidence outside (0, 1).
    """
    whole, clusters = terms(np.arange(len(groups))), int(groups.max()) + 1
    _check_interval(clusters, confidence)
    value, error, left = float(whole.terms.mean()), _naive_error(whole.terms, groups), 0.0
    flags: tuple[str, ...] = ("duplicates",) if whole.shortest == 0 else ()
    values, freedom = _subsamples(terms, groups, k, seed), clusters - 1
    if (parts := len(values)) >= _PARTS // 2:
        error, freedom = max(error, float(values.std(ddof=1)) / np.sqrt(parts)), parts - 1
        left = value - float(values.mean())
        drifts = abs(left) > max(_CLEAR * error, _NOTABLE)
        flags += ("drift",) if drifts else ()
        left /= float(np.sqrt(parts)) - 1 if drifts else parts - 1
    else:
        error, flags = _FEW_SAMPLES * error, (*flags, "few_samples")
    half = error * float(special.stdtrit(freedom, (1 + confidence) / 2))
    return Estimate(
        value=value,
        low=float(value - half + min(left, 0.0)),
        high=float(value + half + max(left, 0.0)),
        confidence=confidence,
        n=len(groups),
        estimator=f"{name}(k={k})",
        flags=flags,
    )


def _subsamples(terms: Terms, groups: Ints, k: int, seed: int) -> Floats:
    """Estimates on up to eight disjoint parts of the samples that hold enough of them."""
    parts = min(_PARTS, len(groups) // (_NEIGHBOURHOODS * (k + 1)))
    rows = disjoint_parts(groups, max(1, parts), seed)
    return np.array([terms(some).terms.mean() for some in rows if len(some) >= _NEIGHBOURHOODS * (k + 1) // 2])


def _check_interval(clusters: int, confidence: float) -> None:
    """InputError for one group of samples, and for a confidence outside (0, 1)."""
    if clusters < 2:
        raise InputError(one_line("one group of samples", "at least two for an interval", "give more groups"))
    if not 0 < confidence < 1:
        raise InputError(one_line(f"confidence {confidence}", "a number between 0 and 1", "use for example 0.95"))


def _naive_error(terms: Floats, groups: Ints) -> float:
    """Standard error of the mean of `terms` (n,) if groups were independent, with their sizes as they are."""
    excess = np.bincount(groups, weights=terms - terms.mean())
    return float(np.sqrt((excess**2).sum() * len(excess) / (len(excess) - 1))) / len(terms)


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
