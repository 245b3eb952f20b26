"""Supervised contrastive learning: features of a class are to be nearer each other than those of other classes."""

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import normalize

from infoplane.objectives._batch import Batch
from infoplane.objectives._checks import above_zero, at_most_one, given
from infoplane.objectives._objective import Objective
from infoplane.objectives._soft import widened


def supervised_contrast(features: Tensor, labels: Tensor, temperature: float = 0.3) -> Tensor:
    """-(1/|P(i)|) sum_{p in P(i)} log( exp(z_i z_p / T) / sum_{a != i} exp(z_i z_a / T) ) of every example i (n,).

    features (n, d), brought to length 1 as z; labels (n,); P(i): the others of its class. An example without any counts
    nothing. In nats. Source: Khosla et al. 2020, equation 2.
    """
    z = normalize(features, dim=-1)
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    alike = (labels[:, None] == labels) & ~itself
    similarities = (z @ z.T / temperature).masked_fill(itself, -torch.inf)
    log_shares = similarities - similarities.logsumexp(-1, keepdim=True)
    return -log_shares.masked_fill(~alike, 0.0).sum(-1) / alike.sum(-1).clamp(min=1)


class SupervisedContrastive(Objective):
    """L = (1 - w) CE + w S, S the mean supervised contrast of the features of the whole batch, in nats.

    weight       the contrast's share, at most 1 (the paper's lambda)
    temperature  T, above 0

    Examples meet: the gradient is that of the whole batch where the batch gives `others`, and of the part alone where
    it does not. Source: Gunel et al. 2021, equation 1, for fine-tuning; Khosla et al. 2020.
    """

    name: ClassVar[str] = "supervised-contrastive"

    def __init__(self, weight: float = 0.9, temperature: float = 0.3) -> None:
        super().__init__(weight)
        at_most_one(weight, f"weight of {self.name}")
        self.temperature = above_zero(temperature, self.name)

    @property
    def needs(self) -> frozenset[str]:
        """The features."""
        return frozenset({"features"} if self.weight else ())

    @property
    def meets(self) -> bool:
        """Every example is compared with all others."""
        return self.weight > 0

    def forward(self, batch: Batch) -> Tensor:
        """The loss of `batch`; nothing but cross-entropy at weight 0."""
        loss = self._cross_entropy(batch)
        if not self.weight:
            return loss
        contrast = self._contrast(batch)
        self.parts["contrast"] = contrast.detach()
        return (1 - self.weight) * loss + self.weight * contrast

    def settings(self) -> dict[str, object]:
        """What run.json says of it."""
        return {**super().settings(), "temperature": self.temperature}

    def _contrast(self, batch: Batch) -> Tensor:
        """The own examples' part of the whole batch's mean, with the gradient of all of it."""
        features, labels = widened(given(batch, "features", self.name)), batch.labels
        if batch.others is not None:
            features = torch.cat([features, batch.others.features.to(features.dtype)])
            labels = torch.cat([labels, batch.others.labels])
        contrasts = supervised_contrast(features, labels, self.temperature)
        theirs = contrasts[len(batch) :].sum()
        return batch.over_examples(contrasts[: len(batch)]) + (theirs - theirs.detach()) / batch.whole
