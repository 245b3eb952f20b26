"""What MinCMI and MaxCMI share: the divergences of a batch from the centroids of its classes."""

from collections.abc import Callable
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import log_softmax

from infoplane._errors import InputError, one_line
from infoplane.objectives._batch import Batch
from infoplane.objectives._centroids import Centroids, Rule
from infoplane.objectives._checks import given
from infoplane.objectives._cmi import (
    Normalisation,
    Transform,
    class_sums,
    divergence,
    example_weights,
    log_centroids,
    log_simplex,
    logits_of,
    unbiasing,
)
from infoplane.objectives._objective import Facts, Objective

DRAWN = 8  # examples a class under `class_minibatch`, as in CMIC-DL


class Measured(NamedTuple):
    """Log g (C, d) of every class, and what a divergence from it counts (C,); None: 1."""

    log_g: Tensor
    factors: Tensor | None

    def divergences(self, logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """KL(f || g_y) (n,), and f (n, d)."""
        return divergence(logits, self.log_g[labels].to(logits.dtype))

    def weighed(self, kl: Tensor, labels: Tensor) -> Tensor:
        """Divergences (n,) as they count."""
        return kl if self.factors is None else self.factors[labels] * kl


class ClassSpread(Objective):
    """Cross-entropy with a multiple of I(X;Z|Y) of the features; the classes below say which and why.

    rules  the ways to centroids that this objective takes
    """

    rules: ClassVar[tuple[Rule, ...]]
    scale: Tensor
    sums: Tensor
    classes: Tensor

    def __init__(
        self,
        weight: float,
        centroids: Rule,
        normalisation: Normalisation,
        temperature: float,
        transform: Transform,
        decay: float,
    ) -> None:
        super().__init__(weight)
        if centroids not in self.rules:
            came = f"centroids {centroids!r} of {self.name}"
            raise InputError(one_line(came, f"one of {', '.join(self.rules)}", "use one of these"))
        if not 0 <= decay < 1:
            raise InputError(one_line(f"decay {decay} of {self.name}", "0 or more, below 1", "use for example 0.99"))
        log_simplex(torch.zeros(1, 1), temperature=temperature, transform=transform)
        example_weights(torch.ones(1), normalisation)
        self.rule: Rule = centroids
        self.normalisation: Normalisation = normalisation
        self.temperature, self.transform, self.decay = float(temperature), transform, float(decay)
        self.centroids: Centroids | None = None

    @property
    def needs(self) -> frozenset[str]:
        """The features."""
        return frozenset({"features"} if self.weight else ())

    @property
    def meets(self) -> bool:
        """Whether the centroids are those of the batch."""
        return self.weight > 0 and self.rule == "inbatch"

    @property
    def drawn(self) -> int:
        """Examples drawn of every class for its centroid."""
        return DRAWN if self.weight and self.rule == "class_minibatch" else 0

    @property
    def fewest(self) -> int:
        """Two of a class under in-batch centroids: one alone is its own centroid."""
        return 2 if self.weight and self.rule == "inbatch" else 1

    def prepare(self, facts: Facts) -> None:
        """Make the centroids, of which none is known yet; InputError for a class that has too few examples."""
        counts = torch.tensor(facts.class_counts)
        if self.fewest > 1:
            unbiasing(counts)
        scale = example_weights(counts.float(), self.normalisation)
        self.register_buffer(
            "scale", scale if self.normalisation == "paper" else scale * counts.sum(), persistent=False
        )
        if self.rule != "inbatch":
            self.centroids = Centroids(counts, facts.features, self.decay)
        if self.watches:
            self.register_buffer("classes", torch.eye(len(counts)), persistent=False)
            self.register_buffer("sums", torch.zeros(len(counts), facts.features + 2), persistent=False)

    @torch.no_grad()
    def see_all(self, features: Tensor, labels: Tensor) -> None:
        """Set the centroids to those of all training examples."""
        if self.centroids is not None:
            self.centroids.set(log_softmax(self._logits(features), -1), labels)

    @torch.no_grad()
    def see_drawn(self, features: Tensor, labels: Tensor) -> None:
        """Take the drawn examples into the centroids of their classes."""
        if self.centroids is not None:
            f = torch.softmax(self._logits(features), -1)
            self.centroids.update(class_sums(torch.cat([f, torch.ones_like(f[:, :1])], 1), labels, len(self.scale)))

    @torch.no_grad()
    def step(self, reduce: Callable[[Tensor], Tensor] = lambda sums: sums) -> None:
        """Take the sums over the whole batch into what is kept."""
        if self.watches:
            self._take(reduce(self.sums))
            self.sums.zero_()

    @property
    def watches(self) -> bool:
        """Whether sums over the classes of a batch are kept for `step`."""
        return self.weight > 0 and self.rule == "ema"

    def settings(self) -> dict[str, object]:
        """What run.json says of it."""
        kept = {"centroids": self.rule, "normalisation": self.normalisation, "temperature": self.temperature}
        return {**super().settings(), **kept, "transform": self.transform, "decay": self.decay}

    def _take(self, sums: Tensor) -> None:
        """Move the running centroids by the sums (C, d + 2) of f, of examples and of divergences."""
        if self.centroids is not None:
            self.centroids.update(sums[:, :-1])

    def _spread(self, batch: Batch) -> tuple[Tensor, Measured]:
        """The terms of I(X;Z|Y) of the examples in `batch` (n,), and what they were measured by."""
        if not hasattr(self, "scale"):
            came = f"{self.name} that does not know the classes"
            raise InputError(one_line(came, "`prepare` before the first batch", "call it with the Facts of training"))
        logits = self._logits(given(batch, "features", self.name))
        kept = self.centroids
        by = self._of_batch(logits.detach(), batch) if kept is None else self._kept(kept)
        kl, f = by.divergences(logits, batch.labels)
        if self.training and self.watches:
            self._remember(f, kl.detach(), batch.labels)
        return by.weighed(kl, batch.labels), by

    def _kept(self, centroids: Centroids) -> Measured:
        """By the centroids that are kept; a class that has none yet counts nothing."""
        if centroids.complete:
            return Measured(centroids.log, None if self.normalisation == "empirical" else self.scale)
        return Measured(centroids.log, self.scale * centroids.known)

    def _of_batch(self, logits: Tensor, batch: Batch) -> Measured:
        """By the centroids of the whole batch, which no gradient has to reach: they minimise what is measured."""
        labels = batch.labels
        if batch.others is not None:
            logits = torch.cat([logits, self._logits(batch.others.features).to(logits.dtype)])
            labels = torch.cat([labels, batch.others.labels])
        factors = self.scale * unbiasing(torch.bincount(labels, minlength=len(self.scale)))
        return Measured(log_centroids(log_softmax(logits, -1), labels, len(factors)), factors)

    def _remember(self, f: Tensor, kl: Tensor, labels: Tensor) -> None:
        """Add f, the number of examples, and the divergence, of every class."""
        rows = torch.cat([f, torch.stack([torch.ones_like(kl), kl], 1)], 1)
        # a product, as sums over an index differ from run to run on some devices
        self.sums.addmm_(self.classes[labels].T, rows.to(self.sums.dtype))

    def _logits(self, features: Tensor) -> Tensor:
        return logits_of(features, self.temperature, self.transform)
