"""Centre loss: features of a class are drawn to its centre."""

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor

from infoplane.objectives._batch import Batch
from infoplane.objectives._checks import at_most_one, given
from infoplane.objectives._objective import Facts, Objective


def centre_distances(features: Tensor, labels: Tensor, centres: Tensor) -> Tensor:
    """|h - c_y|^2 / 2 of every example (n,): features (n, d), labels (n,), centres (C, d)."""
    return (features - centres[labels]).square().sum(-1) / 2


class CentreLoss(Objective):
    """L = CE + w (1/n) sum_i |h_i - c_{y_i}|^2 / 2, with a centre c of every class that follows its features.

    After a step c moves by rate * m / (1 + m) of the way to the mean of the m features of its class in the whole batch,
    and starts at that mean: a class counts from the step after it was first seen. The gradient does not reach centres.
    `weight` is the paper's lambda, `rate` its alpha. Source: Wen et al. 2016, equations 4 and 5.
    """

    name: ClassVar[str] = "centre"
    centres: Tensor
    seen: Tensor
    sums: Tensor

    def __init__(self, weight: float = 0.003, rate: float = 0.5) -> None:
        super().__init__(weight)
        at_most_one(rate, f"rate of {self.name}")
        self.rate = float(rate)

    @property
    def needs(self) -> frozenset[str]:
        """The features."""
        return frozenset({"features"} if self.weight else ())

    def prepare(self, facts: Facts) -> None:
        """Make the centres (C, d), of which none is known yet."""
        classes = len(facts.class_counts)
        self.register_buffer("centres", torch.zeros(classes, facts.features))
        self.register_buffer("seen", torch.zeros(classes, dtype=torch.bool))
        self.register_buffer("sums", torch.zeros(classes, facts.features + 1), persistent=False)

    def forward(self, batch: Batch) -> Tensor:
        """The loss of `batch`, whose features are remembered for the centres' next step while training."""
        loss = self._cross_entropy(batch)
        if not self.weight:
            return loss
        features = given(batch, "features", self.name).to(self.centres.dtype)
        if self.training:
            self._remember(features.detach(), batch.labels)
        distances = centre_distances(features, batch.labels, self.centres) * self.seen[batch.labels]
        apart = batch.over_examples(distances)
        self.parts["centre"] = apart.detach()
        return loss + self.weight * apart

    @torch.no_grad()
    def step(self, reduce: Callable[[Tensor], Tensor] = lambda sums: sums) -> None:
        """Move the centres of the classes that were in the whole batch."""
        if not self.weight:
            return
        sums = reduce(self.sums)
        counts = sums[:, -1:]
        means = sums[:, :-1] / counts.clamp(min=1)
        share = torch.where(self.seen[:, None], self.rate * counts / (1 + counts), (counts > 0).to(counts.dtype))
        self.centres += share * (means - self.centres)
        self.seen |= counts[:, 0] > 0
        self.sums.zero_()

    def settings(self) -> dict[str, object]:
        """What run.json says of it."""
        return {**super().settings(), "rate": self.rate}

    def _remember(self, features: Tensor, labels: Tensor) -> None:
        """Add every class's sum of features and number of examples."""
        self.sums.index_add_(0, labels, torch.cat([features, torch.ones_like(features[:, :1])], 1))
