"""Entropy and information of discrete variables: corrected counting, with intervals that hold without information too.

A correction of entropy also corrects information, as H(XA) + H(YA) - H(XYA) - H(A). `chao-wang-jost` is the default:
over alphabets of 4 to 1000 values and 50 to 10 000 samples it agrees with `miller-madow` where all values are seen,
and where some are not its bias is a fraction of that of the others. Where few are seen (`undersampled`) none is right.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Ints, as_groups, as_labels, enough_samples, same_length
from infoplane.estimators._cells import Cells, crossed
from infoplane.estimators._count_interval import Counted, excess
from infoplane.estimators._counts import (
    Counts,
    Functional,
    chao_shen,
    chao_wang_jost,
    grassberger,
    miller_madow,
    plugin,
    shrinkage,
)
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._nsb import nsb
from infoplane.estimators._permute import null_flags, permute_labels, permute_within, with_null
from infoplane.estimators._shrunk import shrunk_information

ENTROPIES: dict[str, Functional] = {
    "plugin": plugin,
    "miller-madow": miller_madow,
    "grassberger": grassberger,
    "chao-shen": chao_shen,
    "chao-wang-jost": chao_wang_jost,
    "shrinkage": shrinkage,
    "nsb": nsb,
}

DEFAULT = "chao-wang-jost"

# Below this coverage of the (joint) values a correction is a guess about values never seen.
_COVERAGE = 0.9


def discrete_entropy(
    x: Any,
    *,
    estimator: str = DEFAULT,
    alphabet: int | None = None,
    groups: Any = None,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """H(X) in nats of discrete `x` (n,), or of its rows (n, d), by one of `ENTROPIES`.

    `alphabet`: number of possible values where known; `nsb` and `shrinkage` use it (otherwise Chao's estimate of it),
    and log K is the ceiling. Without it log K of the values seen is the ceiling when none was seen only once, since then
    nothing suggests an unseen one. The interval is described in `_count_interval`. Raises InputError for floats, a
    single class, an unknown estimator, an alphabet smaller than the values seen.
    """
    _check_name(estimator)
    labels = as_labels(x, "x")
    _check_alphabet(alphabet, labels.classes)
    ids, most = as_groups(groups, len(labels.codes)), alphabet
    if most is None and labels.counts.min() > 1:
        most = labels.classes
    ceiling = np.inf if most is None else float(np.log(most))
    found = _counted_entropy(estimator, labels.codes, alphabet, ids)
    value = min(found.value, ceiling)
    low, high = replace(found, value=value).interval(ids, confidence, seed)
    return Estimate(
        value=value,
        low=max(0.0, low),
        high=high if alphabet is None else min(high, ceiling),
        confidence=confidence,
        n=len(ids),
        estimator=estimator,
        ceiling=None if most is None else ceiling,
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
    """I(X;Y) or I(X;Y|A) in nats of discrete variables (n,), or of rows (n, d), by one of `ENTROPIES`.

    H(XA) + H(YA) - H(XYA) - H(A), each corrected. `nsb` takes the pairs of values of x and y seen with each value of
    `given` as the possible ones. `shrinkage` corrects no entropy: it draws the joint frequencies towards independence
    given A, marginals kept (`_shrunk`). The ceiling is the smaller plug-in H(X|A), H(Y|A). The null permutes y, inside
    each value of `given`. Raises InputError for floats, one class, under two samples a class, unequal lengths.
    """
    _check_name(estimator)
    cells, ids = _read_cells(x, y, given, groups)
    found = _counted_information(estimator, cells, ids)
    low, high = found.interval(ids, confidence, seed)
    estimate = Estimate(
        value=found.value,
        low=max(low, min(0.0, found.value)),
        high=max(high, 0.0),
        confidence=confidence,
        n=len(ids),
        estimator=estimator,
        ceiling=cells.ceiling,
        flags=_flags(cells.xya),
    )
    if cells.a.any():
        draws = permute_within(cells.y, cells.a, ids, permutations, seed)
    else:
        draws = permute_labels(cells.y, ids, permutations, seed)
    null = np.array([_information(estimator, crossed(cells.x, draw, cells.a), ids) for draw in draws])
    return with_null(estimate, null).flagged(*null_flags(cells.y, ids, permutations))


def _read_cells(x: Any, y: Any, given: Any, groups: Any) -> tuple[Cells, Ints]:
    """What came as codes, and the group of each sample."""
    first, second = as_labels(x, "x"), as_labels(y, "y")
    samples = len(first.codes)
    same_length(samples, y=second.codes)
    enough_samples(first, "x")
    enough_samples(second, "y")
    context = np.zeros(samples, dtype=np.int64) if given is None else as_labels(given, "given", one_class=True).codes
    same_length(samples, given=context)
    return crossed(first.codes, second.codes, context), as_groups(groups, samples)


def _counted_entropy(name: str, codes: Ints, alphabet: int | None, groups: Ints) -> Counted:
    """H of `codes` 0, 1, ... (n,) by the functional `name`; groups add the first-order bias they cause."""
    counts, clustered = Counts.of(codes), excess(codes, groups)
    degrees = counts.seen - 1
    bias = (clustered - degrees) / (2 * counts.samples)
    other = ENTROPIES[DEFAULT if name != DEFAULT else "miller-madow"]
    value = ENTROPIES[name](counts, alphabet) + (bias if name != "plugin" else 0.0)
    terms = -np.log(np.bincount(codes)[codes] / counts.samples)
    return Counted(value, terms, -degrees, -clustered, value - other(counts, alphabet) - bias)


def _counted_information(name: str, cells: Cells, groups: Ints) -> Counted:
    """I of `cells` by the functional `name`."""
    if name == "shrinkage":
        counted = _counted_information(DEFAULT, cells, groups)
        value = shrunk_information(cells)
        return replace(counted, value=value, doubt=value - counted.value)
    return Counted.summed(
        (sign, _counted_entropy(name, codes, alphabet, groups)) for sign, codes, alphabet in cells.terms
    )


def _information(name: str, cells: Cells, groups: Ints) -> float:
    """The value of `_counted_information` alone."""
    if name == "shrinkage":
        return shrunk_information(cells)
    total = 0.0
    for sign, codes, alphabet in cells.terms:
        counts = Counts.of(codes)
        shift = 0.0 if name == "plugin" else (excess(codes, groups) - counts.seen + 1) / (2 * counts.samples)
        total += sign * (ENTROPIES[name](counts, alphabet) + shift)
    return total


def _check_name(name: str) -> None:
    if name not in ENTROPIES:
        raise InputError(one_line(f"estimator {name!r}", f"one of {', '.join(ENTROPIES)}", "use one of these"))


def _check_alphabet(alphabet: int | None, seen: int) -> None:
    if alphabet is not None and alphabet < seen:
        came = f"alphabet {alphabet} and {seen} values of x"
        raise InputError(one_line(came, "at least as many as were seen", "give the number of possible values"))


def _flags(codes: Ints) -> tuple[str, ...]:
    return ("undersampled",) if Counts.of(codes).coverage < _COVERAGE else ()
