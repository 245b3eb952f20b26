"""Information between two vectors that a linear-Gaussian rule can use: cross-fitted canonical correlations."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, Ints, as_features, as_groups, constant_columns, same_length
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._folds import group_folds
from infoplane.estimators._permute import permute_rows, with_null
from infoplane.estimators._resample import bootstrap_mean
from infoplane.estimators._whiten import fit_whitening

_CELLS = 1 << 21
# Held-out correlations closer to 1 than this are rounding; it bounds a pair at 13.8 nats.
_DEPENDENT = 1e-12


def linear_information(
    x: Any,
    t: Any,
    *,
    groups: Any = None,
    components: int = 16,
    noise: float = 0.5,
    permutations: int = 0,
    folds: int = 5,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Linear-Gaussian information in nats between vectors `x` (n, d) and `t` (n, e) + noise, cross-fitted by group.

    Both are reduced to `components` principal components of standardised columns and whitened on the training folds;
    seeded Gaussian noise of standard deviation `noise` is added to the white coordinates of `t`, without which the
    information of a deterministic map is infinite or meaningless. The value is the mean held-out log-ratio of the
    canonical pairs, sum_k log p(u_k, v_k) / (p(u_k) p(v_k)) under bivariate normals whose variances and correlations
    come from inner held-out folds: -1/2 sum log(1 - rho_k^2) when all is Gaussian. Ceiling m/2 log(1 + 1/noise^2) for
    m pairs; none without noise. The null permutes the pairing inside folds, groups as far as possible whole.
    Raises InputError for unequal lengths, NaN, negative noise, fewer groups than folds.
    """
    first, second = as_features(x, "x"), as_features(t, "t")
    same_length(len(first), t=second)
    if noise < 0 or components < 1:
        came = f"noise {noise} and {components} components"
        raise InputError(one_line(came, "noise of at least 0, components of at least 1", "change them"))
    ids = as_groups(groups, len(first))
    fold_of = group_folds(ids, folds, seed)
    jitter = noise * np.random.default_rng([seed, 4]).normal(size=(len(first), min(components, second.shape[1])))
    fits = list(_fits(first, second, jitter, fold_of, components))
    scores = _scores(fits, fold_of, np.arange(len(first))[None])[0]
    null = _null(fits, fold_of, permute_rows(ids, fold_of, permutations, seed))
    pairs = max(min(fit.x.shape[1], fit.t.shape[1]) for fit in fits)
    estimate = with_null(
        bootstrap_mean(scores, ids, confidence=confidence, seed=seed),
        null,
        estimator=f"linear_gaussian(components={components}, noise={noise:g}, folds={folds})",
        ceiling=pairs / 2 * float(np.log1p(noise**-2)) if noise else None,
    )
    warnings = {
        "constant_state": bool(constant_columns(first).all() or constant_columns(second).all()),
        "few_samples": len(first) < 10 * pairs,
    }
    return estimate.flagged("gaussian_usable", *(flag for flag, holds in warnings.items() if holds))


@dataclass(frozen=True, slots=True)
class _Fit:
    """White coordinates `x` (n, r) and noisy white `t` (n, s) of all samples, fitted on `train`."""

    left_out: tuple[int, int]
    train: Ints
    x: Floats
    t: Floats


def _fits(x: Floats, t: Floats, jitter: Floats, folds: Ints, components: int) -> Iterator[_Fit]:
    for left_out in combinations_with_replacement(range(folds.max() + 1), 2):
        train = np.flatnonzero(~np.isin(folds, left_out))
        white_x, white_t = (_white(data, train, components) for data in (x, t))
        yield _Fit(left_out, train, white_x, white_t + jitter[:, : white_t.shape[1]])


def _white(x: Floats, train: Ints, components: int) -> Floats:
    """Leading principal components (n, r) of exactly unit variance on the training samples."""
    whitening = fit_whitening(x[train], components)
    return np.asarray(whitening(x) / np.sqrt(whitening.spread))


def _null(fits: list[_Fit], folds: Ints, rows: Ints) -> Floats:
    """Values (P,) with the rows of t exchanged, in blocks of bounded memory."""
    width = max(fit.x.shape[1] + fit.t.shape[1] for fit in fits)
    block = max(1, _CELLS // (rows.shape[1] * (folds.max() + 1) * max(1, width)))
    starts = range(0, len(rows), block)
    return np.array([value for start in starts for value in _scores(fits, folds, rows[start : start + block]).mean(1)])


def _scores(fits: list[_Fit], folds: Ints, rows: Ints) -> Floats:
    """Per-sample log-ratios (P, n) of x with the rows of t taken in each order of `rows` (P, n).

    Worlds as in cross-fitting with shared inner folds: moments of world i come from its inner held-out samples.
    """
    pairs = max(min(fit.x.shape[1], fit.t.shape[1]) for fit in fits)
    variates = np.zeros((2, int(folds.max()) + 1, *rows.shape, pairs))
    for fit in fits:
        exchanged = fit.t[rows]
        cross = fit.x[fit.train].T @ exchanged[:, fit.train] / len(fit.train)
        left, _, right = np.linalg.svd(cross, full_matrices=False)
        for world, scored in {fit.left_out, fit.left_out[::-1]}:
            held_out = np.flatnonzero(folds == scored)
            variates[0, world][:, held_out, : left.shape[2]] = fit.x[held_out] @ left
            variates[1, world][:, held_out, : right.shape[1]] = exchanged[:, held_out] @ right.transpose(0, 2, 1)
    scores = np.empty(rows.shape)
    for world in range(variates.shape[1]):
        inner = folds != world
        u, v = variates[:, world]
        scores[:, ~inner] = _log_ratio(u[:, ~inner], v[:, ~inner], u[:, inner], v[:, inner])
    return scores


def _log_ratio(u: Floats, v: Floats, inner_u: Floats, inner_v: Floats) -> Floats:
    """Sum over pairs of log N(u, v) / (N(u) N(v)), (P, m), from the moments of held-out inner pairs (P, n, pairs).

    The squared correlation is adjusted for chance, r^2 - (1 - r^2) / (n - 1), and is 0 where that is negative.
    """
    samples = inner_u.shape[1]
    scale_u, scale_v = (np.sqrt((part**2).mean(axis=1, keepdims=True)) for part in (inner_u, inner_v))
    scale_u, scale_v = (np.where(scale > 0, scale, np.inf) for scale in (scale_u, scale_v))
    raw = (inner_u / scale_u * (inner_v / scale_v)).mean(axis=1, keepdims=True)
    rho = np.where(raw > 0, np.sqrt(np.maximum(raw**2 - (1 - raw**2) / (samples - 1), 0)), 0.0)
    rest = np.maximum(1 - rho**2, _DEPENDENT)
    u, v = u / scale_u, v / scale_v
    exponent = rho * (2 * u * v - rho * (u**2 + v**2)) / (2 * rest)
    return np.asarray((exponent - 0.5 * np.log(rest)).sum(axis=2))
