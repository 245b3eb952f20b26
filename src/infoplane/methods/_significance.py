"""Whether one method is better than another on the same items: the difference, its interval, exact tests, Holm."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from infoplane.estimators import Estimate, bootstrap_mean

Bools = NDArray[np.bool_]
Groups = NDArray[np.int64]
Floats = NDArray[np.float64]

_DIGITS = 12  # of metrics, which are fractions


def paired_difference(first: Bools, second: Bools, groups: Groups, *, seed: int = 0) -> Estimate:
    """Accuracy of `first` minus that of `second`, hits (n,) on the same items, whose `groups` are drawn whole.

    The interval is a bootstrap of the paired differences, p that of `mcnemar`.
    """
    difference = first.astype(np.float64) - second.astype(np.float64)
    found = bootstrap_mean(difference, groups, units="fraction", seed=seed)
    return replace(found, p_value=mcnemar(first, second, groups), estimator="paired difference, McNemar exact")


def mcnemar(first: Bools, second: Bools, groups: Groups | None = None) -> float:
    """Two-sided p that hits (n,) of two methods on the same items differ by chance, exact (McNemar 1947).

    Items that only one method has right are heads or tails of a fair coin. Where `groups` (n,) have several items, it
    is the sign of each group's sum that is tossed, as items of a group do not fall apart.
    """
    difference = first.astype(np.int64) - second.astype(np.int64)
    ids = np.arange(len(difference)) if groups is None else np.unique(groups, return_inverse=True)[1]
    return _signs_by_chance(np.rint(np.bincount(ids, weights=difference)).astype(np.int64))


def wilcoxon(differences: Floats) -> float:
    """Two-sided p that paired `differences` (n,) are symmetric about 0, by their signed ranks, exact (Wilcoxon 1945).

    Differences of 0 tell nothing and are left out; equal ones share the mean of their ranks. Of n there are 2^n signs,
    so that p is at least 2^(1-n): 0.062 for five, 0.031 for six.
    """
    told = np.round(differences, _DIGITS)  # else equal counts of items would differ by how their shares were rounded
    told = told[told != 0]
    ranks = np.rint(2 * rankdata(np.abs(told))).astype(np.int64)  # twice the rank is a whole number
    return _signs_by_chance(ranks * np.sign(told).astype(np.int64))


def _signs_by_chance(numbers: NDArray[np.int64]) -> float:
    """Two-sided p of the sum of `numbers` (n,) when each has its sign by the toss of a fair coin."""
    sizes = np.abs(numbers)
    total = int(sizes.sum())
    chances = np.zeros(2 * total + 1)  # of every sum from -total to total
    chances[total] = 1.0
    for size in sizes[sizes > 0].tolist():
        chances = (np.roll(chances, size) + np.roll(chances, -size)) / 2
    extreme = np.abs(np.arange(-total, total + 1)) >= abs(numbers.sum())
    return min(1.0, float(chances[extreme].sum()))


def holm(p_values: Sequence[float]) -> list[float]:
    """`p_values` of a family corrected so that one below a is found by chance in a share of at most a (Holm 1979)."""
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(p_values), 0, -1)
    corrected = np.maximum.accumulate(np.asarray(p_values, np.float64)[order] * factors)
    found = np.empty(len(p_values))
    found[order] = np.minimum(corrected, 1.0)
    return [float(p) for p in found]
