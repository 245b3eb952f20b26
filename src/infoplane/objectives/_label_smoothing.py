"""Label smoothing: the right answer is a little uncertain."""

from typing import ClassVar

from torch import Tensor

from infoplane.objectives._batch import Batch
from infoplane.objectives._checks import at_most_one
from infoplane.objectives._objective import Objective
from infoplane.objectives._soft import log_probabilities


def uniform_cross_entropy(logits: Tensor) -> Tensor:
    """-(1/C) sum_c log p(c), the cross-entropy of every row (m,) of logits (m, C) under a uniform target."""
    return -log_probabilities(logits).mean(-1)


class LabelSmoothing(Objective):
    """L = (1 - w) CE + w U, U the cross-entropy under a uniform target, in nats.

    The target's probabilities are 1 - w + w/C for what is right and w/C for everything else. `weight` is the paper's
    epsilon, at most 1. Source: Szegedy et al. 2016, section 7.
    """

    name: ClassVar[str] = "label-smoothing"

    def __init__(self, weight: float = 0.1) -> None:
        super().__init__(weight)
        at_most_one(weight, f"weight of {self.name}")

    def forward(self, batch: Batch) -> Tensor:
        """The loss of `batch`; nothing but cross-entropy at weight 0."""
        loss = self._cross_entropy(batch)
        if not self.weight:
            return loss
        uniform = batch.over_places(uniform_cross_entropy(batch.logits))
        self.parts["uniform"] = uniform.detach()
        return (1 - self.weight) * loss + self.weight * uniform
