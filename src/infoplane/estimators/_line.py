"""Two columns: the neighbour kernel when each side is one number, where sorting replaces the leaves."""

import numpy as np

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._compiled import compiled

# Points looked at together to either side, so that most are passed over by vector instructions.
_STRIP = 32


@compiled
def nearest_on_line(x: Floats, y: Floats, k: int) -> tuple[Floats, Ints]:
    """Chebyshev distances (n, k), rising, to the neighbours of every point (x, y), and their places (n, k).

    `x` (n,) must rise. From each point the search runs outward along x until x alone is too far: about sqrt(k n) points
    if the two are independent, fewer if not; the order of x serves any permutation of `y`.
    """
    n = len(x)
    best, near = np.full((n, k), np.inf), np.full((n, k), -1)
    for i in range(n):
        left, right, moved = i, i + 1, True
        while moved:
            moved = False
            if right < n and x[right] - x[i] < best[i, k - 1]:
                end = min(right + _STRIP, n)
                _pass(x, y, i, right, end, best, near)
                right, moved = end, True
            if left > 0 and x[i] - x[left - 1] < best[i, k - 1]:
                end = max(left - _STRIP, 0)
                _pass(x, y, i, end, left, best, near)
                left, moved = end, True
    return best, near


@compiled
def _pass(x: Floats, y: Floats, i: int, first: int, last: int, best: Floats, near: Ints) -> None:
    """Takes the neighbours of point i among the places `first` to `last`."""
    k, value, found = best.shape[1], y[i], 0
    limit = best[i, k - 1]
    for j in range(first, last):
        found += abs(y[j] - value) < limit
    if found == 0:
        return
    for j in range(first, last):
        distance = max(abs(x[j] - x[i]), abs(y[j] - value))
        if distance < best[i, k - 1]:
            place = k - 1
            while place > 0 and best[i, place - 1] > distance:
                best[i, place], near[i, place] = best[i, place - 1], near[i, place - 1]
                place -= 1
            best[i, place], near[i, place] = distance, j


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
