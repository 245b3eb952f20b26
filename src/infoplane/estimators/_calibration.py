"""Whether held-out log-scores are as large as the rule itself expects them to be, and what may be read out of it."""

import numpy as np

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._logits import pooling_weights
from infoplane.estimators._stack import Stack

_DRAWS = 200
_BINS = 10
_TEMPERATURE = 0.1
_CHANCE = 0.05


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


def calibration_error(confidence: Floats, hits: np.typing.NDArray[np.bool_]) -> float:
    """Expected calibration error: mean |share of hits - mean confidence| over ten bins of equally many samples."""
    order = np.argsort(confidence, kind="stable")
    gap = np.array_split((hits - confidence)[order], _BINS)
    return float(sum(abs(part.sum()) for part in gap) / len(hits))


def midpoint(
    x: Floats, labels: Ints, folds: Ints, stack: Stack, information: Estimate, seed: int
) -> Estimate | None:
    """Placeholder."""
    return None
