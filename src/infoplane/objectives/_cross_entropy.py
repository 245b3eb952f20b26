"""Cross-entropy alone."""

from typing import ClassVar

from torch import Tensor

from infoplane._errors import InputError, one_line
from infoplane.objectives._batch import Batch
from infoplane.objectives._objective import Objective


class CrossEntropy(Objective):
    """L = -(1/n) sum_i log p(y_i | x_i), in nats; an answer of several tokens counts with their mean.

    Raises InputError for a weight other than 0: there is nothing to weigh.
    """

    name: ClassVar[str] = "cross-entropy"

    def __init__(self, weight: float = 0.0) -> None:
        super().__init__(weight)
        if weight:
            came = f"weight {weight} of {self.name}"
            raise InputError(one_line(came, "an objective that adds something to weigh", "name one, as min-cmi"))

    def forward(self, batch: Batch) -> Tensor:
        """The loss of `batch`."""
        return self._cross_entropy(batch)
