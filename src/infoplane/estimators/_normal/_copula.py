"""Mutual information of vectors that monotone changes of scale make normal."""

from typing import Any

import numpy as np

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._normal._closed_form import arrays, closed_form
from infoplane.estimators._normal._log_volume import Volumes
from infoplane.estimators._normal._normal_scores import normal_scores, tied_share

# More repeated values than this in a column are said.
_TIED = 0.01
# Rows on which the cost of ranks is measured, at least.
_SIMULATED = 2000


def copula(
    x: Any,
    y: Any,
    given: Any = None,
    *,
    groups: Any = None,
    permutations: int = 0,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """I(X;Y) or I(X;Y|Z) in nats under a Gaussian copula of `x` (n, p), `y` (n, q) and `given` (n, r).

    Every column is replaced by its normal scores, so that no monotone change of a column matters; then as `gaussian`,
    bias and interval included (Ince et al. 2017). What ranks cost at this n is added: the mean loss on normal samples
    with the covariance found, 0.02 nats at n = 200 and a correlation of 0.9. Columns that are normal each but not
    together, as with dependence in the tails, are flagged `heavy_tails` or `not_gaussian`; repeated values `ties`.
    Raises InputError for unequal lengths, NaN and too few rows.
    """
    columns = arrays(x, y, given)
    tied = max(tied_share(part) for part in columns if part.shape[1])
    scores = [normal_scores(part) for part in columns]
    volumes = Volumes.of(*scores)
    estimate = closed_form(
        volumes,
        "copula",
        correction=0.0 if volumes.dependent or _repeats(scores) else _rank_cost(scores, seed),
        groups=groups,
        permutations=permutations,
        confidence=confidence,
        seed=seed,
    )
    return estimate.flagged(*(("ties",) if tied > _TIED else ()))


def _repeats(scores: list[Floats]) -> bool:
    """Whether a column of one part is a linear function of other parts: simulated, it would only be nearly so."""
    joint = np.hstack(scores)
    return bool(np.linalg.matrix_rank(joint - joint.mean(axis=0), tol=1e-8 * np.sqrt(joint.size)) < joint.shape[1])


def _rank_cost(scores: list[Floats], seed: int) -> float:
    """Mean loss in nats by replacing normal columns by their scores, on seeded samples that look like `scores`."""
    rng = np.random.default_rng([seed, 5])
    ends = np.cumsum([part.shape[1] for part in scores])[:-1]
    joint = np.hstack(scores)
    samples = len(joint)
    strengths, axes = np.linalg.svd(joint - joint.mean(axis=0), full_matrices=False)[1:]
    root = strengths[:, None] * axes / np.sqrt(samples)
    losses = []
    for _ in range(max(1, _SIMULATED // samples)):
        normal = rng.normal(size=(samples, len(root))) @ root
        losses += [_information(normal, ends) - _information(normal_scores(normal), ends)]
    return float(np.mean(losses))


def _information(joint: Floats, ends: Ints) -> float:
    return Volumes.of(*np.split(joint, ends, axis=1)).information()
