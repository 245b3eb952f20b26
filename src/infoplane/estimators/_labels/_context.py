"""The table q(y|a) that a read-out must beat when something else is already known."""

import numpy as np

from infoplane.estimators._arrays import Floats, Ints, Labels
from infoplane.estimators._labels._logits import at_labels

_STRENGTHS = (1.0, 4.0, 16.0, 64.0, 256.0)


def context_counts(context: Labels, labels: Ints, train: Ints, classes: int) -> Floats:
    """How often each label comes with each context among the samples `train`: (P, A, K) for `labels` (P, n)."""
    cells = context.classes * classes
    cell = context.codes[train] * classes + labels[:, train]
    rows = np.arange(len(labels))[:, None]
    counts = np.bincount((rows * cells + cell).ravel(), minlength=len(labels) * cells)
    return counts.reshape(len(labels), context.classes, classes).astype(np.float64)


def answer_log_odds(counts: Floats, log_prior: Floats, labels: Ints, inner: Ints) -> Floats:
    """The table log q(y|a) = log (n_ya + s p_y) / (n_a + s), backing off to the prior p with strength s.

    `counts`, `log_prior` (P, n, K): training counts of each sample's context, and the prior; returns (P, n, K). Of
    s = 1, 4, ... 256 each row of `labels` (P, n) takes the one most probable on the `inner` samples.
    """
    prior, total = np.exp(log_prior), counts.sum(axis=2)
    hits, share = at_labels(counts, labels)[:, inner], at_labels(prior, labels)[:, inner]
    fits = [np.log((hits + s * share) / (total[:, inner] + s)).mean(axis=1) for s in _STRENGTHS]
    strength = np.array(_STRENGTHS)[np.argmax(fits, axis=0)][:, None, None]
    return np.asarray(np.log((counts + strength * prior) / (total[:, :, None] + strength)))
