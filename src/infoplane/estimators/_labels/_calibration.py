"""Whether held-out log-scores are as large as the rule itself expects them to be, and what may be read out of it."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._labels._logits import pooling_weights
from infoplane.estimators._labels._stack import Stack
from infoplane.estimators._resample import bootstrap_mean

_DRAWS = 200
_BINS = 10
_TEMPERATURE = 0.1
_CHANCE = 0.05
# Where the extrapolation adds more than this share of the bound, the loss has not begun to fall as 1/n.
_STEEP = 0.2


def calibrated(log_q: Floats, labels: Ints, seed: int) -> bool:
    """True when `labels` (n,) look as if drawn from q, `log_q` (n, K) held out: temperature and ECE within noise.

    The temperature that would fit best is within 10 % of 1, and the expected calibration error of the predicted class
    is below the 95 % bound of 200 draws of labels from q itself.
    """
    temperature = float(pooling_weights(log_q[None, None], np.zeros((1, *log_q.shape)), labels[None])[0, 0])
    if abs(temperature - 1) > _TEMPERATURE:
        return False
    confidence, hits = np.exp(log_q.max(axis=1)), log_q.argmax(axis=1) == labels
    drawn = np.random.default_rng([seed, 8]).random((_DRAWS, len(labels))) < confidence
    errors = np.array([calibration_error(confidence, draw) for draw in drawn])
    return bool((errors >= calibration_error(confidence, hits)).mean() > _CHANCE)


def calibration_error(confidence: Floats, hits: NDArray[np.bool_]) -> float:
    """Expected calibration error: mean |share of hits - mean confidence| over ten bins of equally many samples."""
    order = np.argsort(confidence, kind="stable")
    gap = np.array_split((hits - confidence)[order], _BINS)
    return float(sum(abs(part.sum()) for part in gap) / len(hits))


def midpoint(stack: Stack, labels: Ints, groups: Ints, information: Estimate, seed: int) -> Estimate | None:
    """I(X;Y) itself rather than its lower bound, or None where the held-out scores give no reason to believe it.

    The loss to finite samples falls as 1/n, so that scores L of rules fitted on a share a of the samples in the inner
    folds and on b in the outer ones extrapolate to L_b + (L_b - L_a) a / (b - a). It is offered only for a bound that
    is above zero and calibrated, and to which this adds less than 20 %. No check on data can show that a finer rule
    would not read more: it says where this stack would end, an estimate without the guarantee of the bound.
    """
    number = len(stack.rules)
    outer = stack.log_q[np.arange(len(labels)), labels]
    gain = (number - 2) * (outer - stack.inner)
    if gain.mean() < 0:  # chance: a rule does not get worse with more samples
        gain = np.zeros_like(gain)
    believable = information.low is not None and information.low > 0 and gain.mean() < _STEEP * information.value
    if not believable or not calibrated(stack.log_q, labels, seed):
        return None
    frequency = np.bincount(labels) / len(labels)
    extrapolated = outer + gain - np.log(frequency[labels])
    found = bootstrap_mean(extrapolated, groups, confidence=information.confidence, seed=seed)
    return replace(found, estimator=f"{information.estimator}, extrapolated", ceiling=information.ceiling)
