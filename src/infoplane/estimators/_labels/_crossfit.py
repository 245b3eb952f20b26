"""Cross-fitting with the inner folds shared: for F folds, F fits and F(F-1)/2 fits of one fold less.

World i holds, for every sample, scores by a rule that saw neither that sample nor fold i: samples of fold i are scored
by the rule fitted on all other folds, samples of fold j by the rule fitted without i and j. Weights of world i are
chosen on the latter and applied to the former, so nothing fitted has ever seen the sample it is judged on.
"""

from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Self

import numpy as np

from infoplane.estimators._arrays import Floats, Ints, Labels
from infoplane.estimators._labels._context import answer_log_odds, context_counts
from infoplane.estimators._labels._discriminant import Rules, fit_rules
from infoplane.estimators._labels._logits import at_labels, log_probabilities, pooling_weights
from infoplane.estimators._whiten import fit_whitening


@dataclass(frozen=True, slots=True)
class Pooled:
    """Held-out read-outs of P label vectors: `scores` in nats, `predictions`, (P, n); `ceiling` of the means, (P,)."""

    scores: Floats
    predictions: Ints
    ceiling: Floats


@dataclass(frozen=True, slots=True)
class _Fit:
    """All samples in the white coordinates `z` (n, r) of the samples `train`, which are those not in `left_out`."""

    left_out: tuple[int, int]
    train: Ints
    z: Floats
    spread: Floats
    weight: float

    def rules(self, labels: Ints, classes: int) -> Rules:
        """A rule for each row of `labels` (P, n)."""
        z, seen = self.z[self.train], labels[:, self.train]
        return fit_rules(z, seen, classes, spread=self.spread, weight=self.weight)


@dataclass(frozen=True, slots=True)
class _Worlds:
    """By world: discriminant scores and log prior (F, P, n, K), and training counts of each sample's context."""

    scores: Floats
    log_prior: Floats
    counts: Floats


@dataclass(frozen=True, slots=True)
class CrossFit:
    """The label-free half of the read-out, made once for all label vectors."""

    classes: int
    folds: Ints
    fits: tuple[_Fit, ...]
    context: Labels | None

    @classmethod
    def prepare(cls, x: Floats, classes: int, folds: Ints, context: Labels | None) -> Self:
        """Whiten `x` (n, d) on every training set that `folds` (n,) make."""
        fits = []
        for left_out in combinations_with_replacement(range(folds.max() + 1), 2):
            train = np.flatnonzero(~np.isin(folds, left_out))
            whitening = fit_whitening(x[train])
            fits.append(_Fit(left_out, train, whitening(x), whitening.spread, whitening.weight))
        return cls(classes, folds, tuple(fits), context)

    def pooled(self, labels: Ints) -> Pooled:
        """Held-out scores, predictions and ceilings for each row of `labels` (P, n)."""
        worlds = self._worlds(labels)
        log_q = np.empty((*labels.shape, self.classes))
        log_base = np.empty(labels.shape)
        for world in range(len(worlds.scores)):
            inner, outer = np.flatnonzero(self.folds != world), np.flatnonzero(self.folds == world)
            log_q[:, outer], log_base[:, outer] = self._judge(worlds, world, labels, inner, outer)
        if self.context is None:
            log_base = np.log(
                np.stack([np.bincount(row, minlength=self.classes)[row] for row in labels]) / labels.shape[1]
            )
        return Pooled(at_labels(log_q, labels) - log_base, log_q.argmax(axis=2), -log_base.mean(axis=1))

    def _worlds(self, labels: Ints) -> _Worlds:
        shape = (int(self.folds.max()) + 1, *labels.shape, self.classes)
        worlds = _Worlds(np.empty(shape), np.empty(shape), np.empty(shape if self.context else (shape[0],)))
        for fit in self.fits:
            rules = fit.rules(labels, self.classes)
            for world, scored in {fit.left_out, fit.left_out[::-1]}:
                rows = np.flatnonzero(self.folds == scored)
                worlds.scores[world][:, rows] = rules.scores(fit.z[rows])
                worlds.log_prior[world][:, rows] = rules.log_prior[:, None]
                if self.context:
                    counts = context_counts(self.context, labels, fit.train, self.classes)
                    worlds.counts[world][:, rows] = counts[:, self.context.codes[rows]]
        return worlds

    def _judge(self, worlds: _Worlds, world: int, labels: Ints, inner: Ints, outer: Ints) -> tuple[Floats, Floats]:
        """For `outer` samples log q (P, m, K), its weights chosen on the `inner` ones, and the log baseline (P, m)."""
        scores, prior = worlds.scores[world][None], worlds.log_prior[world]
        if self.context is None:
            weights = pooling_weights(scores[:, :, inner], prior[:, inner], labels[:, inner])
            return log_probabilities(scores[:, :, outer], prior[:, outer], weights), np.zeros((len(labels), len(outer)))
        table = answer_log_odds(worlds.counts[world], prior, labels, inner)
        flat = np.zeros_like(prior)
        both = np.concatenate([scores, table[None]])
        weights = pooling_weights(both[:, :, inner], flat[:, inner], labels[:, inner])
        alone = pooling_weights(table[None][:, :, inner], flat[:, inner], labels[:, inner])
        base = log_probabilities(table[None][:, :, outer], flat[:, outer], alone)
        return log_probabilities(both[:, :, outer], flat[:, outer], weights), at_labels(base, labels[:, outer])
