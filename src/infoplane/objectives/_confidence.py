"""The confidence penalty: predictions of little entropy cost."""

from typing import ClassVar

from torch import Tensor

from infoplane.objectives._batch import Batch
from infoplane.objectives._objective import Objective
from infoplane.objectives._soft import log_probabilities


def prediction_entropy(logits: Tensor) -> Tensor:
    """H(p) = -sum_c p(c) log p(c) of every row (m,) of logits (m, C), in nats."""
    log_p = log_probabilities(logits)
    return -(log_p.exp() * log_p).sum(-1)


class ConfidencePenalty(Objective):
    """L = CE - w H(p), in nats: label smoothing with the divergence the other way round.

    `weight` is the paper's beta. Source: Pereyra et al. 2017, equation 3.
    """

    name: ClassVar[str] = "confidence-penalty"

    def __init__(self, weight: float = 0.1) -> None:
        super().__init__(weight)

    def forward(self, batch: Batch) -> Tensor:
        """The loss of `batch`; nothing but cross-entropy at weight 0."""
        loss = self._cross_entropy(batch)
        if not self.weight:
            return loss
        entropy = batch.over_places(prediction_entropy(batch.logits))
        self.parts["entropy"] = entropy.detach()
        return loss - self.weight * entropy
