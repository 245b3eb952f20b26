"""The exact neighbour kernel: nearest points, and points within a radius of their own, by Chebyshev distance.

Leaves of 64 points are pruned by their boxes; distances inside a leaf are vector instructions on whole numbers of 16
bits, and every comparison that rounding to that grid could turn is made again in double precision, so the answer is
exact. Above the leaves there is no tree: beyond a few dimensions a large part of the leaves must be seen anyway.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._nearest._compiled import compiled
from infoplane.estimators._nearest._leaves import LEAF, Leaves

# Points of a leaf that look at another leaf one after the other, while it is in the nearest cache.
_TOGETHER = 4
# Columns after which it is worth a look whether any point of a leaf is still near.
_LOOK = 8
# The error of a distance on the grid, and a little for the rounding of the limit itself.
_ERROR = 1.000001
_LARGEST = 32_767

Lanes = NDArray[np.int16]


@compiled
def nearest(leaves: Leaves, k: int) -> tuple[Floats, Ints]:
    """Distances (n, k), rising, of every point to its neighbours in leaves of the same owner, and their rows (n, k).

    Infinity and -1 where the owner has fewer than k + 1 points.
    """
    best, near = np.full((len(leaves.points), k), np.inf), np.full((len(leaves.points), k), -1)
    lanes, gaps = np.empty(LEAF, dtype=np.int16), np.empty((len(leaves.members) + LEAF, _TOGETHER), dtype=np.int16)
    for home in range(len(leaves.members)):
        rows = leaves.members[home]
        rows = rows[rows >= 0]
        for place in range(len(rows)):
            _visit(leaves, home, place, home, best, near, lanes)
        others = _around(leaves, home, _furthest(best, rows), True)
        for first in range(0, len(rows), _TOGETHER):
            last = min(first + _TOGETHER, len(rows))
            _to_boxes(leaves, home, first, last, gaps)
            for leaf in others:
                for place in range(first, last):
                    if gaps[leaf, place - first] <= _steps(best[rows[place], k - 1], leaves.step, _ERROR):
                        _visit(leaves, home, place, leaf, best, near, lanes)
    return best, near


@compiled
def count(leaves: Leaves, radius: Floats) -> Ints:
    """How many points (n,) are no further from each point than its `radius` (n,): itself at least."""
    found = np.zeros(len(radius), dtype=np.int64)
    lanes, gaps = np.empty(LEAF, dtype=np.int16), np.empty((len(leaves.members) + LEAF, _TOGETHER), dtype=np.int16)
    for home in range(len(leaves.members)):
        rows = leaves.members[home]
        rows = rows[rows >= 0]
        others = _around(leaves, home, radius[rows].max(), False)
        for first in range(0, len(rows), _TOGETHER):
            last = min(first + _TOGETHER, len(rows))
            _to_boxes(leaves, home, first, last, gaps)
            for leaf in others:
                for place in range(first, last):
                    row = rows[place]
                    if gaps[leaf, place - first] <= _steps(radius[row], leaves.step, _ERROR):
                        found[row] += _within(leaves, home, place, leaf, radius[row], lanes)
    return np.maximum(found, 1)


@compiled
def _visit(leaves: Leaves, home: int, place: int, leaf: int, best: Floats, near: Ints, lanes: Lanes) -> None:
    """Neighbours in `leaf` of the point at a `place` of leaf `home` go to its row of `best` and `near` (n, k)."""
    row, last, columns = leaves.members[home, place], best.shape[1] - 1, leaves.points.shape[1]
    limit = _steps(best[row, last], leaves.step, _ERROR)
    for column in range(0, columns, _LOOK):
        _widen(leaves.grid, home, place, leaf, column, min(column + _LOOK, columns), lanes)
        if _upto(lanes, limit) == 0:
            return
    for lane in range(LEAF):
        if lanes[lane] <= limit:
            other = leaves.members[leaf, lane]
            if other >= 0 and other != row:
                insert(best, near, row, _apart(leaves.points, row, other), other)
                limit = _steps(best[row, last], leaves.step, _ERROR)


@compiled
def _within(leaves: Leaves, home: int, place: int, leaf: int, radius: float, lanes: Lanes) -> int:
    """How many points of `leaf` are no further than `radius` from the point at a `place` of leaf `home`."""
    limit, possible, columns = _steps(radius, leaves.step, _ERROR), 0, leaves.points.shape[1]
    for column in range(0, columns, _LOOK):
        _widen(leaves.grid, home, place, leaf, column, min(column + _LOOK, columns), lanes)
        possible = _upto(lanes, limit)
        if possible == 0:
            return 0
    row = leaves.members[home, place]
    sure = _steps(radius, leaves.step, -_ERROR) if leaves.faithful[leaf] and leaves.on_grid[row] else np.int16(-1)
    found = _upto(lanes, sure)
    if found < possible:
        for lane in range(LEAF):
            if sure < lanes[lane] <= limit:
                other = leaves.members[leaf, lane]
                found += other >= 0 and _apart(leaves.points, row, other) <= radius
    return found


@compiled
def _steps(distance: float, step: float, error: float) -> np.int16:
    """`distance` on the grid, give or take an `error` in steps; -1 where nothing can be as near."""
    return np.int16(max(-1.0, min(np.floor(distance / step + error), _LARGEST)))


@compiled
def _widen(grid: Lanes, home: int, place: int, leaf: int, first: int, last: int, lanes: Lanes) -> None:
    """Raises `lanes` (64,) to the distances by columns `first` to `last`, from 0 if `first` is.

    Four columns at a time spare loads and stores; single places instead of slices spare counting references.
    """
    if first == 0:
        lanes[:] = 0
    for c in range(first, last, 4):
        d, e, f = min(c + 1, last - 1), min(c + 2, last - 1), min(c + 3, last - 1)
        p, q, r, s = grid[home, c, place], grid[home, d, place], grid[home, e, place], grid[home, f, place]
        for lane in range(LEAF):
            one = max(_size(p - grid[leaf, c, lane]), _size(q - grid[leaf, d, lane]))
            two = max(_size(r - grid[leaf, e, lane]), _size(s - grid[leaf, f, lane]))
            lanes[lane] = max(lanes[lane], one, two)


@compiled
def _size(difference: int) -> np.int16:
    """|difference|, narrow all the way, which is what makes 32 of them one instruction."""
    narrow = np.int16(difference)
    return np.int16(max(narrow, np.int16(-narrow)))


@compiled
def _upto(lanes: Lanes, limit: np.int16) -> int:
    """How many `lanes` (64,) are at most `limit`; compilers make counts faster than minima."""
    found = np.int16(0)
    for lane in range(LEAF):
        found = np.int16(found + np.int16(lanes[lane] <= limit))
    return int(found)


@compiled
def insert(best: Floats, near: Ints, row: int, distance: float, other: int) -> None:
    """Puts `distance` in its place among the rising `best[row]` (k,), and the last one out."""
    place = best.shape[1] - 1
    if distance < best[row, place]:
        while place > 0 and best[row, place - 1] > distance:
            best[row, place], near[row, place] = best[row, place - 1], near[row, place - 1]
            place -= 1
        best[row, place], near[row, place] = distance, other


@compiled
def _apart(points: Floats, row: int, other: int) -> float:
    """Chebyshev distance of two points."""
    distance = 0.0
    for c in range(points.shape[1]):
        distance = max(distance, abs(points[row, c] - points[other, c]))
    return distance


@compiled
def _to_boxes(leaves: Leaves, home: int, first: int, last: int, gaps: Lanes) -> None:
    """Distances on the grid of the points at places `first` to `last` of leaf `home` to every box, (L, 4)."""
    lanes = np.empty(LEAF, dtype=np.int16)
    for block in range(len(leaves.floors)):
        for place in range(first, last):
            lanes[:] = 0
            for c in range(leaves.floors.shape[1]):
                value = leaves.grid[home, c, place]
                for lane in range(LEAF):
                    below = np.int16(leaves.floors[block, c, lane] - value)
                    above = np.int16(value - leaves.roofs[block, c, lane])
                    lanes[lane] = max(lanes[lane], below, above)
            for lane in range(LEAF):
                gaps[block * LEAF + lane, place - first] = lanes[lane]


@compiled
def _around(leaves: Leaves, home: int, reach: float, same_owner: bool) -> Ints:
    """Leaves whose boxes are no further than `reach` from that of leaf `home`, nearest first.

    With `same_owner` without `home` itself, and only those of its owner.
    """
    gaps = np.full(len(leaves.low), np.inf)
    for leaf in range(len(gaps)):
        if not same_owner or (leaf != home and leaves.owner[leaf] == leaves.owner[home]):
            gap = 0.0
            for c in range(leaves.low.shape[1]):
                one = leaves.low[leaf, c] - leaves.high[home, c]
                gap = max(gap, one, leaves.low[home, c] - leaves.high[leaf, c])
            gaps[leaf] = gap
    near = np.flatnonzero(gaps <= reach)
    near = near[gaps[near] < np.inf]
    return near[np.argsort(gaps[near])]


@compiled
def _furthest(best: Floats, rows: Any) -> float:
    """The largest of the k-th distances of `rows`."""
    furthest = 0.0
    for row in rows:
        furthest = max(furthest, best[row, -1])
    return furthest
