"""MaxCMI: features of a class are driven apart, for a teacher that tells its student more than the class."""

import math
from typing import ClassVar

import torch
from torch import Tensor

from infoplane._errors import InputError, one_line
from infoplane.objectives._batch import Batch
from infoplane.objectives._centroids import Rule
from infoplane.objectives._class_spread import ClassSpread, Measured
from infoplane.objectives._cmi import Normalisation, Transform
from infoplane.objectives._drift import Drift
from infoplane.objectives._objective import Facts, Refresh

_STEPS = 100  # centroids older than this are made again


class MaxCMI(ClassSpread):
    """L = CE - w min(I(X;Z|Y), cap) (equation 16 of the CMI paper, bounded), in nats.

    weight         lambda, in units of `normalisation`; `normalisation`, `temperature` and `transform` as in MinCMI
    centroids      `inbatch` those of the whole batch, with m / (m - 1), at least two examples of each of its classes;
                   `full_pass` those of all examples, made again every 100 steps. Running means are refused: KL to old
                   centroids is I(X;Z|Y) and the way to them, and going further away would count as a gain
    cap            in nats: nothing is gained above it, in the whole batch; None: half of log d, the most there can be

    With `full_pass` the part of the divergence that is distance from the centroids is followed (`Drift`). Above a tenth
    of I(X;Z|Y), `refresh` asks for new ones at once, and until they come the loss is cross-entropy. Examples meet, in
    the centroids or under the cap: the gradient is that of the whole batch where the batch gives `others`, and of the
    part alone where it does not.
    """

    name: ClassVar[str] = "max-cmi"
    rules: ClassVar[tuple[Rule, ...]] = ("inbatch", "full_pass")

    def __init__(
        self,
        weight: float = 0.2,
        centroids: Rule = "inbatch",
        normalisation: Normalisation = "empirical",
        temperature: float = 1.0,
        transform: Transform = "softmax",
        cap: float | None = None,
    ) -> None:
        super().__init__(weight, centroids, normalisation, temperature, transform, decay=0.0)
        if cap is not None and not cap > 0:
            raise InputError(one_line(f"cap {cap} of {self.name}", "nats above 0", "leave it out for half of log d"))
        self.cap = cap
        self.most = math.inf if cap is None else float(cap)
        self.drift: Drift | None = None

    def prepare(self, facts: Facts) -> None:
        """Make the centroids, of which none is known yet, and the cap."""
        super().prepare(facts)
        if self.cap is None:
            self.most = math.log(facts.features) / 2
        self.drift = Drift(len(facts.class_counts), facts.features) if self.watches else None

    @property
    def meets(self) -> bool:
        """Always: the cap is on the whole batch."""
        return self.weight > 0

    @property
    def watches(self) -> bool:
        """Whether the distance from the centroids is followed."""
        return self.weight > 0 and self.rule == "full_pass"

    @property
    def stale(self) -> bool:
        """Whether the centroids are too far from the features."""
        return self.drift is not None and bool(self.drift.stale)

    @property
    def refresh(self) -> Refresh:
        """Every 100 steps, or at the next one where the centroids are stale."""
        if not self.watches:
            return "never"
        return 1 if self.stale else _STEPS

    def see_all(self, features: Tensor, labels: Tensor) -> None:
        """Set the centroids to those of all training examples, with no distance from them."""
        super().see_all(features, labels)
        if self.drift is not None:
            self.drift.clear()

    def forward(self, batch: Batch) -> Tensor:
        """The loss of `batch`; nothing but cross-entropy at weight 0 and where the centroids are stale."""
        loss = self._cross_entropy(batch)
        if not self.weight:
            return loss
        own, by = self._spread(batch)
        cmi = batch.over_examples(own)
        self.parts["cmi"] = cmi.detach()
        if self.stale:
            return loss
        whole = cmi.detach() + self._of_others(batch, by)
        return loss - self.weight * cmi * (whole < self.most)

    def settings(self) -> dict[str, object]:
        """What run.json says of it."""
        kept = {name: value for name, value in super().settings().items() if name != "decay"}
        return {**kept, "cap": self.cap}

    def _of_others(self, batch: Batch, by: Measured) -> Tensor:
        """What the others of the whole batch add to its I(X;Z|Y)."""
        if batch.others is None:
            return torch.zeros((), device=batch.labels.device)
        labels = batch.others.labels
        return by.weighed(by.divergences(self._logits(batch.others.features), labels)[0], labels).sum() / batch.whole

    def _take(self, sums: Tensor) -> None:
        """Follow how far the classes are from their centroids."""
        if self.drift is not None and self.centroids is not None:
            self.drift.take(sums, self.centroids)
