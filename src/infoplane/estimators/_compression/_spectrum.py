"""What the eigenvalues of data say: how spread out rows are, in how many directions. Diagnostics, not information."""

from typing import Any, Literal

import numpy as np
from scipy import linalg
from scipy.spatial.distance import pdist, squareform

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import (
    Floats,
    Ints,
    as_features,
    as_groups,
    as_labels,
    constant_columns,
    is_discrete,
    same_length,
)
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._permute import permute_rows, with_null

Kernel = Literal["gaussian", "cosine"]

# Four n x n matrices of 8 bytes live at once.
_MATRICES = 4
_MOST_BYTES = 2 << 30
_SAMPLES_PER_COLUMN = 10


def matrix_renyi_entropy(
    x: Any, *, alpha: float = 1.01, kernel: Kernel = "gaussian", bandwidth: float | None = None
) -> Estimate:
    """Matrix-based Renyi entropy of the rows of `x` (n, d), from 0 (all alike) to log n (all strangers), in nats.

    S = log(sum_i l_i^alpha) / (1 - alpha), l_i the eigenvalues of K / n; alpha = 1 is the limit -sum l log l, the von
    Neumann entropy (Sanchez Giraldo, Rao and Principe 2015). K: `gaussian` exp(-r^2 / 2 s^2) with `bandwidth` s, by
    default the median distance r between rows; or `cosine`. For discrete `x` K is 1 where labels are equal, and alpha =
    1 gives their entropy. Everything hangs on the kernel: no Shannon entropy, flag `spectral`.
    Raises InputError for NaN, alpha or bandwidth not above 0, constant rows, more rows than fit in 2 GiB.
    """
    gram = _gram(x, "x", kernel, bandwidth)
    value = _entropy(gram, alpha)
    return Estimate(
        value=value,
        n=len(gram),
        estimator=f"spectral diagnostic: matrix_renyi_entropy(alpha={alpha:g}, {_kernel_name(x, kernel)})",
        ceiling=float(np.log(len(gram))),
        flags=("spectral",),
    )


def matrix_renyi_information(
    x: Any,
    y: Any,
    *,
    alpha: float = 1.01,
    kernel: Kernel = "gaussian",
    groups: Any = None,
    permutations: int = 0,
    seed: int = 0,
) -> Estimate:
    """S(x) + S(y) - S(x, y) of matrix-based Renyi entropies in nats; the joint matrix is the product by elements.

    `x` (n, d) and `y` (n, e) as in `matrix_renyi_entropy`, with its default bandwidths. Neither an estimate nor a bound
    of I(X;Y): flag `spectral`. The null permutes rows of y, `groups` (n,) as far as possible whole. Memory grows with
    n^2, time with n^3. Raises InputError as `matrix_renyi_entropy` does, and for unequal lengths.
    """
    first, second = _gram(x, "x", kernel, None), _gram(y, "y", kernel, None)
    same_length(len(first), y=second)
    alone = _entropy(first, alpha) + _entropy(second, alpha)
    ids = as_groups(groups, len(first))
    orders = permute_rows(ids, np.zeros_like(ids), permutations, seed)
    null = [alone - _entropy(first * _reordered(second, order), alpha) for order in orders]
    kernels = f"{_kernel_name(x, kernel)}, {_kernel_name(y, kernel)}"
    estimate = Estimate(
        value=alone - _entropy(first * second, alpha),
        n=len(first),
        estimator=f"spectral diagnostic: matrix_renyi_information(alpha={alpha:g}, {kernels})",
        flags=("spectral",),
    )
    return with_null(estimate, np.array(null))


def effective_rank(x: Any) -> Estimate:
    """Exponential of the entropy of the shares s_i / sum s of the singular values s of centred `x` (n, d).

    A count from 1 to d, and d for equal spread in all directions (Roy and Vetterli 2007). With fewer than ten rows a
    column it leans low: flag `few_samples`. Raises InputError for NaN and constant columns only.
    """
    shares = np.sqrt(_variances(x))
    return _count(x, float(np.exp(_shannon(shares / shares.sum()))), "effective_rank")


