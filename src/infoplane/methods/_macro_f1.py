"""Macro-F1 of predictions, and its paired difference, with intervals from whole groups drawn again."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import Estimate

_DRAWS, _FEWEST = 2000, 400
_MOST_NUMBERS = 40_000_000

Labels = NDArray[np.int64]
Floats = NDArray[np.float64]


def macro_f1(true: Labels, predicted: Labels, groups: Labels, labels: int, *, seed: int = 0) -> Estimate:
    """The mean of F1 over all `labels`, those that never occur included as 0; a prediction of -1 is wrong.

    The interval is the bootstrap of whole groups reflected about the value: draws miss rare labels and score lower.
    Ceiling: the share of labels that occur; `absent_labels` where some do not.
    """
    occurring = len(np.unique(true)) / labels
    value, draws = _drawn(true, predicted, groups, labels, seed)
    low, high = (2 * value - np.quantile(draws, level) for level in (0.975, 0.025))
    bounds = max(0.0, min(low, value)), min(occurring, max(high, value))
    found = _estimate(value, *bounds, len(true), "macro F1", ceiling=occurring)
    return found if occurring == 1 else found.flagged("absent_labels")


def macro_f1_difference(
    true: Labels, pair: tuple[Labels, Labels], groups: Labels, labels: int, *, seed: int = 0
) -> Estimate:
    """Macro-F1 of the first of a `pair` of predictions of the same items minus the second's, on the same draws."""
    (one, ones), (other, others) = (_drawn(true, predicted, groups, labels, seed) for predicted in pair)
    low, high = np.quantile(ones - others, [0.025, 0.975])
    return _estimate(one - other, low, high, len(true), "paired difference of macro F1")


def _drawn(true: Labels, predicted: Labels, groups: Labels, labels: int, seed: int) -> tuple[float, Floats]:
    """The value, and one for every draw of groups."""
    ids = np.unique(groups, return_inverse=True)[1]
    clusters = int(ids.max()) + 1
    hits, asked = np.zeros((clusters, labels)), np.zeros((clusters, labels))
    right, named = predicted == true, predicted >= 0
    np.add.at(hits, (ids[right], true[right]), 2.0)
    np.add.at(asked, (ids, true), 1.0)
    np.add.at(asked, (ids[named], predicted[named]), 1.0)
    times = _times(clusters, seed)
    return float(_f1(hits.sum(0), asked.sum(0))), _f1(times @ hits, times @ asked)


@lru_cache(maxsize=1)
def _times(clusters: int, seed: int) -> NDArray[np.float32]:
    """How often each group is drawn, (draws, groups); the same for all methods, which makes their draws paired."""
    rng = np.random.default_rng([seed, 7])
    draws = max(_FEWEST, min(_DRAWS, _MOST_NUMBERS // clusters))
    return rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=draws).astype(np.float32)


def _f1(hits: Floats, asked: Floats) -> Floats:
    """Mean over the last axis of 2 TP / (2 TP + FP + FN), 0 where nothing was asked or named."""
    return np.asarray((hits / np.maximum(asked, 1.0)).mean(-1))


def _estimate(value: float, low: float, high: float, n: int, name: str, ceiling: float | None = None) -> Estimate:
    interval = float(low), float(high)
    return Estimate(value=value, low=interval[0], high=interval[1], units="score", n=n, estimator=name, ceiling=ceiling)
