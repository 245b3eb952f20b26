"""How far the pairs of a label agree on its direction: the pre-flight score of every later use."""

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import Estimate

Floats = NDArray[np.float64]


def split_half_agreement(differences: Floats, *, draws: int = 200, seed: int = 0) -> Estimate:
    """Cosine between the mean differences of two halves of `differences` (n, d).

    Interval: bootstrap of the pairs within each half. Null: the same spread with nothing in common, the pairs less
    their mean under random signs. Units `score`, in [-1, 1].
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(differences))
    halves = np.array_split(differences[order], 2)
    spread = np.array_split((differences - differences.mean(axis=0))[order], 2)
    value = float(_cosines(*(half.mean(axis=0)[None] for half in halves))[0])
    resampled = _cosines(*(_multinomial_means(half, draws, rng) for half in halves))
    flipped = _cosines(*(rng.choice((-1.0, 1.0), (draws, len(half))) @ half for half in spread))
    low, high = 2 * value - np.quantile(resampled, [0.975, 0.025])  # reflected: resampling again lowers a cosine
    return Estimate(
        value=value,
        low=min(float(low), value),
        high=min(1.0, max(float(high), value)),
        units="score",
        n=len(differences),
        estimator=f"split_half_cosine(draws={draws})",
        null_mean=float(flipped.mean()),
        null_high=float(np.quantile(flipped, 0.95)),
        p_value=float((1 + (flipped >= value).sum()) / (1 + draws)),
        ceiling=1.0,
    )


def _multinomial_means(rows: Floats, draws: int, rng: np.random.Generator) -> Floats:
    weights = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=draws)
    means: Floats = weights @ rows / len(rows)
    return means


def _cosines(a: Floats, b: Floats) -> Floats:
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    cosines: Floats = (a * b).sum(axis=1) / np.maximum(norms, np.finfo(float).tiny)
    return cosines
