"""Entropy of continuous vectors from the distances to their neighbours, and information as a sum of entropies."""

from typing import Any

import numpy as np
from scipy import special

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, as_features, as_groups, constant_columns, same_length
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._nearest._near import near_flags, neighbours, psi
from infoplane.estimators._nearest._subsample import Local, subsampled_mean
from infoplane.estimators._permute import permute_rows, with_null

# Distances below this count as this: repeated rows have no density.
_SHORTEST = 1e-15
_MOST_COLUMNS = 10
# Directions with less than this share of the largest variance are rounding.
_RANK = 1e-12


def kozachenko_leonenko(x: Any, k: int = 3, *, groups: Any = None, confidence: float = 0.95, seed: int = 0) -> Estimate:
    """Differential entropy h(X) in nats of `x` (n, d): psi(n) - psi(k) + <d log 2r>, r the distance to the k-th other.

    Chebyshev distances of standardised columns, whose scale is added back (Kozachenko and Leonenko 1987). May be
    negative. The interval as in `ksg`. Raises InputError for NaN, a constant column, all rows equal, k below 1 or at
    least n.
    """
    rows = _varying(x, "x", k)
    scale = rows.std(axis=0)
    ids = as_groups(groups, len(rows))

    def terms(some: Any) -> Local:
        reach = neighbours((rows[some] / scale,), k)[0][:, -1]
        width = rows.shape[1] * np.log(2 * np.maximum(reach, _SHORTEST))
        return Local(psi(len(some)) - psi(k) + width + np.log(scale).sum(), float(reach.min()))

    mean = subsampled_mean(terms, ids, k, "kozachenko_leonenko", confidence=confidence, seed=seed)
    return mean.flagged(*near_flags(0.0, (_standard(rows),), _MOST_COLUMNS))


def weighted_kl_entropy(x: Any, k: int = 5, *, groups: Any = None, confidence: float = 0.95, seed: int = 0) -> Estimate:
    """Differential entropy h(X) in nats of `x` (n, d) (Berrett, Samworth and Yuan 2019).

    <sum_j w_j (log(n-1) - psi(j) + log V_d + d log r_j)>: r_j is the Euclidean distance to the j-th neighbour of the
    whitened rows, V_d the volume of the unit ball; the weights cancel the leading bias above four dimensions. Half the
    log determinant of the covariance is added back. Above eight dimensions take k of at least d: with fewer the weights
    are large, and so is the variance. The interval as in `ksg`. Raises InputError as `kozachenko_leonenko`, and for a
    linear relation between columns.
    """
    rows = _varying(x, "x", k)
    ids = as_groups(groups, len(rows))
    mean = subsampled_mean(
        lambda some: _weighted_terms(rows[some], k), ids, k, "weighted_kl", confidence=confidence, seed=seed
    )
    return mean.flagged(*near_flags(0.0, (_standard(rows),), _MOST_COLUMNS))


def weighted_kl(
    x: Any, y: Any, k: int = 5, *, groups: Any = None, permutations: int = 0, confidence: float = 0.95, seed: int = 0
) -> Estimate:
    """I(X;Y) = h(X) + h(Y) - h(X,Y) in nats of `x` (n, d), `y` (n, e), each entropy as in `weighted_kl_entropy`.

    Raises InputError for unequal lengths and what the entropies refuse.
    """
    sides = _standard(_varying(x, "x", k)), _standard(_varying(y, "y", k))
    same_length(len(sides[0]), y=sides[1])
    ids = as_groups(groups, len(sides[0]))

    def terms(some: Any, order: Any) -> Local:
        first, second = sides[0][some], sides[1][order]
        parts = [_weighted_terms(block, k) for block in (first, second, np.hstack([first, second]))]
        return Local(parts[0].terms + parts[1].terms - parts[2].terms, min(part.shortest for part in parts))

    every = np.arange(len(ids))
    mean = subsampled_mean(lambda some: terms(some, some), ids, k, "weighted_kl", confidence=confidence, seed=seed)
    orders = permute_rows(ids, np.zeros_like(ids), permutations, seed)
    null = np.array([terms(every, order).terms.mean() for order in orders])
    flags = near_flags(mean.value, sides, _MOST_COLUMNS)
    return with_null(mean, null).flagged(*flags)


def entropy_weights(dimensions: int, k: int) -> Floats:
    """Weights (k,) that sum to 1 and cancel the terms n^(-2l/d), l = 1 to d / 4, of the bias.

    sum_j w_j Gamma(j + 2l/d) / Gamma(j) = 0, only neighbours j = floor(i k / d), i = 1 to d, in use: the solution of
    least norm. Up to four dimensions the first neighbour alone.
    """
    weights = np.zeros(k)
    if dimensions <= 4:
        weights[0] = 1.0
        return weights
    used = np.unique(np.arange(1, dimensions + 1) * k // dimensions)
    used = used[used > 0]
    powers = 2 * np.arange(dimensions // 4 + 1)[:, None] / dimensions
    system = np.exp(special.gammaln(used + powers) - special.gammaln(used))
    target = np.zeros(len(system))
    target[0] = 1.0
    weights[used - 1] = np.linalg.lstsq(system, target, rcond=1e-6)[0]
    return weights


def _weighted_terms(rows: Floats, k: int) -> Local:
    from scipy.spatial import cKDTree

    samples, width = rows.shape
    variances, axes = np.linalg.eigh(np.cov(rows.T).reshape(width, width))
    if variances[0] <= _RANK * variances[-1]:
        came = f"{width} columns with a linear relation between them"
        raise InputError(one_line(came, "columns of full rank", "drop the redundant ones"))
    white = (rows - rows.mean(axis=0)) @ (axes / np.sqrt(variances))
    reach = np.asarray(cKDTree(white).query(white, np.arange(2, k + 2))[0])
    volume = width / 2 * np.log(np.pi) - float(special.gammaln(width / 2 + 1))
    logs = np.log(samples - 1) - psi(np.arange(1, k + 1)) + volume + width * np.log(np.maximum(reach, _SHORTEST))
    return Local(logs @ entropy_weights(width, k) + np.log(variances).sum() / 2, float(reach[:, 0].min()))


def _standard(rows: Floats) -> Floats:
    return np.asarray((rows - rows.mean(axis=0)) / rows.std(axis=0))


def _varying(values: Any, name: str, k: int) -> Floats:
    """Columns as they came; InputError where an entropy would be minus infinity, or k does not fit."""
    rows = as_features(values, name)
    if not 1 <= k < len(rows):
        came = f"k = {k} neighbours among {len(rows)} samples"
        raise InputError(one_line(came, f"1 to {len(rows) - 1}", "use for example 3"))
    if constant_columns(rows).any():
        raise InputError(one_line(f"{name} with a constant column", "values that vary", "drop the column"))
    return rows