def participation_ratio(x: Any) -> Estimate:
    """(sum l)^2 / sum l^2 of the variances l along the principal components of `x` (n, d), as a count from 1 to d.

    Leading directions weigh more than in `effective_rank`. With fewer than ten rows a column it leans low, for equal
    spread by 1 / (1 + d/n): flag `few_samples`. Raises InputError for NaN and constant columns only.
    """
    variances = _variances(x)
    return _count(x, float(variances.sum() ** 2 / (variances**2).sum()), "participation_ratio")


def _gram(values: Any, name: str, kernel: Kernel, bandwidth: float | None) -> Floats:
    """Kernel matrix (n, n) with ones on the diagonal."""
    if is_discrete(values):
        codes: Ints = as_labels(values, name).codes
        _check_size(len(codes))
        return np.asarray(codes[:, None] == codes, dtype=np.float64)
    rows = as_features(values, name)
    _check_size(len(rows))
    if kernel == "cosine":
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        if not lengths.all():
            raise InputError(one_line(f"{name} with rows of zeros", "a direction in every row", "use gaussian"))
        return np.asarray((rows / lengths) @ (rows / lengths).T)
    if kernel != "gaussian":
        raise InputError(one_line(f"kernel {kernel!r}", "gaussian or cosine", "use one of these"))
    distances = pdist(rows)
    width = float(np.median(distances)) if bandwidth is None else bandwidth
    if not width > 0:
        came = f"bandwidth {width:g} of {name}" + (", the median distance" if bandwidth is None else "")
        raise InputError(one_line(came, "a number above 0", "give rows that differ, or a bandwidth"))
    gram = squareform(np.exp(-((distances / width) ** 2) / 2))
    np.fill_diagonal(gram, 1)
    return np.asarray(gram)


def _check_size(samples: int) -> None:
    need = _MATRICES * 8 * samples**2
    if need > _MOST_BYTES:
        most = int((_MOST_BYTES / _MATRICES / 8) ** 0.5)
        came = f"{samples} rows, whose {samples} x {samples} matrices would need {need / 2**30:.3g} GiB"
        raise InputError(one_line(came, f"at most {most} rows", "take a random part of them"))


def _entropy(gram: Floats, alpha: float) -> float:
    """Renyi entropy of order `alpha` of the spectrum of `gram` (n, n) with unit diagonal."""
    if not alpha > 0:
        raise InputError(one_line(f"alpha {alpha}", "a number above 0", "use for example 1.01"))
    shares = _above_rounding(np.asarray(linalg.eigvalsh(gram), dtype=np.float64))
    shares /= shares.sum()
    if alpha == 1:
        return _shannon(shares)
    return float(np.log((shares**alpha).sum()) / (1 - alpha))


def _shannon(shares: Floats) -> float:
    present = shares[shares > 0]
    return float(-(present * np.log(present)).sum())


def _reordered(gram: Floats, order: Ints) -> Floats:
    return gram[np.ix_(order, order)]


def _kernel_name(values: Any, kernel: Kernel) -> str:
    return "equality" if is_discrete(values) else kernel


def _variances(values: Any) -> Floats:
    """Variances (min(n, d),) of `values` (n, d) along its principal components, rising."""
    rows = as_features(values)
    if constant_columns(rows).all():
        raise InputError(one_line("x with constant columns only", "values that vary", "give another array"))
    centred = rows - rows.mean(axis=0)
    samples, width = centred.shape
    product = centred.T @ centred if width <= samples else centred @ centred.T
    return _above_rounding(np.asarray(linalg.eigvalsh(product / samples), dtype=np.float64))


def _above_rounding(eigenvalues: Floats) -> Floats:
    """The `eigenvalues` (n,), rising, with what is rounding set to 0: roots would make it large."""
    rounding = len(eigenvalues) * np.finfo(np.float64).eps * eigenvalues[-1]
    return np.where(eigenvalues > rounding, eigenvalues, 0.0)


def _count(values: Any, value: float, name: str) -> Estimate:
    samples, width = as_features(values).shape
    few = samples < _SAMPLES_PER_COLUMN * width
    return Estimate(
        value=value,
        units="count",
        n=samples,
        estimator=f"spectral diagnostic: {name}",
        ceiling=float(min(width, samples - 1)),
        flags=("spectral", *(["few_samples"] if few else [])),
    )
