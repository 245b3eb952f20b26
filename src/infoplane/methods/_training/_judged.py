"""The numbers of a training: what every epoch gave, and the chosen one on examples never looked at before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import Estimate
from infoplane.measures import Options, metric_rows

if TYPE_CHECKING:
    from infoplane.tasks import Split, Task

Row = tuple[dict[str, Any], Estimate]
Ints = NDArray[np.int64]

REPORTED = "selected_on_reported"
_DRAWS = 100  # of every null


@dataclass(frozen=True)
class Judged:
    """Examples and the metrics they are judged by."""

    split: "Split"
    metrics: Sequence[str]
    names: Sequence[str]

    def labels(self) -> Ints:
        """The label of every example."""
        return self.split.labels

    def groups(self) -> Ints:
        """The group of every example."""
        return self.split.groups

    def rows(self, who: str, predicted: Ints, seed: int) -> list[Row]:
        """The metrics of the labels that `who` predicted."""
        return metric_rows("", who, predicted, self, Options(_DRAWS, seed))


def epoch_rows(task: "Task", held: "Split", epochs: Sequence[dict[str, Any]], learnt: str, seed: int) -> list[Row]:
    """The task's first metric on the held-out examples, and the losses on those `learnt`, by epoch."""
    rows: list[Row] = []
    judged = Judged(held, task.metrics[:1], task.labels)
    for epoch in epochs:
        where = {"epoch": epoch["epoch"]}
        predicted = np.array(epoch["predicted"], np.int64)
        rows += [(where | at, one) for at, one in judged.rows("fine-tuned", predicted, seed)]
        for name, value in epoch["losses"].items():
            about = Estimate(value=value, n=epoch["steps"], estimator="mean over the steps of the epoch")
            rows.append((where | {"quantity": "training_loss", "role": name, "split": learnt}, about))
    return rows


def chosen_rows(task: "Task", split: "Split", scores: NDArray[np.float64], seed: int) -> list[Row]:
    """All metrics on `split` of the epoch that was chosen."""
    metrics = tuple(dict.fromkeys((*task.metrics, "accuracy", "macro_f1")))
    return Judged(split, metrics, task.labels).rows("fine-tuned", scores.argmax(axis=1), seed)
