"""What a linear read-out of a state says about a label: the default estimator of I(X;Y) for vectors and labels.

I(X;Y) = H(Y) - H(Y|X) >= H(Y) + E log q(y|x) for any q that has not seen the sample (Barber and Agakov 2003). Here q
is a shrunken linear discriminant, cross-fitted by group, with a temperature chosen on inner held-out folds.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from infoplane.estimators._arrays import (
    Floats,
    Ints,
    Labels,
    as_features,
    as_groups,
    as_labels,
    constant_columns,
    enough_samples,
    same_length,
)
from infoplane.estimators._estimate import Estimate, Kind
from infoplane.estimators._folds import group_folds
from infoplane.estimators._labels._crossfit import CrossFit, Pooled
from infoplane.estimators._permute import null_flags, permute_labels, permute_within, with_null
from infoplane.estimators._resample import bootstrap_mean, proportion

_CELLS = 1 << 21


@dataclass(frozen=True, slots=True)
class LabelReadout:
    """Information and accuracy of one cross-fitted read-out of n samples, and their P permutation draws.

    `scores` (n,): log q(y|x) - log p(y) in nats, whose mean is `information.value`. `predictions` (n,): positions in
    the sorted labels. `null`, `null_accuracy` (P,): the same numbers refitted on permuted labels.
    """

    information: Estimate
    accuracy: Estimate
    scores: Floats
    predictions: Ints
    null: Floats
    null_accuracy: Floats


def read_labels(
    x: Any,
    y: Any,
    *,
    groups: Any = None,
    given: Any = None,
    permutations: int = 0,
    folds: int = 5,
    confidence: float = 0.95,
    seed: int = 0,
) -> LabelReadout:
    """How much a linear rule reads about labels `y` (n,) from vectors `x` (n, d), in nats and as accuracy.

    The information is the mean of log q(y|x) - log p(y), p the label frequencies: a lower bound of I(X;Y) in
    expectation, never clipped, with a bootstrap interval over `groups` (n,), which also stay together in the folds.
    With discrete `given` (n,) it is the mean of log q(y|x,a) - log q(y|a), an estimate of I(X;Y|A) and no bound.
    The null refits everything that depends on labels; labels constant inside groups are exchanged between groups, and
    with `given` only between samples of equal `given`. States that are all equal give the flag `constant_state`.
    Raises InputError for unequal lengths, NaN, one class, under two samples a class, fewer groups than folds.
    """
    features, labels = as_features(x), as_labels(y)
    context = None if given is None else as_labels(given, "given", one_class=True)
    same_length(len(features), y=labels.codes, given=context and context.codes)
    enough_samples(labels)
    ids = as_groups(groups, len(features))
    fit = CrossFit.prepare(features, labels.classes, group_folds(ids, folds, seed), context)
    observed = fit.pooled(labels.codes[None])
    null, null_accuracy = _null(fit, labels.codes, ids, permutations, seed)
    flags = _flags(features, labels, folds) + null_flags(labels.codes, ids, permutations)
    if context is not None:
        flags += null_flags(context.codes, ids, permutations)
    name = f"cross_fitted_discriminant(folds={folds}{'' if given is None else ', given'})"
    information = bootstrap_mean(observed.scores[0], ids, confidence=confidence, seed=seed)
    accuracy = proportion(observed.predictions[0] == labels.codes, ids, confidence=confidence)
    return LabelReadout(
        information=with_null(information, null, estimator=name, **_bound(observed, context is not None)).flagged(
            *flags
        ),
        accuracy=with_null(accuracy, null_accuracy, estimator=name).flagged(*flags),
        scores=observed.scores[0],
        predictions=observed.predictions[0],
        null=null,
        null_accuracy=null_accuracy,
    )


def _null(fit: CrossFit, labels: Ints, groups: Ints, permutations: int, seed: int) -> tuple[Floats, Floats]:
    """Information and accuracy (P,) refitted on permuted labels, in blocks of bounded memory."""
    if fit.context is None:
        draws = permute_labels(labels, groups, permutations, seed)
    else:
        draws = permute_within(labels, fit.context.codes, groups, permutations, seed)
    block = max(1, _CELLS // (draws.shape[1] * fit.classes * len(np.unique(fit.folds))))
    information, accuracy = np.empty(permutations), np.empty(permutations)
    for start in range(0, permutations, block):
        rows = slice(start, start + block)
        pooled = fit.pooled(draws[rows])
        information[rows] = pooled.scores.mean(axis=1)
        accuracy[rows] = (pooled.predictions == draws[rows]).mean(axis=1)
    return information, accuracy


def _bound(observed: Pooled, conditional: bool) -> dict[str, Any]:
    """Kind, ceiling and warnings of the information."""
    value, ceiling = float(observed.scores.mean()), float(observed.ceiling[0])
    warnings = {
        "negative": value < 0,
        "saturated": value >= 0.95 * ceiling,
        "difference_of_bounds": conditional,
    }
    kind: Kind = "estimate" if conditional else "lower_bound"
    return {"kind": kind, "ceiling": ceiling, "flags": tuple(flag for flag, holds in warnings.items() if holds)}


def _flags(x: Floats, labels: Labels, folds: int) -> tuple[str, ...]:
    warnings = {
        "few_samples": len(x) < 10 * labels.classes or labels.counts.min() < folds,
        "constant_state": bool(constant_columns(x).all()),
    }
    return tuple(flag for flag, holds in warnings.items() if holds)
