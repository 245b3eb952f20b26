"""Which label an example is told, and what being told does to the odds of it."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, logsumexp

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def other_labels(gold: Ints, labels: int, seed: int) -> Ints:
    """For every example a label that is not its own, (n,): the `labels` - 1 others serve equally often.

    What is told then carries nothing about the gold label beyond not being it, which of two labels is everything.
    """
    offsets = np.random.default_rng([seed, 6]).permutation(len(gold)) % (labels - 1) + 1
    told: Ints = (gold + offsets) % labels
    return told


def log_odds(scores: Floats, told: Ints) -> Floats:
    """Log p / (1 - p) of the label `told` (n,) among the labels whose log-probabilities are `scores` (n, K): (n,)."""
    rows = np.arange(len(scores))
    others = scores.copy()
    others[rows, told] = -np.inf
    odds: Floats = scores[rows, told] - logsumexp(others, axis=1)
    return odds


def log_share(scores: Floats, told: Ints) -> Floats:
    """Log p of the label `told` (n,) among the labels whose log-probabilities are `scores` (n, K): (n,)."""
    shares: Floats = log_softmax(scores, axis=1)[np.arange(len(scores)), told]
    return shares
