"""Cross-entropy alone."""

from typing import ClassVar

from torch import Tensor

from infoplane.objectives._batch import Batch
from infoplane.objectives._objective import Objective


class CrossEntropy(Objective):
    """L = -(1/n) sum_i log p(y_i | x_i), in nats; an answer of several tokens counts with their mean."""

    name: ClassVar[str] = "cross-entropy"

    def forward(self, batch: Batch) -> Tensor:
        """The loss of `batch`."""
        return self._cross_entropy(batch)
