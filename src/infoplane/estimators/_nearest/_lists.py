"""Compiled searches for many permutations at once: the distances from a point are worked out and sorted only once."""

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._nearest._compiled import compiled

# Points from which the distance is guessed that a list should reach.
_SAMPLE = 512


@compiled
def class_radii(x: Floats, labels: Ints, k: int, length: int) -> Floats:
    """Distances (P, n) to the k-th neighbour of the same class for each of the `labels` (P, n); 0 in classes of one.

    In classes of k or fewer points the furthest of them counts.
    """
    n = len(x)
    radii = np.zeros(labels.shape)
    rows, gaps = np.empty(n, dtype=np.int32), np.empty(n)
    for row in range(n):
        listed = _list(x, row, length, rows, gaps)
        for p in range(len(labels)):
            found = _walk(rows, gaps, listed, labels, p, row, k, radii)
            if found < k and listed < n:
                listed = _list(x, row, n, rows, gaps)
                _walk(rows, gaps, listed, labels, p, row, k, radii)
    return radii


@compiled
def counts_within(points: Floats, radii: Floats) -> Ints:
    """How many of the `points` (n, d) are within each of the `radii` (P, n) of each point, itself at least, (P, n)."""
    n = len(points)
    counts, gaps = np.empty(radii.shape, dtype=np.int64), np.empty(n)
    for row in range(n):
        _distances(points, row, gaps)
        near = np.sort(gaps[gaps <= radii[:, row].max()])
        for p in range(len(radii)):
            counts[p, row] = max(1, np.searchsorted(near, radii[p, row], side="right"))
    return counts


@compiled
def _list(points: Floats, row: int, length: int, rows: NDArray[np.int32], gaps: Floats) -> int:
    """About the `length` nearest points of `row`, itself among them, nearest first, and how many they are."""
    n = len(points)
    _distances(points, row, gaps)
    sample = np.sort(gaps[:: max(1, n // _SAMPLE)])
    reach = sample[min(len(sample) - 1, 1 + length * len(sample) // n)]
    near = np.flatnonzero(gaps <= reach) if length < n else np.arange(n)
    order = near[np.argsort(gaps[near])]
    rows[: len(order)] = order
    gaps[: len(order)] = gaps[order]
    return len(order)


@compiled
def _walk(
    rows: NDArray[np.int32], gaps: Floats, listed: int, labels: Ints, p: int, row: int, k: int, radii: Floats
) -> int:
    """Goes along a list to the k-th point of the same class, leaves its distance in `radii`, and says how many."""
    found = 0
    for place in range(listed):
        other = rows[place]
        if other != row and labels[p, other] == labels[p, row]:
            radii[p, row] = gaps[place]
            found += 1
            if found == k:
                break
    return found


@compiled
def _distances(points: Floats, row: int, gaps: Floats) -> None:
    """Chebyshev distances (n,) of all `points` to one of them."""
    gaps[:] = 0.0
    for c in range(points.shape[1]):
        value = points[row, c]
        for other in range(len(gaps)):
            gaps[other] = max(gaps[other], abs(points[other, c] - value))
