"""The null of rules too costly to refit: what their held-out predictions say about labels of other samples."""

import numpy as np

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._labels._logits import at_labels, log_probabilities, pooling_weights

_CELLS = 1 << 21


def exchange_null(log_q: Floats, draws: Ints) -> tuple[Floats, Floats]:
    """Information in nats and accuracy, (P,) each, of held-out `log_q` (n, K) on permuted labels `draws` (P, n).

    For every draw softmax(log p + b (log q - log p)), p the label frequencies, takes the b in [0, 5] that suits these
    labels best, so that rules which are sure of the true labels are not judged by how wrong they are about others: a
    draw scores at least 0 and on average 1/(4n) nats. A held-out score has no such choice, so its p-value is
    conservative. Given the rules this is a permutation test inside a fold; that the rules of other folds saw the true
    labels is ignored.
    """
    classes = log_q.shape[1]
    block = max(1, _CELLS // log_q.size)
    parts = [_scores(log_q, draws[start : start + block], classes) for start in range(0, len(draws), block)]
    accuracy = (log_q.argmax(axis=1) == draws).mean(axis=1)
    return np.concatenate([np.empty(0), *parts]), accuracy


def _scores(log_q: Floats, draws: Ints, classes: int) -> Floats:
    prior = np.log(np.bincount(draws[0], minlength=classes) / draws.shape[1])
    offset = np.broadcast_to(prior, (len(draws), *log_q.shape))
    evidence = np.broadcast_to(log_q - prior, (1, len(draws), *log_q.shape))
    weights = pooling_weights(evidence, offset, draws)
    found = at_labels(log_probabilities(evidence, offset, weights), draws) - prior[draws]
    return np.asarray(found.mean(axis=1))
