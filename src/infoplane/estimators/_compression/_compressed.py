"""Information between data of many columns, estimated where neighbours still mean something: on their codes."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np

from infoplane._errors import InputError
from infoplane.estimators._arrays import Floats, Ints, as_features, as_groups, as_labels, is_discrete, same_length
from infoplane.estimators._compression._compress import Compressed, Method, compress
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._folds import group_folds
from infoplane.estimators._labels._readout import read_labels
from infoplane.estimators._nearest._kozachenko import weighted_kl, weighted_kl_entropy
from infoplane.estimators._nearest._neighbours import ksg, ross
from infoplane.estimators._whiten import fit_whitening

_MOST_COMPONENTS = 64
_SAMPLES_PER_COMPONENT = 20
# Of the codes of both sides together: above, sums of entropies are worse than what they should judge.
_MOST_DIMENSIONS = 10
# Samples of a class for each dimension of the codes.
_FEWEST_OF_CLASS = 10
# Nats from an interval that do not matter.
_CLOSE = 0.1


def compressed_information(
    x: Any,
    y: Any,
    dimensions: int | Literal["auto"] = "auto",
    method: Method = "pca",
    *,
    groups: Any = None,
    permutations: int = 0,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """I(E(X);Y) for labels `y` (n,), or I(E(X);F(Y)) for vectors `y` (n, e), in nats: compress, then estimate.

    The codes of `compress` go to the estimator of Ross (labels) or of Kraskov et al. The encoders see no pairs, so
    the codes hold at most I(X;Y) (data processing); nearest neighbours err in both directions, so the value is no
    bound. `dimensions` is capped at the columns of either side. Two looks at the same data stand in `estimator`, beside
    the explained shares of the variance. `weighted_kl` of the codes, up to ten dimensions: `estimators_disagree` where
    it is over 0.1 nats off the interval. Directions chosen with the pairing, on samples apart from those measured,
    by `read_labels` or as many canonical variates as codes: `information_lost` where their interval is above.
    The null permutes the codes, which no pairing has touched.
    Raises InputError for unequal lengths and what the encoder and the estimator refuse.
    """
    rows, labelled = as_features(x), is_discrete(y)
    other = y if labelled else as_features(y, "y")
    same_length(len(rows), y=other)
    options = {"groups": groups, "confidence": confidence, "seed": seed}
    sides = [_coded(side, dimensions, method, groups, seed) for side in ((rows,) if labelled else (rows, other))]
    first, second = sides[0].codes, y if labelled else sides[1].codes
    estimate = (ross if labelled else ksg)(first, second, permutations=permutations, **options)
    if labelled:
        chosen = read_labels(rows, y, **options).information
    else:
        chosen = _canonical(rows, other, min(side.dimensions for side in sides), **options)
    again = _again(first, second, labelled, options)
    facts = [method, *(f"{side.dimensions} dimensions explain {side.explained:.3g}" for side in sides)]
    looks = [f"{look.estimator} {look.value:.3g}" for look in (again, chosen) if look is not None]
    warnings = {
        "information_lost": _above(chosen, estimate),
        "estimators_disagree": again is not None and _apart(estimate, again),
    }
    return replace(estimate, estimator=f"compressed({', '.join([*facts, estimate.estimator, *looks])})").flagged(
        *(flag for side in sides for flag in side.flags), *(flag for flag, holds in warnings.items() if holds)
    )


def _coded(rows: Floats, dimensions: int | Literal["auto"], method: Method, groups: Any, seed: int) -> Compressed:
    capped = min(dimensions, rows.shape[1]) if isinstance(dimensions, int | np.integer) else dimensions
    return compress(rows, capped, method, groups=groups, seed=seed)


def _again(codes: Floats, other: Any, labelled: bool, options: dict[str, Any]) -> Estimate | None:
    """The information by sums of entropies; None where these would be too poor to judge another estimate."""
    if codes.shape[1] + (0 if labelled else other.shape[1]) > _MOST_DIMENSIONS:
        return None
    unit = codes / codes.std(axis=0)
    try:
        return _by_class(unit, other, options) if labelled else weighted_kl(unit, other / other.std(axis=0), **options)
    except InputError:  # columns that determine each other have no joint entropy
        return None


def _by_class(codes: Floats, y: Any, options: dict[str, Any]) -> Estimate | None:
    """h(X) - sum_y p_y h(X|y), whose intervals add; None where a class is too small for its own entropy."""
    labels = as_labels(y)
    if labels.counts.min() < _FEWEST_OF_CLASS * codes.shape[1]:
        return None
    groups = as_groups(options["groups"], len(codes))
    members = [np.flatnonzero(labels.codes == label) for label in range(labels.classes)]
    if min(len(np.unique(groups[rows])) for rows in members) < 2:
        return None
    options = {name: value for name, value in options.items() if name != "groups"}
    whole = weighted_kl_entropy(codes, groups=groups, **options)
    parts = [weighted_kl_entropy(codes[rows], groups=groups[rows], **options) for rows in members]
    share = labels.counts / len(codes)
    value, low, high = share @ np.array([_bounds(part) for part in parts])
    top = _bounds(whole)
    return replace(whole, value=float(top[0] - value), low=float(top[1] - high), high=float(top[2] - low))


def _canonical(x: Floats, y: Floats, pairs: int, *, groups: Any, confidence: float, seed: int) -> Estimate:
    """Information between `pairs` canonical variates of `x` (n, d) and `y` (n, e), fitted on the other half.

    Never more than I(X;Y) but for the bias of nearest neighbours, unlike a sum over pairs: variates are uncorrelated,
    not independent, and several may be functions of one.
    """
    halves = group_folds(as_groups(groups, len(x)), 2, seed)
    found = [_held_out(x, y, pairs, np.flatnonzero(halves == half), groups, confidence, seed) for half in (0, 1)]
    value, low, high = np.mean([_bounds(one) for one in found], axis=0)
    return replace(found[0], value=float(value), low=float(low), high=float(high), n=len(x), estimator="canonical")


def _held_out(x: Floats, y: Floats, pairs: int, rows: Ints, groups: Any, confidence: float, seed: int) -> Estimate:
    train = np.delete(np.arange(len(x)), rows)
    components = max(pairs, min(_MOST_COMPONENTS, len(train) // _SAMPLES_PER_COMPONENT))
    whites = [fit_whitening(side[train], components) for side in (x, y)]
    first, second = (white(side) for white, side in zip(whites, (x, y), strict=True))
    left, _, right = np.linalg.svd(first[train].T @ second[train], full_matrices=False)
    inside = None if groups is None else np.asarray(groups).ravel()[rows]
    variates = first[rows] @ left[:, :pairs], second[rows] @ right[:pairs].T
    return ksg(*variates, groups=inside, confidence=confidence, seed=seed)


def _bounds(estimate: Estimate) -> Floats:
    """Value and interval, (3,)."""
    return np.array([estimate.value, estimate.low, estimate.high], dtype=np.float64)


def _above(chosen: Estimate, estimate: Estimate) -> bool:
    return bool(_bounds(chosen)[1] > _bounds(estimate)[2])


def _apart(estimate: Estimate, again: Estimate) -> bool:
    """Whether the value of `again` lies off the interval of `estimate`; where it still drifts, its own says little."""
    _, low, high = _bounds(estimate)
    return bool(not low - _CLOSE <= again.value <= high + _CLOSE)
