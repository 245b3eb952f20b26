"""Entropy and information of discrete variables by counting, with the Miller-Madow correction."""

from typing import Any

import numpy as np

from infoplane.estimators._arrays import Floats, Ints, as_groups, as_labels, same_length
from infoplane.estimators._estimate import Estimate, Units
from infoplane.estimators._permute import null_flags, permute_labels, permute_within, with_null
from infoplane.estimators._resample import bootstrap_mean


def entropy(x: Any, *, units: Units = "nats", confidence: float = 0.95, groups: Any = None, seed: int = 0) -> Estimate:
    """H(X) of discrete `x` (n,), or of its rows (n, d): plug-in + (K-1)/(2n), K classes seen (Miller 1955).

    At most log K when no class was seen only once, since then nothing suggests an unseen class. The interval is a
    bootstrap over `groups` of -log p(x). Raises InputError for floats and for a single class.
    """
    labels = as_labels(x, "x")
    surprise = -np.log(_share(labels.codes))
    most = float(np.log(labels.classes)) if labels.counts.min() > 1 else None
    corrected = float(surprise.mean()) + _correction(labels.codes)
    value = corrected if most is None else min(most, corrected)
    mean = bootstrap_mean(surprise, as_groups(groups, len(surprise)), confidence=confidence, seed=seed)
    return _shifted(mean, value - mean.value, low=0.0, ceiling=most).to(units)


def plugin_information(
    x: Any,
    y: Any,
    given: Any = None,
    *,
    groups: Any = None,
    permutations: int = 0,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """I(X;Y) or I(X;Y|A) in nats of discrete variables: H(XA) + H(YA) - H(XYA) - H(A), each with Miller-Madow.

    The ceiling is the smaller plug-in entropy of x and y. The interval is a bootstrap over `groups` of the pointwise
    information; the null permutes y, with `given` inside each of its values.
    Raises InputError for floats, one class, unequal lengths.
    """
    first, second = as_labels(x, "x"), as_labels(y, "y")
    samples = len(first.codes)
    context = as_labels(np.zeros(samples, dtype=int) if given is None else given, "given", one_class=True).codes
    same_length(samples, y=second.codes, given=context)
    ids = as_groups(groups, samples)
    if given is None:
        draws = permute_labels(second.codes, ids, permutations, seed)
    else:
        draws = permute_within(second.codes, context, ids, permutations, seed)
    terms, correction = _pointwise(first.codes, second.codes, context)
    parts = (_pointwise(first.codes, draw, context) for draw in draws)
    null = np.array([float(pointwise.mean()) + bias for pointwise, bias in parts])
    mean = bootstrap_mean(terms, ids, confidence=confidence, seed=seed)
    estimate = with_null(_shifted(mean, correction, ceiling=min(first.entropy, second.entropy)), null)
    return estimate.flagged(*null_flags(second.codes, ids, permutations))


def _shifted(mean: Estimate, shift: float, *, low: float = -np.inf, ceiling: float | None) -> Estimate:
    """`mean` and its interval moved by the bias correction `shift`."""
    moved = {
        "value": mean.value + shift,
        "low": max(low, float(mean.low or 0) + shift),
        "high": float(mean.high or 0) + shift,
    }
    return Estimate.from_dict(mean.as_dict() | moved | {"estimator": "plugin_miller_madow", "ceiling": ceiling})


def _pointwise(x: Ints, y: Ints, a: Ints) -> tuple[Floats, float]:
    """As counted, log p(x,y,a) p(a) / (p(x,a) p(y,a)) of each sample (n,), and the correction of its mean."""
    xa, ya = _joint(x, a), _joint(y, a)
    xya = _joint(xa, y)
    terms = np.log(_share(xya) * _share(a) / (_share(xa) * _share(ya)))
    return terms, _correction(xa) + _correction(ya) - _correction(xya) - _correction(a)


def _joint(first: Ints, second: Ints) -> Ints:
    """Codes of the pairs that occur."""
    return np.unique(first * (second.max() + 1) + second, return_inverse=True)[1].astype(np.int64)


def _share(codes: Ints) -> Floats:
    """Relative frequency of each sample's own class, (n,)."""
    return np.asarray(np.bincount(codes)[codes] / len(codes))


def _correction(codes: Ints) -> float:
    """Miller-Madow: (K-1)/(2n) nats, codes 0..K-1 all in use."""
    return float(codes.max()) / (2 * len(codes))
