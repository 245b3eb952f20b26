"""Nulls of the nearest-neighbour estimators: what does not depend on the permutation is worked out once."""

import numpy as np

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._nearest._near import counter, inside, neighbours, psi

# Sorted distances are worth their n^2 up to so many points; beyond, each permutation is estimated anew.
MOST_LISTED = 50_000
# Radii held at once, in numbers.
_HELD = 1 << 23
# Lists of neighbours reach so many times as far as on average they must.
_SPARE = 4


def ksg_null(x: Floats, y: Floats, orders: Ints, k: int) -> Floats:
    """KSG 1 of `x` and `y` permuted by each of `orders` (P, n), as if estimated anew, (P,)."""
    if not len(orders):
        return np.empty(0)
    return np.concatenate([_of_pairs(x, y, some, k) for some in _batches(orders)])


def ross_null(x: Floats, draws: Ints, k: int) -> Floats:
    """Ross' estimate of `x` and each of the labels `draws` (P, n), as if estimated anew, (P,)."""
    if not len(draws):
        return np.empty(0)
    return np.concatenate([_of_labels(x, some, k) for some in _batches(draws)])


def _batches(draws: Ints) -> list[Ints]:
    return np.array_split(draws, -(-draws.size // _HELD))


def _of_pairs(x: Floats, y: Floats, orders: Ints, k: int) -> Floats:
    radii = np.stack([inside(neighbours((x, y[order]), k)[0][:, -1]) for order in orders])
    of_y = np.empty_like(radii)
    np.put_along_axis(of_y, orders, radii, axis=1)
    return np.asarray(psi(k) + psi(len(x)) - _mean_psi(x, radii) - _mean_psi(y, of_y))


def _mean_psi(points: Floats, radii: Floats) -> Floats:
    """Mean digamma (P,) of how many of the `points` (n, d) are within each of the `radii` (P, n)."""
    if points.shape[1] == 1:
        near = counter(points)
        return np.array([psi(near(radius)).mean() for radius in radii])
    from infoplane.estimators._nearest._lists import counts_within

    return np.asarray(psi(counts_within(points, radii)).mean(axis=1))


def _of_labels(x: Floats, draws: Ints, k: int) -> Floats:
    from infoplane.estimators._nearest._lists import class_radii, counts_within

    samples = len(x)
    sizes = np.stack([np.bincount(draw)[draw] for draw in draws])
    length = _SPARE * k * (int(draws.max()) + 1)
    counts = counts_within(x, inside(class_radii(x, draws, k, min(samples, length))))
    kept = sizes > 1
    terms = psi(np.minimum(k, sizes - 1).clip(1)) - psi(sizes) - psi(counts)
    return np.asarray(((terms + psi(kept.sum(axis=1))[:, None]) * kept).sum(axis=1) / samples)
