"""Rules that say how much likelier a pair is together than apart, and what they are worth on pairs they never saw."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from scipy import special

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._permute import with_null
from infoplane.estimators._resample import bootstrap_mean

# Rows of a fold that are paired with each other to see what a rule gives to pairs that do not belong together.
_MOST_APART = 2000
# A rule that overstates by more nats than this has met data unlike its model.
_OVERSTATED = 0.05


class LogRatio(Protocol):
    """A fitted model of log p(x, y) / (p(x) p(y)) in nats, for rows it has not seen.

    What makes one, such as `fit_pairs` or `fit_student`, takes training rows x (n, d), y (n, e) and returns it.
    """

    def variates(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """White coordinates (n, m) of `x` (n, d) and (n, m) of `y` (n, e), paired column by column."""
        ...

    def log_ratio(self, x: Floats, y: Floats) -> Floats:
        """Log-ratio (n,) of each row of `x` (n, d) with the same row of `y` (n, e)."""
        ...

    def log_ratios(self, x: Floats, y: Floats) -> Floats:
        """Log-ratios (n, m) of every row of `x` (n, d) with every row of `y` (m, e)."""
        ...


def overstatement(rules: Sequence[LogRatio], x: Floats, y: Floats, folds: Ints, groups: Ints) -> float:
    """max(0, log E exp f) in nats over held-out pairs of different `groups`, f = `rules[fold].log_ratios`.

    Rows that do not belong together are a sample of p(x) p(y), where the exponential of a log-ratio has mean 1. Where
    it is larger, E f is no lower bound; E f - log E exp f is one for any f (Donsker and Varadhan 1983).
    """
    logs, pairs = [], 0
    for fold, rule in enumerate(rules):
        rows = np.flatnonzero(folds == fold)
        rows = rows[:: -(-len(rows) // _MOST_APART)]
        apart = groups[rows][:, None] != groups[rows]
        logs.append(special.logsumexp(np.where(apart, rule.log_ratios(x[rows], y[rows]), -np.inf)))
        pairs += int(apart.sum())
    return max(0.0, float(special.logsumexp(logs)) - float(np.log(pairs)))


def lower_bound(
    scores: Floats, overstated: float, null: Floats, name: str, *, groups: Ints, confidence: float, seed: int
) -> Estimate:
    """Held-out `scores` (n,) of a log-ratio minus what it is `overstated` by, with interval and permutation `null`."""
    estimate = bootstrap_mean(scores - overstated, groups, confidence=confidence, seed=seed)
    warnings = {"not_gaussian": overstated > _OVERSTATED, "negative": estimate.value < 0}
    flags = (flag for flag, holds in warnings.items() if holds)
    return with_null(estimate, null, estimator=name, kind="lower_bound").flagged(*flags)


def held_out_scores(
    fit: Callable[[Floats, Floats], LogRatio], x: Floats, y: Floats, folds: Ints
) -> tuple[Floats, list[LogRatio]]:
    """Scores (n,) of each row by the rule fitted on the other folds, and these rules."""
    rules = [fit(x[folds != fold], y[folds != fold]) for fold in range(int(folds.max()) + 1)]
    scores = np.empty(len(x))
    for fold, rule in enumerate(rules):
        held_out = folds == fold
        scores[held_out] = rule.log_ratio(x[held_out], y[held_out])
    return scores, rules
