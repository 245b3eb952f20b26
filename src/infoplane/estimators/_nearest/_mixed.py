"""Information between any mixture of discrete and continuous values, also within one column."""

from typing import Any

import numpy as np

from infoplane.estimators._arrays import Floats, as_groups, same_length
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._nearest._near import counter, inside, near_flags, neighbours, prepared, psi
from infoplane.estimators._nearest._subsample import Local, subsampled_mean
from infoplane.estimators._permute import permute_rows, with_null

_MOST_COLUMNS = 4


def gao_mixed(
    x: Any, y: Any, k: int = 3, *, groups: Any = None, permutations: int = 0, confidence: float = 0.95, seed: int = 0
) -> Estimate:
    """I(X;Y) in nats of numbers `x` (n, d) and `y` (n, e) that may repeat, some or all of them (Gao et al. 2017).

    <psi(k') + psi(n) - psi(n_x) - psi(n_y)>, counts with the sample itself: where the k-th neighbour is at a distance,
    k' = k and nearer samples count; where it coincides, k', n_x, n_y count the samples that coincide. So it is KSG for
    continuous values, Ross for one discrete side, and nearly the plug-in where both are. Distances between values of a
    discrete column should mean nothing less than those between continuous ones: columns are standardised. The interval
    as in `ksg`. Raises InputError for unequal lengths, NaN, text, constant columns only, k below 1 or at least n.
    """
    sides = prepared(x, "x", k), prepared(y, "y", k)
    same_length(len(sides[0]), y=sides[1])
    ids = as_groups(groups, len(sides[0]))
    mean = subsampled_mean(
        lambda rows: _terms(sides[0][rows], sides[1][rows], k), ids, k, "gao_mixed", confidence=confidence, seed=seed
    )
    orders = permute_rows(ids, np.zeros_like(ids), permutations, seed)
    null = np.array([_terms(sides[0], sides[1][order], k).terms.mean() for order in orders])
    return with_null(mean, null).flagged(*near_flags(mean.value, sides, _MOST_COLUMNS))


def _terms(x: Floats, y: Floats, k: int) -> Local:
    """Per-sample terms; repeated values are expected, so no distance counts as too short."""
    reach = neighbours((x, y), k)[0][:, -1]
    tied = reach == 0
    radius = np.where(tied, 0.0, inside(reach))
    near = np.full(len(x), k)
    if tied.any():
        _, cell, sizes = np.unique(np.hstack([x, y]), axis=0, return_inverse=True, return_counts=True)
        near = np.where(tied, sizes[cell.ravel()], k)
    terms = psi(near) + psi(len(x)) - psi(counter(x)(radius)) - psi(counter(y)(radius))
    return Local(terms, np.inf)
