"""Information between data of many columns, estimated where neighbours still mean something: on their codes."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np

from infoplane.estimators._arrays import Floats, Ints, as_features, as_groups, is_discrete, same_length
from infoplane.estimators._compress import Compressed, Method, compress
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._folds import group_folds
from infoplane.estimators._neighbours import ksg, ross
from infoplane.estimators._readout import read_labels
from infoplane.estimators._whiten import fit_whitening

_MOST_COMPONENTS = 64
_SAMPLES_PER_COMPONENT = 20


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
    bound. `dimensions` is capped at the columns of either side. `information_lost` is set where directions chosen with
    the pairing, on samples apart from those measured, hold more, its interval above this one: `read_labels`, or as many
    canonical variates as there are codes. Both values and the explained shares of the variance stand in `estimator`.
    The null permutes the codes, which no pairing has touched.
    Raises InputError for unequal lengths and what the encoder and the estimator refuse.
    """
    rows, labelled = as_features(x), is_discrete(y)
    other = y if labelled else as_features(y, "y")
    same_length(len(rows), y=other)
    options = {"groups": groups, "confidence": confidence, "seed": seed}
    sides = [_coded(side, dimensions, method, groups, seed) for side in ((rows,) if labelled else (rows, other))]
    codes = (sides[0].codes, y) if labelled else (sides[0].codes, sides[1].codes)
    estimate = (ross if labelled else ksg)(*codes, permutations=permutations, **options)
    if labelled:
        chosen = read_labels(rows, y, **options).information
    else:
        chosen = _canonical(rows, other, min(side.dimensions for side in sides), **options)
    facts = [f"{side.dimensions} dimensions explain {side.explained:.3g}" for side in sides]
    name = f"compressed({', '.join([method, *facts, estimate.estimator])}, {chosen.estimator} {chosen.value:.3g})"
    flags = [flag for side in sides for flag in side.flags] + ["information_lost"] * _above(chosen, estimate)
    return replace(estimate, estimator=name).flagged(*flags)


def _coded(rows: Floats, dimensions: int | Literal["auto"], method: Method, groups: Any, seed: int) -> Compressed:
    capped = min(dimensions, rows.shape[1]) if isinstance(dimensions, int | np.integer) else dimensions
    return compress(rows, capped, method, groups=groups, seed=seed)


def _canonical(x: Floats, y: Floats, pairs: int, *, groups: Any, confidence: float, seed: int) -> Estimate:
    """Information between `pairs` canonical variates of `x` (n, d) and `y` (n, e), fitted on the other half.

    Never more than I(X;Y) but for the bias of nearest neighbours, unlike a sum over pairs: variates are uncorrelated,
    not independent, and several may be functions of one.
    """
    halves = group_folds(as_groups(groups, len(x)), 2, seed)
    found = [_held_out(x, y, pairs, np.flatnonzero(halves == half), groups, confidence, seed) for half in (0, 1)]
    value, low, high = np.array([(one.value, one.low, one.high) for one in found], dtype=np.float64).mean(axis=0)
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


def _above(chosen: Estimate, estimate: Estimate) -> bool:
    return chosen.low is not None and estimate.high is not None and chosen.low > estimate.high
