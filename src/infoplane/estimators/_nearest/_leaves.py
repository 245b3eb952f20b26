"""Points in leaves of neighbours: the order of a kd-tree without the tree, and the box around every leaf."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._nearest._compiled import compiled

LEAF = 64
# Differences of two coordinates on the grid fit 16 bits.
_STEPS = 16_383
# The grid ends at this multiple of the 90 % quantile, so that a few points far out do not make it coarse.
_REACH = 8.0


class Leaves(NamedTuple):
    """Points (n, d) in L leaves of 64; a named tuple, which compiled functions can take.

    `members` (L, 64): rows of `points`, -1 for an empty place. `grid` (L, d, 64): their coordinates in whole numbers of
    `step`, so that distances on the grid are wrong by at most one step: except for points beyond its ends, where they
    are too small, so `faithful` (L,) marks the full leaves without any, and `on_grid` (n,) the points that are not.
    `low`, `high` (L, d): boxes; `floors`, `roofs` (L / 64, d, 64): the same on the grid, rounded outward. `owner` (L,):
    class of the points of a leaf.
    """

    points: Floats
    members: NDArray[np.int32]
    grid: NDArray[np.int16]
    step: float
    faithful: NDArray[np.bool_]
    on_grid: NDArray[np.bool_]
    low: Floats
    high: Floats
    floors: NDArray[np.int16]
    roofs: NDArray[np.int16]
    owner: Ints


def build_leaves(points: Floats, classes: Ints | None = None) -> Leaves:
    """Leaves of `points` (n, d), each within one of `classes` (n,) where these are given."""
    points = np.ascontiguousarray(points)
    groups = [np.arange(len(points))]
    if classes is not None:
        groups = np.split(np.argsort(classes, kind="stable"), np.cumsum(np.bincount(classes))[:-1])
        groups = [rows for rows in groups if len(rows)]
    parts = [_padded(rows[_kd_order(points[rows], LEAF)]) for rows in groups]
    members = np.concatenate(parts)
    far = np.abs(points)
    end = min(float(far.max()), _REACH * float(np.quantile(far, 0.9))) or 1.0
    on_grid = np.asarray((far <= end).all(axis=1))
    faithful = np.asarray((members >= 0).all(axis=1) & on_grid[members].all(axis=1))
    low, high = _boxes(points, members)
    grid = np.rint(np.clip(points, -end, end) * (_STEPS / end)).astype(np.int16)[members]
    floors, roofs = _in_blocks(np.floor(low * (_STEPS / end))), _in_blocks(np.ceil(high * (_STEPS / end)))
    owner = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    grid = np.ascontiguousarray(grid.transpose(0, 2, 1))
    return Leaves(points, members, grid, end / _STEPS, faithful, on_grid, low, high, floors, roofs, owner)


def _padded(rows: Ints) -> NDArray[np.int32]:
    members = np.full(-(-len(rows) // LEAF) * LEAF, -1, dtype=np.int32)
    members[: len(rows)] = rows
    return members.reshape(-1, LEAF)


def _in_blocks(edges: Floats) -> NDArray[np.int16]:
    """`edges` (L, d) of boxes in 16 bits, 64 leaves beside each other like the points of one, (L / 64, d, 64)."""
    leaves, columns = edges.shape
    blocks = np.zeros((-(-leaves // LEAF) * LEAF, columns), dtype=np.int16)
    blocks[:leaves] = np.clip(edges, -_STEPS, _STEPS)
    return np.ascontiguousarray(blocks.reshape(-1, LEAF, columns).transpose(0, 2, 1))


@compiled
def _kd_order(points: Floats, leaf: int) -> Ints:
    """Rows of `points` (n, d) so that every run of `leaf` is a cell: halves along the widest side, again and again."""
    order = np.arange(len(points))
    stack = [(0, len(points))]
    while len(stack) > 0:
        first, last = stack.pop()
        if last - first <= leaf:
            continue
        column = _widest(points, order, first, last)
        cells = (last - first + leaf - 1) // leaf
        middle = first + cells // 2 * leaf
        _select(points, order, first, last - 1, middle, column)
        stack.append((first, middle))
        stack.append((middle, last))
    return order


@compiled
def _widest(points: Floats, order: Ints, first: int, last: int) -> int:
    """The column in which the rows `order[first:last]` spread most."""
    column, widest = 0, -1.0
    for c in range(points.shape[1]):
        low = high = points[order[first], c]
        for at in range(first, last):
            low, high = min(low, points[order[at], c]), max(high, points[order[at], c])
        if high - low > widest:
            column, widest = c, high - low
    return column


@compiled
def _select(points: Floats, order: Ints, left: int, right: int, middle: int, column: int) -> None:
    """Hoare's selection: smaller values before `middle`, larger ones behind it."""
    while left < right:
        pivot = points[order[(left + right) // 2], column]
        i, j = left, right
        while i <= j:
            while points[order[i], column] < pivot:
                i += 1
            while points[order[j], column] > pivot:
                j -= 1
            if i <= j:
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if middle <= j:
            right = j
        elif middle >= i:
            left = i
        else:
            return


@compiled
def _boxes(points: Floats, members: NDArray[np.int32]) -> tuple[Floats, Floats]:
    """Lowest and highest coordinates of the `members` (L, 64) of every leaf, (L, d)."""
    low = np.full((len(members), points.shape[1]), np.inf)
    high = np.full((len(members), points.shape[1]), -np.inf)
    for leaf in range(len(members)):
        for row in members[leaf]:
            if row >= 0:
                for c in range(points.shape[1]):
                    low[leaf, c] = min(low[leaf, c], points[row, c])
                    high[leaf, c] = max(high[leaf, c], points[row, c])
    return low, high
