"""The two inner loops of retrieval, compiled on first use: cosines of sparse rows, and the largest of a row."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[Any]
Floats = NDArray[np.float64]
F = TypeVar("F", bound=Callable[..., Any])


def _compiled(function: F) -> F:
    """`function` by numba; without a writable folder for its cache it is compiled anew in every process."""
    try:
        return cast(F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:
        return cast(F, numba.njit(nogil=True)(function))


@_compiled
def add_postings(
    starts: Ints, words: Ints, weights: Floats, list_starts: Ints, examples: Ints, list_weights: Floats, out: Floats
) -> None:
    """Products of sparse queries (starts, words, weights) with lists of examples by word, added to `out` (n, pool)."""
    for query in range(len(starts) - 1):
        row = out[query]
        for at in range(starts[query], starts[query + 1]):
            word, weight = words[at], weights[at]
            for place in range(list_starts[word], list_starts[word + 1]):
                row[examples[place]] += weight * list_weights[place]


@_compiled
def largest(values: Floats, k: int) -> Ints:
    """Columns (n, k) of the `k` largest of every row, the largest first, of equal ones the earlier."""
    found = np.empty((len(values), k), np.int64)
    for row in range(len(values)):
        count = 0
        for column in range(values.shape[1]):
            value = values[row, column]
            if count == k and value <= values[row, found[row, k - 1]]:
                continue
            at = min(count, k - 1)
            while at > 0 and values[row, found[row, at - 1]] < value:
                found[row, at] = found[row, at - 1]
                at -= 1
            found[row, at] = column
            count = min(count + 1, k)
    return found
