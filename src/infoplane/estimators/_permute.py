"""Permutation nulls: what is permuted, what the draws say, and many layers at once."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators._arrays import Floats, Ints, as_groups
from infoplane.estimators._estimate import Estimate

# Draws this close to the value, relative to it or to a nat, are equal to it.
_ROUNDING = 1e-9


def permute_labels(labels: Any, groups: Any = None, permutations: int = 100, seed: int = 0) -> NDArray[Any]:
    """`permutations` draws of `labels` without relation to the samples, (P, n); the same seed, the same draws.

    Labels that are constant inside every group are exchanged between whole groups of one size, so that label
    frequencies stay as they are; others between samples.
    """
    values = np.asarray(labels)
    ids = as_groups(groups, len(values))
    if vary_in_group(values, ids):
        return np.random.default_rng([seed, 1]).permuted(np.tile(values, (permutations, 1)), axis=1)
    of_group, sizes = values[np.unique(ids, return_index=True)[1]], np.bincount(ids)
    return of_group[_shuffle_within(np.arange(len(of_group)), sizes, permutations, seed)][:, ids]


def permute_within(labels: Ints, strata: Ints, groups: Ints, permutations: int, seed: int) -> Ints:
    """Draws of `labels` exchanged only between samples of one stratum, (P, n).

    Whole groups change places where label and stratum are constant inside every group, otherwise samples do.
    """
    if not vary_in_group(labels, groups) and not vary_in_group(strata, groups):
        first = np.unique(groups, return_index=True)[1]
        return _shuffle_within(labels[first], strata[first], permutations, seed)[:, groups]
    return _shuffle_within(labels, strata, permutations, seed)


def permute_rows(groups: Ints, folds: Ints, permutations: int, seed: int) -> Ints:
    """Row numbers (P, n) that break the pairing of two arrays inside every fold, so each training set stays itself.

    Every group takes the rows of one other group of its fold, in order from a random place: a shorter one is repeated
    and a longer one cut, since rows of several groups would be less alike than the data. Single samples are permuted.
    """
    rng = np.random.default_rng([seed, 2])
    draws = np.empty((permutations, len(groups)), dtype=np.int64)
    for fold in np.unique(folds):
        rows = np.flatnonzero(folds == fold)
        rows = rows[np.argsort(groups[rows], kind="stable")]
        _, starts, of_row, sizes = np.unique(groups[rows], return_index=True, return_inverse=True, return_counts=True)
        place = np.arange(len(rows)) - starts[of_row]
        for draw in draws:
            donor = rng.permutation(len(starts))
            turn = rng.integers(sizes)
            draw[rows] = rows[starts[donor][of_row] + (place + turn[donor][of_row]) % sizes[donor][of_row]]
    return draws


def vary_in_group(labels: Any, groups: Ints) -> bool:
    """True when some group holds two labels."""
    first = np.unique(groups, return_index=True)[1]
    return bool((labels != labels[first][groups]).any())


def null_flags(labels: Ints, groups: Ints, permutations: int) -> tuple[str, ...]:
    """The flag `labels_vary_in_group` when a null was asked for and must exchange single samples."""
    return ("labels_vary_in_group",) if permutations and vary_in_group(labels, groups) else ()


def with_null(estimate: Estimate, draws: Floats, **fields: Any) -> Estimate:
    """`estimate` with the mean, 95 % bound and p-value of its permutation `draws` (P,), and other `fields` changed.

    p = (1 + #{draws >= value}) / (1 + P), never 0. No draws: the flag `no_null`.
    """
    row = estimate.as_dict() | fields
    if not len(draws):
        return Estimate.from_dict(row).flagged("no_null")
    rank = min(len(draws), math.ceil(0.95 * (len(draws) + 1)))  # value > high exactly where p <= 0.05
    value, high = row["value"], float(np.sort(draws)[rank - 1])
    least = value - _ROUNDING * max(1.0, abs(value))  # a draw equal to the data may be summed in another order
    row |= {"null_mean": float(draws.mean()), "null_high": high}
    row["p_value"] = float((1 + (draws >= least).sum()) / (1 + len(draws)))
    row["flags"] = [flag for flag in row["flags"] if flag != "no_null"]
    warnings = {"few_permutations": len(draws) < 20, "not_above_null": least <= high}
    return Estimate.from_dict(row).flagged(*(flag for flag, holds in warnings.items() if holds))


def max_t(values: Any, nulls: Any) -> Floats:
    """p-values (L,) of `values` (L,) against joint `nulls` (L, P), adjusted for having looked at all L of them.

    Single-step max-T (Westfall and Young 1993): each row in units of its own null's mean and spread, then compared
    with the maximum over rows of every draw. All rows must have been made with the same permutations.
    """
    observed, draws = np.asarray(values, dtype=np.float64), np.asarray(nulls, dtype=np.float64)
    mean, spread = draws.mean(axis=1, keepdims=True), draws.std(axis=1, keepdims=True)
    spread = np.where(spread > 0, spread, 1.0)
    highest = ((draws - mean) / spread).max(axis=0)
    standing = (observed[:, None] - mean) / spread
    return np.asarray((1 + (highest >= standing).sum(axis=1)) / (1 + draws.shape[1]), dtype=np.float64)


def _shuffle_within(labels: Ints, strata: Ints, permutations: int, seed: int) -> Ints:
    """Sorting random keys inside strata: one argsort for all draws."""
    rng = np.random.default_rng([seed, 1])
    home = np.argsort(strata, kind="stable")
    keys = strata + rng.random((permutations, len(labels)))
    draws = np.empty((permutations, len(labels)), dtype=np.int64)
    draws[:, home] = labels[np.argsort(keys, axis=1)]
    return draws
