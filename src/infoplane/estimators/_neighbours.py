"""Nearest-neighbour estimators for few dimensions; Chebyshev distance throughout, columns standardised."""

from typing import Any

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import digamma

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import (
    Floats,
    Ints,
    as_features,
    as_groups,
    as_labels,
    constant_columns,
    enough_samples,
    same_length,
)
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._permute import null_flags, permute_labels, permute_rows, with_null
from infoplane.estimators._resample import bootstrap_mean

# Counting strictly inside a radius: one float less is undone by rounding in sums, this is not.
_INSIDE = 1 - 1e-9
_MOST_DIMENSIONS = 5


def ross(
    x: Any, y: Any, k: int = 3, *, groups: Any = None, permutations: int = 0, confidence: float = 0.95, seed: int = 0
) -> Estimate:
    """I(X;Y) in nats between vectors `x` (n, d) and labels `y` (n,) by nearest neighbours within the class.

    psi(n) + <psi(k)> - <psi(n_y)> - <psi(m)>: m counts the samples within the distance of the k-th neighbour of the
    same class, itself among them (Ross 2014). Classes of one sample are left out; smaller classes than k + 1
    use all their samples. The interval is a bootstrap over `groups` of the per-sample terms and does not cover bias.
    Raises InputError for unequal lengths, NaN, one class, constant `x`, k below 1.
    """
    features, labels = _standardised(x, "x", k), as_labels(y)
    same_length(len(features), y=labels.codes)
    enough_samples(labels)
    tree = cKDTree(features)
    terms, shortest = _ross_terms(tree, labels.codes, k)
    ids = as_groups(groups, len(features))
    draws = permute_labels(labels.codes, ids, permutations, seed)
    null = np.array([_ross_terms(tree, draw, k)[0].mean() for draw in draws])
    mean = bootstrap_mean(terms, ids, confidence=confidence, seed=seed)
    estimate = with_null(mean, null, estimator=f"ross(k={k})", ceiling=labels.entropy)
    return estimate.flagged(*_flags(features.shape[1], shortest), *null_flags(labels.codes, ids, permutations))


def ksg(
    x: Any, y: Any, k: int = 3, *, groups: Any = None, permutations: int = 0, confidence: float = 0.95, seed: int = 0
) -> Estimate:
    """I(X;Y) in nats between vectors `x` (n, d) and `y` (n, e), first estimator of Kraskov et al. 2004 (eq. 8).

    psi(k) + psi(n) - <psi(n_x + 1) + psi(n_y + 1)>: n_x, n_y count the other samples strictly within the distance of
    the k-th neighbour in the joint space. The interval is a bootstrap over `groups` of the per-sample terms and does
    not cover bias. Raises InputError for unequal lengths, NaN, constant columns only, k below 1 or at least n.
    """
    first, second = _standardised(x, "x", k), _standardised(y, "y", k)
    same_length(len(first), y=second)
    trees = cKDTree(first), cKDTree(second)
    terms, shortest = _ksg_terms(*trees, k)
    ids = as_groups(groups, len(first))
    orders = permute_rows(ids, np.zeros_like(ids), permutations, seed)
    null = np.array([_ksg_terms(trees[0], cKDTree(second[order]), k)[0].mean() for order in orders])
    mean = bootstrap_mean(terms, ids, confidence=confidence, seed=seed)
    estimate = with_null(mean, null, estimator=f"ksg(k={k})")
    return estimate.flagged(*_flags(max(first.shape[1], second.shape[1]), shortest))


def _ross_terms(tree: cKDTree, codes: Ints, k: int) -> tuple[Floats, float]:
    """Per-sample terms of the classes with more than one sample, others 0, and the shortest radius."""
    features, sizes = np.asarray(tree.data), np.bincount(codes)
    radius, used = np.zeros(len(codes)), np.ones(len(codes))
    for label in np.flatnonzero(sizes > 1):
        rows = np.flatnonzero(codes == label)
        used[rows] = nearest = min(k, len(rows) - 1)
        radius[rows] = _reach(features[rows], nearest)
    kept = sizes[codes] > 1
    within = tree.query_ball_point(features, radius * _INSIDE, p=np.inf, return_length=True)
    terms = digamma(kept.sum()) + digamma(used) - digamma(sizes[codes]) - digamma(within)
    return np.where(kept, terms, 0.0), float(radius[kept].min())


def _ksg_terms(first: cKDTree, second: cKDTree, k: int) -> tuple[Floats, float]:
    x, y = np.asarray(first.data), np.asarray(second.data)
    joint = np.hstack([x, y])
    radius = _reach(joint, k)
    inside = radius * _INSIDE
    counts = [tree.query_ball_point(tree.data, inside, p=np.inf, return_length=True) for tree in (first, second)]
    return digamma(k) + digamma(len(x)) - digamma(counts[0]) - digamma(counts[1]), float(radius.min())


def _reach(points: Floats, k: int) -> Floats:
    """Distance of each of `points` (n, d) to its k-th neighbour, (n,)."""
    return np.asarray(cKDTree(points).query(points, [k + 1], p=np.inf)[0])[:, 0]


def _standardised(values: Any, name: str, k: int) -> Floats:
    """Columns with spread, in units of it; InputError when there is none, or when k does not fit."""
    matrix = as_features(values, name)
    if not 1 <= k < len(matrix):
        raise InputError(one_line(f"k = {k} neighbours", f"1 to {len(matrix) - 1}", "use for example 3"))
    constant = constant_columns(matrix)
    if constant.all():
        raise InputError(one_line(f"{name} with constant columns only", "values that vary", "give another array"))
    varying = matrix[:, ~constant]
    return np.asarray((varying - varying.mean(axis=0)) / varying.std(axis=0))


def _flags(dimensions: int, shortest: float) -> tuple[str, ...]:
    warnings = {"knn_bias": dimensions > _MOST_DIMENSIONS, "duplicates": shortest == 0}
    return tuple(flag for flag, holds in warnings.items() if holds)
