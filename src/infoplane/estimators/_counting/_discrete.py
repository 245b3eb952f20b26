"""Entropy and information of discrete variables by counting, each number with its interval."""

from typing import Any

import numpy as np
from scipy import special

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Ints, Labels, as_groups, as_labels, enough_samples, same_length
from infoplane.estimators._counting._cells import Cells, crossed
from infoplane.estimators._counting._corrected import (
    DEFAULT,
    ENTROPIES,
    counted_entropy,
    counted_information,
    information_value,
)
from infoplane.estimators._counting._counts import Counts
from infoplane.estimators._counting._nsb import nsb_moments
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._permute import null_flags, permute_labels, permute_within, with_null

# Below this coverage of the values, or of their combinations, a correction is a guess about those never seen.
_COVERAGE = 0.9

# Closer to its ceiling than this, information says only that one side gives the other.
_FULL = 0.95


def discrete_entropy(
    x: Any,
    *,
    estimator: str = DEFAULT,
    alphabet: int | None = None,
    groups: Any = None,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """H(X) in nats of discrete `x` (n,), or of its rows (n, d).

    `estimator`: `chao-wang-jost`, `miller-madow`, `plugin`, `grassberger`, `chao-shen`, `shrinkage` or `nsb`, whose
    equations are in `_counts` and `_nsb`. `alphabet`: number of possible values K where known; `nsb` and `shrinkage`
    use it (otherwise Chao's estimate of it), and log K is the ceiling. Without it log K of the values seen is the
    ceiling when none was seen only once, since then nothing suggests an unseen one. The interval is that of
    `_count_interval`, for `nsb` at least that of the posterior. Raises InputError for floats, a single class, an
    unknown estimator, an alphabet smaller than the values seen.
    """
    labels = as_labels(x, "x")
    _check_name(estimator)
    _check_alphabet(alphabet, labels.classes)
    ids = as_groups(groups, len(labels.codes))
    ceiling = _largest(labels, alphabet)
    found = counted_entropy(estimator, labels.codes, alphabet, ids)
    value = min(found.value, np.inf if ceiling is None else ceiling)
    low, high = found.around(value).interval(ids, confidence, seed)
    if estimator == "nsb":
        spread = special.ndtri((1 + confidence) / 2) * nsb_moments(Counts.of(labels.codes), alphabet)[1]
        low, high = min(low, value - spread), max(high, value + spread)
    return Estimate(
        value=value,
        low=max(0.0, low),
        high=high if alphabet is None else min(high, float(np.log(alphabet))),
        confidence=confidence,
        n=len(ids),
        estimator=estimator,
        ceiling=ceiling,
        flags=_flags(labels.codes),
    )


def discrete_information(
    x: Any,
    y: Any,
    given: Any = None,
    *,
    estimator: str = DEFAULT,
    groups: Any = None,
    permutations: int = 0,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """I(X;Y) or I(X;Y|A) in nats of discrete variables (n,), or of rows (n, d).

    H(XA) + H(YA) - H(XYA) - H(A), each by the `estimator` of `discrete_entropy`. `nsb` takes the pairs of values of x
    and y seen with each value of `given` as the possible ones; `shrinkage` draws the joint frequencies towards
    independence instead. The ceiling is the smaller plug-in entropy H(X|A), H(Y|A); the null permutes y, inside each
    value of `given`. Raises InputError for floats, one class, under two samples a class, unequal lengths.
    """
    _check_name(estimator)
    cells, ids = _read(x, y, given, groups)
    found = counted_information(estimator, cells, ids)
    low, high = found.interval(ids, confidence, seed)
    estimate = Estimate(
        value=found.value,
        low=max(low, min(0.0, found.value)),
        high=max(high, 0.0),
        confidence=confidence,
        n=len(ids),
        estimator=estimator,
        ceiling=cells.ceiling,
        flags=_flags(cells.xya) + null_flags(cells.y, ids, permutations),
    )
    if cells.a.any():
        draws = permute_within(cells.y, cells.a, ids, permutations, seed)
    else:
        draws = permute_labels(cells.y, ids, permutations, seed)
    null = [information_value(estimator, crossed(cells.x, draw, cells.a), ids) for draw in draws]
    full = ("saturated",) if estimate.value >= _FULL * cells.ceiling else ()
    return with_null(estimate, np.array(null)).flagged(*full)


def _read(x: Any, y: Any, given: Any, groups: Any) -> tuple[Cells, Ints]:
    """What came as codes, and the group of each sample."""
    first, second = as_labels(x, "x"), as_labels(y, "y")
    samples = len(first.codes)
    same_length(samples, y=second.codes)
    enough_samples(first, "x")
    enough_samples(second, "y")
    context = np.zeros(samples, dtype=np.int64) if given is None else as_labels(given, "given", one_class=True).codes
    same_length(samples, given=context)
    return crossed(first.codes, second.codes, context), as_groups(groups, samples)


def _largest(labels: Labels, alphabet: int | None) -> float | None:
    """Log of the number of possible values, if known or if all seem seen."""
    if alphabet is None and labels.counts.min() == 1:
        return None
    return float(np.log(alphabet or labels.classes))


def _check_name(name: str) -> None:
    if name not in ENTROPIES:
        raise InputError(one_line(f"estimator {name!r}", f"one of {', '.join(ENTROPIES)}", "use one of these"))


def _check_alphabet(alphabet: int | None, seen: int) -> None:
    if alphabet is not None and alphabet < seen:
        came = f"alphabet {alphabet} and {seen} values of x"
        raise InputError(one_line(came, "at least as many as were seen", "give the number of possible values"))


def _flags(codes: Ints) -> tuple[str, ...]:
    return ("undersampled",) if Counts.of(codes).coverage < _COVERAGE else ()
