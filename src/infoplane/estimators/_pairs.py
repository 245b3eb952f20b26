"""Information between two wide vectors: canonical pairs found on some samples and scored on others."""

from typing import Any

import numpy as np

from infoplane.estimators._arrays import as_features, as_groups, constant_columns, same_length
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._folds import group_folds
from infoplane.estimators._log_ratio import lower_bound, overstatement
from infoplane.estimators._permute import permute_rows
from infoplane.estimators._variates import Views


def canonical_pairs(
    x: Any,
    y: Any,
    *,
    groups: Any = None,
    permutations: int = 0,
    folds: int = 5,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Lower bound of I(X;Y) in nats of `x` (n, d) and `y` (n, e), each of up to thousands of columns, by group.

    On training folds each vector is reduced to its leading principal components and whitened, the cross-covariance is
    shrunk in blocks of components and rotated onto pairs, and the pairs are taken by rank; inner folds give their
    correlations. The value is the mean held-out log-ratio sum_k log N(u_k, v_k) / (N(u_k) N(v_k)), which is
    -1/2 sum log(1 - rho_k^2) when all is Gaussian, minus what it is overstated by on rows that do not belong together.
    Raises InputError for unequal lengths, NaN and fewer groups than folds.
    """
    first, second = as_features(x, "x"), as_features(y, "y")
    same_length(len(first), y=second)
    ids = as_groups(groups, len(first))
    fold_of = group_folds(ids, folds, seed)
    orders = np.vstack([np.arange(len(first)), permute_rows(ids, fold_of, permutations, seed)])
    scores, rules = np.empty(orders.shape), []
    for fold in range(folds):
        views = Views.prepare(first, second, np.flatnonzero(fold_of != fold), fold_of)
        scores[:, fold_of == fold] = [views.scores(order) for order in orders]
        rules.append(views.fit(orders[0]))
    estimate = lower_bound(
        scores[0],
        overstatement(rules, first, second, fold_of, ids),
        np.asarray(scores[1:].mean(axis=1)),
        f"canonical_pairs(folds={folds})",
        groups=ids,
        confidence=confidence,
        seed=seed,
    )
    warnings = {
        "constant_state": bool(constant_columns(first).all() or constant_columns(second).all()),
        "deterministic": any(rule.dependent for rule in rules),
    }
    return estimate.flagged(*(flag for flag, holds in warnings.items() if holds))
