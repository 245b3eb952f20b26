"""Which examples make up the batches of an epoch: the same for every number of processes and parts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line

Rows = NDArray[np.int64]


def batches(labels: Rows, size: int, *, seed: int, epoch: int, fewest: int = 1) -> list[Rows]:
    """The rows of every batch of `epoch`, each example once, in an order drawn from `seed` and `epoch`.

    `fewest`: how many examples of a class a batch has, if it has any. Then examples are drawn in groups of a class; the
    last group of a class is filled up with examples of that class that come a second time. Raises InputError for a
    class that has fewer examples.
    """
    rng = np.random.default_rng([seed, 11, epoch])
    if fewest == 1:
        order = rng.permutation(len(labels))
        return [order[start : start + size] for start in range(0, len(order), size)]
    groups = [group for label in np.unique(labels) for group in _groups(labels, int(label), fewest, rng)]
    order = np.concatenate([groups[at] for at in rng.permutation(len(groups))])
    width = size // fewest * fewest
    if not width:
        came = f"batches of {size} examples"
        raise InputError(one_line(came, f"{fewest} or more, so that classes meet", "choose a larger batch size"))
    return [order[start : start + width] for start in range(0, len(order), width)]


def check_classes(labels: Rows, names: Sequence[str], fewest: int) -> None:
    """InputError where a class has fewer than `fewest` examples to learn from."""
    counts = np.bincount(labels, minlength=len(names))
    for name, count in zip(names, counts.tolist(), strict=True):
        if count < fewest:
            came = f"class {name!r} with {count} training example{'s' if count != 1 else ''}"
            do = "give more examples, or use centroids that are kept from batch to batch (ema)"
            raise InputError(one_line(came, f"{fewest} or more for this objective", do))


def _groups(labels: Rows, label: int, fewest: int, rng: np.random.Generator) -> list[Rows]:
    rows = rng.permutation(np.flatnonzero(labels == label))
    lacking = -len(rows) % fewest
    if lacking:
        rows = np.concatenate([rows, rng.permutation(rows[: len(rows) - len(rows) % fewest])[:lacking]])
    return [rows[start : start + fewest] for start in range(0, len(rows), fewest)]
