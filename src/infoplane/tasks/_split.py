"""One part of a task: texts with their labels, groups and names."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infoplane._errors import InputError, one_line


@dataclass(frozen=True, eq=False)
class Split:
    """Examples in a fixed order; row i of every field is example i.

    labels: (n,) int64, indices into the task's labels; for a task of scores, the scores rounded
    groups: (n,) int64, equal for examples that belong together (a conversation, a premise); unique within the task
    ids: what each example is called where it comes from
    pairs: second texts, or None for a task of single texts
    scores: (n,) float64, only for a task of scores
    """

    texts: tuple[str, ...]
    labels: NDArray[np.int64]
    groups: NDArray[np.int64]
    ids: tuple[str, ...]
    pairs: tuple[str, ...] | None = None
    scores: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.texts)

    def pair(self, row: int) -> str | None:
        """The second text of an example, None for a task of single texts."""
        return None if self.pairs is None else self.pairs[row]

    def take(self, indices: ArrayLike) -> "Split":
        """The examples at `indices`, in that order."""
        rows = np.asarray(indices, np.int64)
        return Split(
            texts=_pick(self.texts, rows),
            labels=self.labels[rows],
            groups=self.groups[rows],
            ids=_pick(self.ids, rows),
            pairs=None if self.pairs is None else _pick(self.pairs, rows),
            scores=None if self.scores is None else self.scores[rows],
        )

    def stratified(self, size: int, seed: int = 0) -> "Split":
        """At most `size` examples with the labels in the proportions they have here, in the order they have here.

        A smaller choice with the same seed is part of a larger one: example r of the n of its label, in a random order,
        has the rank (r + 1/2) / n, and the lowest ranks are taken. Raises InputError for a size below 1.
        """
        if size >= len(self):
            return self
        if size < 1:
            raise InputError(one_line(f"a choice of {size} examples", "at least 1", "ask for more, or for all"))
        ranks = np.empty(len(self))
        order = np.random.default_rng(seed).permutation(len(self))
        for label in np.unique(self.labels):
            rows = order[self.labels[order] == label]
            ranks[rows] = (np.arange(len(rows)) + 0.5) / len(rows)
        lowest = order[np.argsort(ranks[order], kind="stable")[:size]]
        return self.take(np.sort(lowest))


def _pick(values: Sequence[str], rows: NDArray[np.int64]) -> tuple[str, ...]:
    return tuple(values[row] for row in rows)
