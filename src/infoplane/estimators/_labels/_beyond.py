"""What a vector says about a label beyond what other vectors say: the difference of two read-outs."""

from typing import Any

import numpy as np

from infoplane.estimators._arrays import Floats, as_features, as_groups, same_length
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._folds import group_folds
from infoplane.estimators._labels._readout import read_labels
from infoplane.estimators._permute import permute_rows, with_null
from infoplane.estimators._resample import bootstrap_mean

_FOLDS = 5


def readout_beyond(
    x: Any,
    y: Any,
    given: Any,
    *,
    groups: Any = None,
    permutations: int = 0,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """I(X;Y|Z) in nats of labels `y` (n,) and vectors `x` (n, d), `given` z (n, e): E[log q(y|x,z) - log q(y|z)].

    Both rules are cross-fitted discriminants on the same folds. A difference of two lower bounds, itself no bound:
    where q(y|z) misses what z holds and x repeats it in a form the rule can read, the value is too large; flagged
    `difference_of_bounds`. The null pairs each z with the x of another sample and fits again, once a draw.
    Raises InputError as `read_labels`.
    """
    known, added = as_features(given, "given"), as_features(x)
    same_length(len(added), y=y, given=known)
    ids = as_groups(groups, len(added))
    base = read_labels(known, y, groups=ids, folds=_FOLDS, seed=seed)

    def gain(rows: Any) -> Floats:
        both = np.hstack([known, added[rows]])
        return read_labels(both, y, groups=ids, folds=_FOLDS, seed=seed).scores - base.scores

    orders = permute_rows(ids, group_folds(ids, _FOLDS, seed), permutations, seed)
    null = np.array([gain(order).mean() for order in orders])
    mean = bootstrap_mean(gain(slice(None)), ids, confidence=confidence, seed=seed)
    left = None if (whole := base.information.ceiling) is None else whole - max(0.0, base.information.value)
    few = tuple(flag for flag in base.information.flags if flag == "few_samples")
    found = with_null(mean, null, estimator=f"discriminant_beyond_given(folds={_FOLDS})", ceiling=left)
    return found.flagged("difference_of_bounds", *few)
