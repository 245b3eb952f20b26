"""Which prompts are read together: sorted by length, so that little padding is read.

The plan depends on nothing but the lengths, so a reading that was interrupted is continued with the same batches.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

Rows = NDArray[np.int64]

# A prefix shorter than this is not worth a forward of its own.
_SHORTEST_PREFIX = 8


def plan_batches(
    lengths: Sequence[int], *, rows: int | None, tokens: int, beside: int = 0, one_length: bool = False
) -> list[Rows]:
    """Rows by falling length in batches of at most `rows` rows, or of `tokens` tokens with padding where that is None.

    `beside`: tokens that every row has besides its own length. `one_length`: never mix lengths in a batch.
    """
    order = np.argsort(-np.asarray(lengths), kind="stable")
    batches: list[list[int]] = []
    for row in order.tolist():
        if batches:
            current = batches[-1]
            longest = lengths[current[0]]
            most = rows if rows is not None else max(1, tokens // (longest + beside))
            if len(current) < most and (lengths[row] == longest or not one_length):
                current.append(row)
                continue
        batches.append([row])
    return [np.array(batch, np.int64) for batch in batches]


def common_prefix(rows: Sequence[Sequence[int]]) -> int:
    """Length of the longest beginning that all `rows` share."""
    first, last = min(map(list, rows)), max(map(list, rows))
    unequal = (at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b)
    return next(unequal, min(len(first), len(last)))


def worthwhile_prefix(rows: Sequence[Sequence[int]], *, most: int | None = None) -> int:
    """How many tokens all `rows` share and are worth computing once; 0 where they are not.

    At least one token of every row stays its own. `most`: an upper limit, for states that are wanted of each row.
    The shared part must be a quarter of what is left over, or the mask it costs eats what it saves.
    """
    if len(rows) < 2:
        return 0
    shared = min(common_prefix(rows), min(map(len, rows)) - 1, *(() if most is None else (most,)))
    own = sum(map(len, rows)) / len(rows) - shared
    return shared if shared >= max(_SHORTEST_PREFIX, own / 4) else 0


def run_halving(rows: Rows, run: Callable[[Rows], None]) -> None:
    """`run(rows)`, or on its halves where the device has no room; raises torch's error where one row is too much."""
    try:
        run(rows)
    except torch.cuda.OutOfMemoryError:
        if len(rows) == 1:
            raise
    else:
        return
    torch.cuda.empty_cache()
    for half in np.array_split(rows, 2):
        run_halving(half, run)
