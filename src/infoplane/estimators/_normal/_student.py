"""Mutual information of vectors whose large values come together: the copula of a multivariate Student t."""

from typing import Any

import numpy as np

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import as_features, as_groups, same_length
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._folds import group_folds
from infoplane.estimators._normal._log_ratio import held_out_scores, lower_bound, overstatement
from infoplane.estimators._normal._student_ratio import fit_student
from infoplane.estimators._permute import permute_rows

_SAMPLES_PER_DIMENSION = 5


def student_copula(
    x: Any,
    y: Any,
    *,
    groups: Any = None,
    permutations: int = 0,
    folds: int = 5,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Lower bound of I(X;Y) in nats of `x` (n, p) and `y` (n, q) by a Student-t copula, cross-fitted by group.

    Columns are taken by rank, so no monotone change of a column matters; degrees of freedom and correlations are
    fitted on training folds, and the value is the mean held-out log-ratio log t(x, y) / (t(x) t(y)), minus what it is
    overstated by on rows that do not belong together. Sees dependence in the tails, which correlations do not: x and y
    of one multivariate t are dependent without any. Many degrees of freedom make it the Gaussian copula.
    Raises InputError for unequal lengths, NaN, and under 5 training rows a dimension.
    """
    first, second = as_features(x, "x"), as_features(y, "y")
    same_length(len(first), y=second)
    ids = as_groups(groups, len(first))
    fold_of = group_folds(ids, folds, seed)
    width = first.shape[1] + second.shape[1]
    if int((fold_of != 0).sum()) < _SAMPLES_PER_DIMENSION * width:
        came = f"{len(first)} samples in {width} dimensions"
        raise InputError(one_line(came, f"at least {_SAMPLES_PER_DIMENSION} a dimension", "use canonical_pairs"))
    scores, rules = held_out_scores(fit_student, first, second, fold_of)
    draws = permute_rows(ids, fold_of, permutations, seed)
    return lower_bound(
        scores,
        overstatement(rules, first, second, fold_of, ids),
        np.array([held_out_scores(fit_student, first, second[order], fold_of)[0].mean() for order in draws]),
        f"student_copula(folds={folds})",
        groups=ids,
        confidence=confidence,
        seed=seed,
    )
