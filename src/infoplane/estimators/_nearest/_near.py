"""What all nearest-neighbour estimators share: columns of one scale, neighbours together, counts in each block."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from scipy import special

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, Ints, as_features, constant_columns
from infoplane.estimators._normal._normal_scores import normal_scores

Transform = Literal["standardise", "normal_scores"]

# Counting inside a radius: one float less or more is undone by rounding elsewhere, this is not.
_ROUNDING = 1e-9
# A standardised value beyond this, or a kurtosis above it, leaves the bulk of the points in one corner of the scale.
_FAR = 20.0
_KURTOSIS = 30.0
# Pairs of samples times columns that a core compares in a second, and the longest run that starts without asking.
_PAIRS_A_SECOND = 5e9
_LONGEST = 3600.0


def prepared(values: Any, name: str, k: int, transform: Transform = "standardise") -> Floats:
    """Columns with spread, in units of it or as normal scores, (n, d).

    Raises InputError when there is none, for k below 1 or at least n, and for an unknown `transform`.
    """
    matrix = as_features(values, name)
    if not 1 <= k < len(matrix):
        came = f"k = {k} neighbours among {len(matrix)} samples"
        raise InputError(one_line(came, f"1 to {len(matrix) - 1}", "use for example 3"))
    constant = constant_columns(matrix)
    if constant.all():
        raise InputError(one_line(f"{name} with constant columns only", "values that vary", "give another array"))
    varying = matrix[:, ~constant]
    if transform == "normal_scores":
        return normal_scores(varying)
    if transform != "standardise":
        raise InputError(one_line(f"transform {transform!r}", "standardise or normal_scores", "use one of these"))
    return np.asarray((varying - varying.mean(axis=0)) / varying.std(axis=0))


def affordable(samples: int, columns: int) -> None:
    """InputError, with the time it would take, for more work than an hour."""
    seconds = samples**2 * columns / _PAIRS_A_SECOND if columns > 2 else 0.0
    if seconds > _LONGEST:
        most = int(np.sqrt(_LONGEST * _PAIRS_A_SECOND / columns))
        came = f"{samples} rows of {columns} columns, about {seconds / 3600:.3g} hours of comparing rows"
        raise InputError(one_line(came, f"at most {most} rows of so many columns", "draw some rows or compress"))


def neighbours(blocks: tuple[Floats, ...], k: int) -> tuple[Floats, Ints]:
    """Distances (n, k), rising, to the nearest points by all columns of the `blocks`, and their rows (n, k).

    Two columns take n log n, more of them up to n^2: InputError for more than an hour.
    """
    from infoplane.estimators._nearest._chebyshev import nearest
    from infoplane.estimators._nearest._leaves import build_leaves
    from infoplane.estimators._nearest._line import nearest_on_line

    points = np.hstack(blocks)
    if points.shape[1] > 2:
        affordable(*points.shape)
        return nearest(build_leaves(points), k)
    x, y = points[:, 0], points[:, -1]
    order = np.argsort(x)
    best, near = nearest_on_line(x[order], y[order], k)
    distances, rows = np.empty_like(best), np.empty_like(near)
    distances[order], rows[order] = best, order[near]
    return distances, rows


def neighbours_of_class(points: Floats, classes: Ints, k: int) -> Floats:
    """Distances (n, k), rising, to the nearest of the `points` (n, d) of the same class; infinity beyond its size."""
    from infoplane.estimators._nearest._chebyshev import nearest
    from infoplane.estimators._nearest._leaves import build_leaves

    affordable(*points.shape)
    return np.asarray(nearest(build_leaves(points, classes), k)[0])


def counter(block: Floats) -> Callable[[Floats], Ints]:
    """A function of radii (n,) that counts the rows of `block` (n, d) so near to each row, itself among them, (n,)."""
    if block.shape[1] > 1:
        from infoplane.estimators._nearest._chebyshev import count
        from infoplane.estimators._nearest._leaves import build_leaves

        leaves = build_leaves(block)
        return lambda radius: np.asarray(count(leaves, radius))
    from infoplane.estimators._nearest._line import count_on_line

    order = np.argsort(block[:, 0])
    ordered = block[order, 0]

    def found(radius: Floats) -> Ints:
        counts = np.empty(len(order), dtype=np.int64)
        counts[order] = count_on_line(ordered, ordered, radius[order])
        return counts

    return found


def inside(radius: Floats) -> Floats:
    """Radii (n,) that leave out what is as far as `radius`; negative, so only a point itself is in, where it is 0."""
    return np.where(radius > 0, radius * (1 - _ROUNDING), -1.0)


def within(radius: Floats) -> Floats:
    """Radii (n,) that take in what is as far as `radius`."""
    return radius * (1 + _ROUNDING)


def near_flags(value: float, blocks: tuple[Floats, ...], most: int) -> tuple[str, ...]:
    """Warnings for an estimate in nats from `blocks` of columns, of which `most` are trusted.

    With k neighbours among n samples no more than about log(n / k) can be seen.
    """
    warnings = {
        "knn_bias": sum(block.shape[1] for block in blocks) > most,
        "saturated_log_n": value > np.log(len(blocks[0])) - 2,
        "heavy_tails": any(_heavy(block) for block in blocks),
    }
    return tuple(flag for flag, holds in warnings.items() if holds)


def _heavy(block: Floats) -> bool:
    return bool(np.abs(block).max() > _FAR or (np.square(block) ** 2).mean(axis=0).max() > _KURTOSIS)


def psi(count: Ints | float) -> Floats:
    """Digamma; whole numbers come from a table."""
    if np.ndim(count) == 0:
        return np.asarray(special.digamma(count))
    whole = np.asarray(count)
    return np.asarray(special.digamma(np.arange(int(whole.max()) + 1))[whole])
