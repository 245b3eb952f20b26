"""Two columns: the neighbour kernel when each side is one number, where sorting replaces the leaves."""

import numpy as np

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._nearest._chebyshev import insert
from infoplane.estimators._nearest._compiled import compiled


@compiled
def nearest_on_line(x: Floats, y: Floats, k: int) -> tuple[Floats, Ints]:
    """Chebyshev distances (n, k), rising, to the neighbours of every point (x, y), and their places (n, k).

    `x` (n,) must rise. It is cut into strips of about sqrt(k n) points, each sorted by y. From a point the search goes
    through the strips to either side until x alone is too far, and in each outward along y.
    """
    n = len(x)
    best, near = np.full((n, k), np.inf), np.full((n, k), -1)
    width = max(8, int(np.sqrt(k * n)))
    places = np.empty(n, dtype=np.int64)
    for first in range(0, n, width):
        places[first : first + width] = first + np.argsort(y[first : first + width])
    across, along = x[places], y[places]
    for at in range(n):
        place, home = places[at], at // width * width
        _outward(across, along, places, at, at, home, min(home + width, n), best, near)
        first = home + width
        while first < n and x[first] - x[place] < best[place, k - 1]:
            last = min(first + width, n)
            _outward(across, along, places, at, _first_above(along, along[at], first, last), first, last, best, near)
            first = last
        last = home
        while last > 0 and x[place] - x[last - 1] < best[place, k - 1]:
            first = last - width
            _outward(across, along, places, at, _first_above(along, along[at], first, last), first, last, best, near)
            last = first
    return best, near


@compiled
def _outward(
    x: Floats, y: Floats, places: Ints, at: int, start: int, first: int, last: int, best: Floats, near: Ints
) -> None:
    """Takes the neighbours of point `at` from a strip, `first` to `last`, going up and down in y from `start`."""
    place, end = places[at], best.shape[1] - 1
    for other in range(start, last):
        if y[other] - y[at] >= best[place, end]:
            break
        if other != at:
            insert(best, near, place, max(y[other] - y[at], abs(x[other] - x[at])), places[other])
    for other in range(start - 1, first - 1, -1):
        if y[at] - y[other] >= best[place, end]:
            break
        insert(best, near, place, max(y[at] - y[other], abs(x[other] - x[at])), places[other])


@compiled
def _first_above(y: Floats, value: float, first: int, last: int) -> int:
    """The first place from `first` to `last` of the rising `y` that is not below `value`."""
    size = last - first
    while size > 0:
        half = size // 2
        first, size = (first + half + 1, size - half - 1) if y[first + half] < value else (first, half)
    return first


@compiled
def count_on_line(ordered: Floats, values: Floats, radius: Floats) -> Ints:
    """How many of the rising `ordered` (m,) are within `radius` (n,) of each of `values` (n,), at least 1.

    Differences are compared, never sums: v - r rounds, which moves counts by one where r is small.
    """
    found = np.empty(len(values), dtype=np.int64)
    for i in range(len(values)):
        first, size = 0, len(ordered)
        while size > 0:
            half = size // 2
            behind = values[i] - ordered[first + half] > radius[i]
            first, size = (first + half + 1, size - half - 1) if behind else (first, half)
        last, size = first, len(ordered) - first
        while size > 0:
            half = size // 2
            inside = ordered[last + half] - values[i] <= radius[i]
            last, size = (last + half + 1, size - half - 1) if inside else (last, half)
        found[i] = max(1, last - first)
    return found
