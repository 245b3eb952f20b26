"""Nulls of the nearest-neighbour estimators: what does not depend on the permutation is worked out once."""

import numpy as np

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._near import inside, psi

# Lists are worth their n^2 up to so many points; beyond, each permutation is searched anew.
MOST_LISTED = 50_000
# Radii held at once, in numbers.
_HELD = 1 << 23
# Lists reach so many times as far as on average they must.
_SPARE = 4


def ksg_null(x: Floats, y: Floats, orders: Ints, k: int) -> Floats:
    """KSG 1 of `x` and `y` permuted by each of `orders` (P, n), as if estimated anew, (P,)."""
    if not len(orders):
        return np.empty(0)
    if x.shape[1] == y.shape[1] == 1:
        return _on_line(x[:, 0], y[:, 0], orders, k)
    return np.concatenate([_by_lists(x, y, some, k) for some in _batches(orders)])


def ross_null(x: Floats, draws: Ints, k: int) -> Floats:
    """Ross' estimate of `x` and each of the labels `draws` (P, n), as if estimated anew, (P,)."""
    if not len(draws):
        return np.empty(0)
    return np.concatenate([_of_labels(x, some, k) for some in _batches(draws)])


def _batches(draws: Ints) -> list[Ints]:
    return np.array_split(draws, -(-draws.size // _HELD))


def _on_line(x: Floats, y: Floats, orders: Ints, k: int) -> Floats:
    from infoplane.estimators._line import count_on_line, nearest_on_line

    home, ordered = np.argsort(x), np.sort(y)
    rank = np.empty(len(y), dtype=np.int64)
    rank[np.argsort(y)] = np.arange(len(y))
    x, values = x[home], np.empty(len(orders))
    for p, order in enumerate(orders):
        paired = y[order[home]]
        radius = inside(nearest_on_line(x, paired, k)[0][:, -1])
        of_y = np.empty(len(y))
        of_y[rank[order[home]]] = radius
        counts = count_on_line(x, x, radius), count_on_line(ordered, ordered, of_y)
        values[p] = psi(k) + psi(len(x)) - sum(psi(count).mean() for count in counts)
    return values


def _by_lists(x: Floats, y: Floats, orders: Ints, k: int) -> Floats:
    from infoplane.estimators._lists import counts_within, joint_radii

    samples = len(x)
    radii = inside(joint_radii(x, y, orders, k, min(samples, _SPARE * int(np.sqrt(k * samples)))))
    of_y = np.empty_like(radii)
    np.put_along_axis(of_y, orders, radii, axis=1)
    counts = counts_within(x, radii), counts_within(y, of_y)
    return np.asarray(psi(k) + psi(samples) - sum(psi(count).mean(axis=1) for count in counts))


def _of_labels(x: Floats, draws: Ints, k: int) -> Floats:
    from infoplane.estimators._lists import class_radii, counts_within

    samples = len(x)
    sizes = np.stack([np.bincount(draw)[draw] for draw in draws])
    length = _SPARE * k * (int(draws.max()) + 1)
    counts = counts_within(x, inside(class_radii(x, draws, k, min(samples, length))))
    kept = sizes > 1
    terms = psi(np.minimum(k, sizes - 1).clip(1)) - psi(sizes) - psi(counts)
    return np.asarray(((terms + psi(kept.sum(axis=1))[:, None]) * kept).sum(axis=1) / samples)
