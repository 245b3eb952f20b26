"""Cross-fitting of the stack: candidates and weights are chosen on inner folds, and judged on the fold left out.

For fold i the members are fitted without i and j and score fold j, for every j; the candidate of each family and the
weights of the families are chosen on these scores. The chosen ones are then fitted on all but fold i and score fold i.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._labels._discriminant import shrunk_frequencies
from infoplane.estimators._labels._logits import at_labels, log_probabilities, pooling_weights
from infoplane.estimators._labels._members import Coordinates, Family, Member, Training, families
from infoplane.estimators._labels._pool import pool_weights


@dataclass(frozen=True, slots=True)
class StackedRule:
    """A fitted q(y|x): the members with weight above 0, pooled as softmax(log prior + sum_f w_f s_f(x)).

    `weights`: of every family by name, 0 for those left out. `left_out`: the fold it has not seen.
    """

    left_out: int
    coordinates: Coordinates
    members: tuple[Member, ...]
    weights: dict[str, float]
    log_prior: Floats

    def log_probabilities(self, x: Any) -> Floats:
        """Log q(y|x) in nats, (m, K), of samples `x` (m, d); classes in sorted order of the training labels."""
        view = self.coordinates(np.asarray(x, dtype=np.float64))
        logits = np.tile(self.log_prior, (len(view.plain), 1))
        for member, weight in zip(self.members, filter(None, self.weights.values()), strict=True):
            logits += weight * (_centred(member.logits(view)[0]) - self.log_prior)
        return np.asarray(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))

    def log_scores(self, x: Any, labels: Any) -> Floats:
        """Log q(y|x) in nats of samples `x` (m, d) with `labels` (m,): positions 0..K-1 of the sorted labels."""
        return np.asarray(self.log_probabilities(x)[np.arange(len(labels)), np.asarray(labels)])


@dataclass(frozen=True, slots=True)
class Stack:
    """The rules of all folds, and log q(y|x) (n, K) of every sample by the rule that has not seen it.

    `inner` (n,): mean log q(y|x) at the label by rules fitted without one fold more, pooled with the same weights.
    """

    rules: tuple[StackedRule, ...]
    log_q: Floats
    inner: Floats


def cross_fit(x: Floats, labels: Ints, classes: int, folds: Ints, seed: int) -> Stack:
    """Stack for samples `x` (n, d), `labels` (n,) in 0..K-1 and `folds` (n,)."""
    number = int(folds.max()) + 1
    members = families(len(x) * (number - 2) // number, classes)
    inner = _inner_scores(x, labels, classes, folds, members, seed)
    log_q, early = np.empty((len(x), classes)), np.zeros(len(x))
    rules = []
    for fold in range(number):
        rows, seen = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        chosen, weights, pooled = _choose(inner, fold, labels, seen)
        early[seen] += pooled / (number - 1)
        training = Training.prepare(x[seen], labels[seen], classes, seed + fold)
        fitted = tuple(
            fit(training, (candidate,))
            for (fit, _), candidate, weight in zip(members.values(), chosen, weights, strict=True)
            if weight > 0
        )
        by_name = dict(zip(members, weights.tolist(), strict=True))
        rule = StackedRule(fold, training.coordinates, fitted, by_name, _log_prior(labels[seen], classes))
        log_q[rows] = rule.log_probabilities(x[rows])
        rules.append(rule)
    return Stack(tuple(rules), log_q, early)


@dataclass(frozen=True, slots=True)
class _Inner:
    """By world: scores (F, n, K) of each candidate of each family by rules that saw neither sample nor world."""

    scores: tuple[tuple[NDArray[np.float32], ...], ...]
    log_prior: NDArray[np.float32]


def _inner_scores(
    x: Floats, labels: Ints, classes: int, folds: Ints, members: dict[str, tuple[Family, int]], seed: int
) -> _Inner:
    number = int(folds.max()) + 1
    shape = (number, len(x), classes)
    scores = tuple(tuple(np.zeros(shape, np.float32) for _ in range(count)) for _, count in members.values())
    log_prior = np.zeros(shape, np.float32)
    for pair in combinations(range(number), 2):
        train = np.flatnonzero(~np.isin(folds, pair))
        training = Training.prepare(x[train], labels[train], classes, seed + number * (1 + pair[0]) + pair[1])
        prior = _log_prior(labels[train], classes)
        held = [(world, np.flatnonzero(folds == scored)) for world, scored in (pair, pair[::-1])]
        views = [training.coordinates(x[rows]) for _, rows in held]
        for (fit, count), kept in zip(members.values(), scores, strict=True):
            member = fit(training, tuple(range(count)))
            for (world, rows), view in zip(held, views, strict=True):
                for candidate, found in zip(kept, member.logits(view), strict=True):
                    candidate[world][rows] = _centred(found) - prior
        for world, rows in held:
            log_prior[world][rows] = prior
    return _Inner(scores, log_prior)


def _choose(inner: _Inner, world: int, labels: Ints, seen: Ints) -> tuple[list[int], Floats, Floats]:
    """Candidate of each family, weights of the families (f,), and log q(y|x) of `seen`."""
    offset = inner.log_prior[world][seen].astype(np.float64)
    chosen, features = [], []
    for family in inner.scores:
        scores = [one[world][seen].astype(np.float64) for one in family]
        best = int(np.argmax([_tempered(one, offset, labels[seen]) for one in scores])) if len(scores) > 1 else 0
        chosen.append(best)
        features.append(scores[best])
    weights = pool_weights(np.stack(features), offset, labels[seen])
    log_q = log_probabilities(np.stack(features)[:, None], offset[None], weights[:, None])
    return chosen, weights, at_labels(log_q, labels[None, seen])[0]


def _tempered(scores: Floats, offset: Floats, labels: Ints) -> float:
    """Mean log-probability of `labels` at the best temperature."""
    given, prior, target = scores[None, None], offset[None], labels[None]
    log_q = log_probabilities(given, prior, pooling_weights(given, prior, target))
    return float(at_labels(log_q, target).mean())


def _centred(logits: Floats) -> Floats:
    """Logits without the constant of each sample, so that they keep their digits."""
    return np.asarray(logits - logits.max(axis=1, keepdims=True))


def _log_prior(labels: Ints, classes: int) -> Floats:
    return np.asarray(np.log(shrunk_frequencies(np.bincount(labels, minlength=classes)[None].astype(np.float64))[0]))
