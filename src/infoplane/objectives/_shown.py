"""Training examples that a Trainer's objective is shown beside its batches."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from infoplane.models import evaluating
from infoplane.objectives._passes import Passes


class Shown:
    """Features of the examples of a data set, without gradient and dropout, `rows` at a time.

    Every process runs what it is shown by itself, so that all see the same.
    """

    def __init__(self, passes: Passes, data: Any, collate: Callable[[list[Any]], dict[str, Tensor]], rows: int) -> None:
        self._passes, self._data, self._collate, self._rows = passes, data, collate, rows

    def all(self) -> tuple[Tensor, Tensor]:
        """Features (N, d) and classes (N,) of all examples."""
        return self.of(np.arange(len(self._data)))

    def drawn(self, labels: NDArray[np.int64], classes: Tensor, many: int, step: int) -> tuple[Tensor, Tensor]:
        """Those of `many` examples of each of `classes`, drawn anew every step; `labels`: of the whole data set."""
        random = np.random.default_rng(step)
        members = [np.flatnonzero(labels == one) for one in set(classes.tolist())]
        return self.of(np.concatenate([random.choice(rows, min(many, len(rows)), replace=False) for rows in members]))

    def of(self, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Those of the examples at `rows`."""
        parts = [self._run(rows[start : start + self._rows]) for start in range(0, len(rows), self._rows)]
        features, classes = zip(*parts, strict=True)
        return torch.cat(features), torch.cat(classes)

    def _run(self, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        taps = self._passes.taps
        batch = self._collate([self._data[int(row)] for row in rows])
        inputs = {name: value.to(taps.last.weight.device) for name, value in batch.items()}
        labels = inputs.pop("labels")
        with evaluating(taps.network):
            taps.network(**inputs)
        return self._passes.examples(labels)
