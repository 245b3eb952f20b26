"""Neural bounds of the information between two vectors, judged on samples the critic has not seen.

A small network learns what Gaussian canonical pairs miss of log p(x, y) / (p(x) p(y)); five folds are each judged by a
critic trained without them. A null repeats everything, training included: P permutations cost P further estimates.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, as_features, as_groups, constant_columns, same_length
from infoplane.estimators._critics._bounds import CLIP, Bound
from infoplane.estimators._critics._critic_scores import LARGEST_BLOCK, CriticScores, critic_scores
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._folds import group_folds
from infoplane.estimators._permute import permute_rows, with_null
from infoplane.estimators._resample import bootstrap_mean

FOLDS = 5
BATCH = 256
# Closer than this many nats to the logarithm of the samples it is contrasted with, a pair can hardly score higher.
_NEAR = 1.0


def critic(
    x: Any, y: Any, *, groups: Any = None, permutations: int = 0, confidence: float = 0.95, seed: int = 0
) -> Estimate:
    """Lower bound of I(X;Y) in nats of vectors `x` (n, d) and `y` (n, e): Gaussian pairs and a learnt correction.

    Trained by InfoNCE on batches of 256 and judged by it on held-out blocks of up to 2048 samples, whose logarithm is
    the ceiling; within 1 nat of it the flag is `saturated_log_n`. Folds in which the correction does not clearly
    improve on the pairs keep the pairs, so the value is below theirs by noise at most. Raises InputError for unequal
    lengths, NaN, constant columns only, fewer groups than folds.
    """
    rule = _Rule("infonce", BATCH, LARGEST_BLOCK, f"critic(folds={FOLDS})")
    return rule.estimate(x, y, groups, permutations, confidence, seed)


def infonce(
    x: Any,
    y: Any,
    *,
    batch: int = BATCH,
    groups: Any = None,
    permutations: int = 0,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """InfoNCE in nats, trained and judged on batches of `batch` pairs: a lower bound, at most log `batch`.

    <T_ii - (log mean_j exp T_ij + log mean_j exp T_ji) / 2> (van den Oord et al. 2018, both ways). Critic, flags and
    errors as `critic`.
    """
    rule = _Rule("infonce", batch, batch, f"infonce(batch={batch}, folds={FOLDS})")
    return rule.estimate(x, y, groups, permutations, confidence, seed)


def nwj(
    x: Any,
    y: Any,
    *,
    batch: int = BATCH,
    groups: Any = None,
    permutations: int = 0,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """1 + <T_ii> - <exp T_ij> in nats (Nguyen, Wainwright and Jordan 2010): a lower bound without a ceiling.

    Its variance grows as exp I(X;Y). Critic and errors as `critic`.
    """
    rule = _Rule("nwj", batch, LARGEST_BLOCK, f"nwj(batch={batch}, folds={FOLDS})")
    return rule.estimate(x, y, groups, permutations, confidence, seed)


def dv(
    x: Any,
    y: Any,
    *,
    batch: int = BATCH,
    groups: Any = None,
    permutations: int = 0,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """<T_ii> - log <exp T_ij> in nats (Donsker and Varadhan 1983), the bound behind MINE.

    The logarithm of a mean over held-out pairs is biased downward, so this is an estimate of a bound and no bound.
    Critic and errors as `critic`.
    """
    rule = _Rule("dv", batch, LARGEST_BLOCK, f"dv(batch={batch}, folds={FOLDS})")
    return rule.estimate(x, y, groups, permutations, confidence, seed)


def smile(
    x: Any,
    y: Any,
    *,
    batch: int = BATCH,
    groups: Any = None,
    permutations: int = 0,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """<T_ii> - log <exp clip(T_ij, -5, 5)> in nats (Song and Ermon 2020): less variance than `dv`, and no bound.

    Critic and errors as `critic`.
    """
    rule = _Rule("smile", batch, LARGEST_BLOCK, f"smile(batch={batch}, clip={CLIP:g}, folds={FOLDS})")
    return rule.estimate(x, y, groups, permutations, confidence, seed)


@dataclass(frozen=True, slots=True)
class _Rule:
    """A bound, the pairs in a training batch, the samples in a judged block, and the name it all goes by."""

    bound: Bound
    batch: int
    block: int
    name: str

    def estimate(self, x: Any, y: Any, groups: Any, permutations: int, confidence: float, seed: int) -> Estimate:
        """The public functions' body."""
        if self.batch < 2:
            raise InputError(one_line(f"batch {self.batch}", "at least 2 pairs to tell apart", "use for example 256"))
        first, second = vectors(x, y)
        ids = as_groups(groups, len(first))
        folds = group_folds(ids, FOLDS, seed)

        def scores(order: Any) -> CriticScores:
            y = second[order]
            return critic_scores(first, y, folds, bound=self.bound, batch=self.batch, block=self.block, seed=seed)

        found = scores(slice(None))
        orders = permute_rows(ids, folds, permutations, seed)
        estimate = with_null(
            bootstrap_mean(found.unseen, ids, confidence=confidence, seed=seed),
            np.array([scores(order).unseen.mean() for order in orders]),
            estimator=self.name,
            ceiling=found.ceiling,
            kind="estimate" if self.bound in ("dv", "smile") else "lower_bound",
        )
        return estimate.flagged("saturated_log_n") if near_ceiling(found) else estimate


def near_ceiling(scores: CriticScores) -> bool:
    """Whether the mean of `scores` is within a nat of what their blocks allow."""
    return scores.ceiling is not None and float(scores.unseen.mean()) > scores.ceiling - _NEAR


def vectors(x: Any, y: Any) -> tuple[Floats, Floats]:
    """Matrices of the columns of `x` and `y` that vary; InputError for unequal lengths, NaN, constant data."""
    both = as_features(x, "x"), as_features(y, "y")
    same_length(len(both[0]), y=both[1])
    return _varying(both[0], "x"), _varying(both[1], "y")


def _varying(matrix: Floats, name: str) -> Floats:
    constant = constant_columns(matrix)
    if constant.all():
        raise InputError(one_line(f"{name} with constant columns only", "values that vary", "give another array"))
    return np.ascontiguousarray(matrix[:, ~constant])
