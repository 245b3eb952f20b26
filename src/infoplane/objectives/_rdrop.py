"""R-Drop: two passes under different dropout are to agree."""

from dataclasses import replace
from typing import ClassVar

from torch import Tensor

from infoplane.objectives._batch import Batch
from infoplane.objectives._checks import given
from infoplane.objectives._objective import Objective
from infoplane.objectives._soft import divergence, log_probabilities


def symmetric_divergence(logits: Tensor, again: Tensor) -> Tensor:
    """(KL(p || q) + KL(q || p)) / 2 of every row (m,), in nats; both logits (m, C)."""
    log_p, log_q = log_probabilities(logits), log_probabilities(again)
    return (divergence(log_p, log_q) + divergence(log_q, log_p)) / 2


class RDrop(Objective):
    """L = (CE(p) + CE(q)) / 2 + w (KL(p || q) + KL(q || p)) / 2, p and q two passes under different dropout, in nats.

    Half of equation 4 of the paper, which sums the two cross-entropies: w is half of its alpha.
    Source: Wu et al. 2021.
    """

    name: ClassVar[str] = "r-drop"

    def __init__(self, weight: float = 0.5) -> None:
        super().__init__(weight)

    @property
    def needs(self) -> frozenset[str]:
        """The logits of a second pass."""
        return frozenset({"again"} if self.weight else ())

    def forward(self, batch: Batch) -> Tensor:
        """The loss of `batch`; cross-entropy of one pass at weight 0. Raises InputError without a second pass."""
        if not self.weight:
            return self._cross_entropy(batch)
        again = given(batch, "again", self.name)
        loss = (self._cross_entropy(replace(batch, logits=again)) + self._cross_entropy(batch)) / 2
        apart = batch.over_places(symmetric_divergence(batch.logits, again))
        self.parts = {"cross_entropy": loss.detach(), "divergence": apart.detach()}
        return loss + self.weight * apart
