"""Which estimator two continuous vectors get, decided by dimension, samples, and what is found on unseen samples."""

from functools import partial
from typing import Any

import numpy as np

from infoplane.estimators._arrays import Floats, Ints, as_groups
from infoplane.estimators._critics._critic_scores import CriticScores, critic_scores
from infoplane.estimators._critics._neural import BATCH, FOLDS, near_ceiling, vectors
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._folds import group_folds
from infoplane.estimators._nearest._neighbours import ksg
from infoplane.estimators._normal._copula import copula
from infoplane.estimators._normal._log_ratio import held_out_scores, overstatement
from infoplane.estimators._normal._normal_scores import normal_scores
from infoplane.estimators._normal._pairs import canonical_pairs
from infoplane.estimators._normal._student import student_copula
from infoplane.estimators._normal._student_ratio import fit_student
from infoplane.estimators._permute import with_null
from infoplane.estimators._resample import bootstrap_mean

# Nearest neighbours are nearly unbiased up to here, both sides together.
_FEW_DIMENSIONS = 3
# A covariance matrix of all columns needs this many samples a column to be worth its variance.
_SAMPLES_PER_COLUMN = 10
# Gains in held-out score count when they exceed this many standard errors.
_CLEAR = 2.0
# A critic that reads more coordinates than this, or whose bracket is wider, may have left information unfound.
_MOST_EXHAUSTED = 5
_WIDE = 0.1


def auto_continuous(
    x: Any, y: Any, *, groups: Any = None, permutations: int = 0, confidence: float = 0.95, seed: int = 0
) -> Estimate:
    """I(X;Y) in nats of vectors `x` (n, d) and `y` (n, e) by the estimator that suits them; `estimator` says why.

    Up to 3 dimensions in all, `ksg` on normal scores. Beyond, a Gaussian copula, a Student copula and a neural critic
    are judged on held-out samples, and the simplest one that none clearly improves on answers: `copula`
    (`canonical_pairs` under 10 samples a column), `student_copula`, or the critic's midpoint between its scores on
    seen and unseen samples, its interval reaching around both. Flags `not_exhausted` where a critic may have left
    information unfound. The null is that of the rule chosen; a critic is not trained again but asked about exchanged
    pairs, so its p-values are conservative.
    Raises InputError for unequal lengths, NaN, constant columns only, fewer groups than folds.
    """
    first, second = vectors(x, y)
    ids = as_groups(groups, len(first))
    if first.shape[1] + second.shape[1] <= _FEW_DIMENSIONS:
        options: dict[str, Any] = {"permutations": permutations, "confidence": confidence, "seed": seed}
        return _named(ksg(normal_scores(first), normal_scores(second), groups=ids, **options), first, second)
    folds = group_folds(ids, FOLDS, seed)
    return _choose(first, second, ids, folds, permutations=permutations, confidence=confidence, seed=seed)


def _choose(x: Floats, y: Floats, groups: Ints, folds: Ints, **options: Any) -> Estimate:
    """The estimate of the simplest rule that no other clearly improves on."""
    drawn = {"groups": groups, "permutations": options["permutations"], "seed": options["seed"]}
    neural = critic_scores(x, y, folds, bound="infonce", batch=BATCH, **drawn)
    enough = len(x) >= _SAMPLES_PER_COLUMN * (x.shape[1] + y.shape[1])
    simplest = partial(copula if enough else canonical_pairs, groups=groups, **options)
    why, rival = "a critic adds nothing", neural.base
    if enough and "heavy_tails" in copula(x, y, groups=groups, seed=options["seed"]).flags:
        student = _student_scores(x, y, groups, folds)
        if _clear(student - rival):
            simplest = partial(student_copula, groups=groups, **options)
            why, rival = "large values come together", student
    if not _clear(neural.unseen - rival):
        return _named(simplest(x, y), x, y, why)
    gain = float((neural.unseen - neural.base).mean())
    middle = _midpoint(neural, groups, options["confidence"], options["seed"]).flagged(*_doubts(neural, x, y))
    return _named(with_null(middle, neural.null), x, y, f"{gain:.2g} nats beyond Gaussian pairs")


def _student_scores(x: Floats, y: Floats, groups: Ints, folds: Ints) -> Floats:
    scores, rules = held_out_scores(fit_student, x, y, folds)
    return scores - overstatement(rules, x, y, folds, groups)


def _clear(gain: Floats) -> bool:
    return bool(gain.mean() > _CLEAR * gain.std() / np.sqrt(len(gain)))


def _midpoint(scores: CriticScores, groups: Ints, confidence: float, seed: int) -> Estimate:
    """Half way between the scores on unseen and on seen samples.

    A fitted rule falls short of the truth on unseen samples by about what it exceeds it by on seen ones (Akaike 1974),
    so their middle is unbiased to first order. The interval reaches around those of both ends.
    """
    ends = (
        bootstrap_mean(scores.unseen, groups, confidence=confidence, seed=seed),
        bootstrap_mean(scores.seen, groups, confidence=confidence, seed=seed),
    )
    return Estimate(
        value=(ends[0].value + ends[1].value) / 2,
        low=min(end.low for end in ends if end.low is not None),
        high=max(end.high for end in ends if end.high is not None),
        confidence=confidence,
        n=len(groups),
        estimator=f"critic(midpoint, folds={FOLDS})",
        ceiling=scores.ceiling,
    )


def _doubts(scores: CriticScores, x: Floats, y: Floats) -> list[str]:
    """Flags of a critic's midpoint."""
    wide = float((scores.seen - scores.unseen).mean()) > _WIDE
    warnings = {
        "not_exhausted": wide or max(x.shape[1], y.shape[1]) > _MOST_EXHAUSTED,
        "saturated_log_n": near_ceiling(scores),
    }
    return [flag for flag, holds in warnings.items() if holds]


def _named(estimate: Estimate, x: Floats, y: Floats, why: str = "") -> Estimate:
    """The estimate with the choice and its reason in `estimator`."""
    parts = f"auto: {estimate.estimator}", f"{x.shape[1]} + {y.shape[1]} dimensions", why
    return Estimate.from_dict(estimate.as_dict() | {"estimator": ", ".join(filter(None, parts))})
