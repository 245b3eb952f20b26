"""Whether one method is better than another on the same items: the difference, its interval, exact tests, Holm."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from infoplane.estimators import Estimate, bootstrap_mean

_FLIPS = 9999
_BLOCK = 500

Bools = NDArray[np.bool_]
Groups = NDArray[np.int64]


def paired_difference(first: Bools, second: Bools, groups: Groups, *, seed: int = 0) -> Estimate:
    """Accuracy of `first` minus that of `second`, hits (n,) on the same items, whose `groups` are drawn whole.

    The interval is a bootstrap of the paired differences, p that of `mcnemar`.
    """
    difference = first.astype(np.float64) - second.astype(np.float64)
    found = bootstrap_mean(difference, groups, units="fraction", seed=seed)
    p = mcnemar(first, second, groups, seed=seed)
    return replace(found, p_value=p, estimator="paired difference, McNemar exact")


def mcnemar(first: Bools, second: Bools, groups: Groups | None = None, *, seed: int = 0) -> float:
    """Two-sided p that hits (n,) of two methods on the same items differ by chance (McNemar 1947, exact binomial).

    Items that only one method has right are heads or tails of a fair coin. Where `groups` have several items, it is
    the sign of each group's sum that is tossed: 9,999 tosses, the observed one counted in.
    """
    difference = first.astype(np.int64) - second.astype(np.int64)
    ids = np.arange(len(difference)) if groups is None else np.unique(groups, return_inverse=True)[1]
    sums = np.bincount(ids, weights=difference)
    sums = sums[sums != 0]
    if not len(sums):
        return 1.0
    if np.abs(sums).max() == 1:
        return float(stats.binomtest(int((sums > 0).sum()), len(sums)).pvalue)
    rng = np.random.default_rng([seed, 11])
    observed, extreme = abs(sums.sum()), 0
    for start in range(0, _FLIPS, _BLOCK):
        signs = rng.integers(2, size=(min(_BLOCK, _FLIPS - start), len(sums))) * 2 - 1
        extreme += int((np.abs(signs @ sums) >= observed).sum())
    return (extreme + 1) / (_FLIPS + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """`p_values` of a family corrected so that one below a is found by chance in a share of at most a (Holm 1979)."""
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(p_values), 0, -1)
    corrected = np.maximum.accumulate(np.asarray(p_values, np.float64)[order] * factors)
    found = np.empty(len(p_values))
    found[order] = np.minimum(corrected, 1.0)
    return [float(p) for p in found]
