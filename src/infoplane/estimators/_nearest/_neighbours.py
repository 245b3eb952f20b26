"""Information by nearest neighbours in few dimensions; Chebyshev distance throughout."""

from functools import partial
from typing import Any, Literal

import numpy as np

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, Ints, as_groups, as_labels, enough_samples, same_length
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._nearest._near import (
    Transform,
    counter,
    inside,
    near_flags,
    neighbours,
    neighbours_of_class,
    prepared,
    psi,
    within,
)
from infoplane.estimators._nearest._near_null import MOST_LISTED, ksg_null, ross_null
from infoplane.estimators._nearest._subsample import Local, subsampled_mean
from infoplane.estimators._permute import null_flags, permute_labels, permute_rows, with_null

# The bias stays below about 0.05 nats up to so many columns: of both vectors, or beside labels.
_MOST_OF_PAIR = 4
_MOST_BESIDE_LABELS = 5


def ksg(
    x: Any,
    y: Any,
    k: int = 3,
    *,
    variant: Literal[1, 2] = 1,
    transform: Transform = "standardise",
    groups: Any = None,
    permutations: int = 0,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """I(X;Y) in nats between vectors `x` (n, d) and `y` (n, e) (Kraskov et al. 2004).

    Variant 1 (eq. 8): psi(k) + psi(n) - <psi(n_x + 1) + psi(n_y + 1)>, n_x, n_y counting the others nearer than the
    k-th neighbour in the joint space. Variant 2 (eq. 9): psi(k) - 1/k + psi(n) - <psi(n_x) + psi(n_y)>, counting those
    no further than the k neighbours reach in x, and in y. `transform`: columns standardised, or their normal scores,
    which tame heavy tails. The interval comes from disjoint subsamples of whole `groups`; flag `drift` where the value
    still moves with n. The null permutes the rows of y. Raises InputError for unequal lengths, NaN, constant columns
    only, k below 1 or at least n, and for more work than an hour.
    """
    sides = prepared(x, "x", k, transform), prepared(y, "y", k, transform)
    same_length(len(sides[0]), y=sides[1])
    if variant not in (1, 2):
        raise InputError(one_line(f"variant {variant!r}", "1 or 2", "use one of these"))
    ids = as_groups(groups, len(sides[0]))
    terms = partial(ksg_terms if variant == 1 else _rectangle_terms, k=k)
    mean = subsampled_mean(
        lambda rows: terms(*(side[rows] for side in sides)), ids, k, "ksg", confidence=confidence, seed=seed
    )
    orders = permute_rows(ids, np.zeros_like(ids), permutations, seed)
    if variant == 1 and len(ids) <= MOST_LISTED:
        null = ksg_null(*sides, orders, k)
    else:
        null = np.array([terms(sides[0], sides[1][order]).terms.mean() for order in orders])
    name = f"ksg(k={k})" if variant == 1 else f"ksg(k={k}, variant=2)"
    estimate = with_null(mean, null, estimator=name)
    return estimate.flagged(*near_flags(mean.value, sides, _MOST_OF_PAIR))


def ross(
    x: Any,
    y: Any,
    k: int = 3,
    *,
    transform: Transform = "standardise",
    groups: Any = None,
    permutations: int = 0,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """I(X;Y) in nats between vectors `x` (n, d) and labels `y` (n,) by nearest neighbours within the class.

    psi(n) + <psi(k)> - <psi(n_y)> - <psi(m)>: m counts the samples nearer than the k-th neighbour of the same class,
    itself among them (Ross 2014). Classes of one sample are left out; smaller classes than k + 1 use all their samples.
    `transform` and interval as in `ksg`. Raises InputError for unequal lengths, NaN, one class, constant `x`, k < 1.
    """
    features, labels = prepared(x, "x", k, transform), as_labels(y)
    same_length(len(features), y=labels.codes)
    enough_samples(labels)
    ids = as_groups(groups, len(features))
    mean = subsampled_mean(
        lambda rows: ross_terms(features[rows], labels.codes[rows], k), ids, k, "ross", confidence=confidence, seed=seed
    )
    draws = permute_labels(labels.codes, ids, permutations, seed)
    if len(ids) <= MOST_LISTED:
        null = ross_null(features, draws, k)
    else:
        null = np.array([ross_terms(features, draw, k).terms.mean() for draw in draws])
    estimate = with_null(mean, null, ceiling=labels.entropy)
    flags = near_flags(mean.value, (features,), _MOST_BESIDE_LABELS)
    return estimate.flagged(*flags, *null_flags(labels.codes, ids, permutations))


def ksg_terms(x: Floats, y: Floats, k: int) -> Local:
    """Terms of the first estimator of Kraskov et al. for standardised `x` (n, d) and `y` (n, e)."""
    reach = neighbours((x, y), k)[0][:, -1]
    counts = [counter(side)(inside(reach)) for side in (x, y)]
    return Local(psi(k) + psi(len(x)) - psi(counts[0]) - psi(counts[1]), float(reach.min()))


def _rectangle_terms(x: Floats, y: Floats, k: int) -> Local:
    """Terms of the second: each side counts as far as the neighbours reach in its own columns."""
    distances, rows = neighbours((x, y), k)
    reaches = [np.abs(side[rows] - side[:, None]).max(axis=(1, 2)) for side in (x, y)]
    counts = [counter(side)(within(reach)) - 1 for side, reach in zip((x, y), reaches, strict=True)]
    return Local(psi(k) - 1 / k + psi(len(x)) - psi(counts[0]) - psi(counts[1]), float(distances[:, -1].min()))


def ross_terms(x: Floats, codes: Ints, k: int) -> Local:
    """Terms of Ross for standardised `x` (n, d) and labels `codes` (n,); 0 for classes of one sample."""
    sizes = np.bincount(codes)[codes]
    kept = sizes > 1
    used = np.minimum(k, sizes - 1)
    reach = neighbours_of_class(x, codes, k)[np.arange(len(x)), used - 1]
    counts = counter(x)(inside(np.where(kept, reach, 0.0)))
    terms = psi(max(1, int(kept.sum()))) + psi(used.clip(1)) - psi(sizes) - psi(counts)
    return Local(np.where(kept, terms, 0.0), float(reach[kept].min(initial=np.inf)))
