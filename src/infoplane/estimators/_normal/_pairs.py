"""Information between two wide vectors: canonical pairs found on some samples and scored on others."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from infoplane.estimators._arrays import Floats, Ints, as_features, as_groups, constant_columns, same_length
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._folds import group_folds
from infoplane.estimators._normal._log_ratio import lower_bound, overstatement
from infoplane.estimators._normal._variates import Views, fit_white
from infoplane.estimators._permute import permute_rows
from infoplane.estimators._resample import bootstrap_mean

# Words of the bound that say nothing of the midpoint beside it.
_OF_THE_BOUND = {"negative", "few_permutations", "not_above_null", "no_null"}


@dataclass(frozen=True, slots=True)
class PairReading:
    """`information`: the lower bound. `midpoint`: the mean of it and of the score on training rows, an estimate.

    A rule with k fitted numbers loses k / 2n nats on new rows and gains as much on its own (Akaike 1974). What the
    rule is held back by (shrinkage, inner folds, what is not Gaussian) it loses on both, so the midpoint
    still lies low, if less so. It is flagged like the bound and has no null.
    """

    information: Estimate
    midpoint: Estimate


def canonical_pairs(x: Any, y: Any, given: Any = None, **options: Any) -> Estimate:
    """Lower bound of I(X;Y) in nats of wide vectors `x` (n, d), `y` (n, e): `read_pairs(...).information`."""
    return read_pairs(x, y, given, **options).information


def read_pairs(
    x: Any,
    y: Any,
    given: Any = None,
    *,
    groups: Any = None,
    permutations: int = 0,
    folds: int = 5,
    confidence: float = 0.95,
    seed: int = 0,
) -> PairReading:
    """What canonical pairs say of I(X;Y) in nats, `x` (n, d) and `y` (n, e) of up to thousands of columns, by group.

    On training folds each vector is reduced to its leading principal components and whitened, the cross-covariance is
    shrunk in blocks of components and rotated onto pairs, and the pairs are taken by rank; inner folds give their
    correlations. The bound is the mean held-out log-ratio sum_k log N(u_k, v_k) / (N(u_k) N(v_k)), which is
    -1/2 sum log(1 - rho_k^2) when all is Gaussian, minus what it is overstated by on rows that do not belong together.
    With `given` (n, r), what that predicts linearly on the training folds is taken out of both: I(X;Y|Z) for normal
    data, no bound for others (`linear_condition`).
    Raises InputError for unequal lengths, NaN and fewer groups than folds.
    """
    first, second = as_features(x, "x"), as_features(y, "y")
    condition = None if given is None else as_features(given, "given")
    same_length(len(first), y=second, given=condition)
    ids = as_groups(groups, len(first))
    fold_of = group_folds(ids, folds, seed)
    orders = np.vstack([np.arange(len(first)), permute_rows(ids, fold_of, permutations, seed)])
    held_out, own, rules, seen = np.empty(orders.shape), np.zeros(len(first)), [], (first.copy(), second.copy())
    for fold in range(folds):
        train, rest = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        sides = (first, second) if condition is None else _without(condition, train, first, second)
        views = Views.prepare(*sides, train, fold_of)
        held_out[:, rest] = [views.scores(order) for order in orders]
        rules.append(views.fit(orders[0]))
        own[train] += rules[-1].log_ratio(*(side[train] for side in sides)) / (folds - 1)
        for kept, side in zip(seen, sides, strict=True):
            kept[rest] = side[rest]
    overstated = overstatement(rules, *seen, fold_of, ids)
    warnings = {
        "constant_state": bool(constant_columns(first).all() or constant_columns(second).all()),
        "deterministic": any(rule.dependent for rule in rules),
        "linear_condition": condition is not None,
    }
    shared: dict[str, Any] = {"groups": ids, "confidence": confidence, "seed": seed}
    name = f"canonical_pairs(folds={folds})"
    bound = lower_bound(held_out[0], overstated, held_out[1:].mean(axis=1), name, **shared)
    bound = bound.flagged(*(flag for flag, holds in warnings.items() if holds))
    sure = overstated if "not_gaussian" in bound.flags else 0.0  # otherwise mostly the noise of its own estimate
    middle = bootstrap_mean((held_out[0] + own) / 2 - sure, **shared)
    named: dict[str, Any] = {
        "estimator": f"{name[:-1]}, midpoint)",
        "flags": tuple(f for f in bound.flags if f not in _OF_THE_BOUND),
    }
    return PairReading(bound if condition is None else replace(bound, kind="estimate"), replace(middle, **named))


def _without(condition: Floats, train: Ints, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """`x` (n, d) and `y` (n, e) without what `condition` (n, r) predicts of them linearly, by the rows `train`."""
    known = fit_white(condition[train])(condition)
    x, y = (side - known @ (known[train].T @ side[train]) / len(train) for side in (x, y))
    return x, y
