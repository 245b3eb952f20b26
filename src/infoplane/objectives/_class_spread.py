"""What MinCMI and MaxCMI share: the divergences of a batch from the centroids of its classes."""

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor

from infoplane._errors import InputError, one_line
from infoplane.objectives._batch import Batch
from infoplane.objectives._centroids import Centroids, Rule
from infoplane.objectives._cmi import (
    Normalisation,
    Transform,
    class_sums,
    divergences,
    example_weights,
    log_centroids,
    log_simplex,
    unbiasing,
)
from infoplane.objectives._objective import Facts, Objective
from infoplane.objectives._soft import given

DRAWN = 8  # examples a class under `class_minibatch`, as in CMIC-DL


class ClassSpread(Objective):
    """Cross-entropy with a multiple of I(X;Z|Y) of the features; the classes below say which and why.

    rules  the ways to centroids that this objective takes
    """

    rules: ClassVar[tuple[Rule, ...]]
    scale: Tensor
    sums: Tensor

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
            self.register_buffer("sums", torch.zeros(len(counts), facts.features + 2), persistent=False)

    @torch.no_grad()
    def see_all(self, features: Tensor, labels: Tensor) -> None:
        """Set the centroids to those of all training examples."""
        if self.centroids is not None:
            self.centroids.set(self._log_f(features), labels)

    @torch.no_grad()
    def see_drawn(self, features: Tensor, labels: Tensor) -> None:
        """Take the drawn examples into the centroids of their classes."""
        if self.centroids is not None:
            f, counts = self._log_f(features).exp(), self._counts(labels)
            self.centroids.update(class_sums(f, labels, len(counts)).to(self.sums.dtype), counts.to(self.sums.dtype))

    @torch.no_grad()
    def step(self, reduce: Callable[[Tensor], Tensor] = lambda sums: sums) -> None:
        """Take the whole batch's sums of f, of divergences and of examples into what is kept."""
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
        """Move the running centroids by the sums (C, d + 2) of f, of divergences and of examples."""
        if self.centroids is not None:
            self.centroids.update(sums[:, :-2], sums[:, -1])

    def _spread(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The terms of I(X;Z|Y) of the examples in `batch` (n,), and of the others of the whole batch (k,)."""
        if not hasattr(self, "scale"):
            came = f"{self.name} that does not know the classes"
            raise InputError(one_line(came, "`prepare` before the first batch", "call it with the Facts of training"))
        features, labels = given(batch, "features", self.name), batch.labels
        n, others = len(labels), batch.others if self.meets else None
        log_f = self._log_f(features)
        if others is not None:
            log_f = torch.cat([log_f, self._log_f(others.features).to(log_f.dtype)])
            labels = torch.cat([labels, others.labels])
        terms = self.scale[labels] * self._divergences(log_f, labels)
        return terms[:n], terms[n:].detach()

    def _divergences(self, log_f: Tensor, labels: Tensor) -> Tensor:
        """KL(f_i || g_{y_i}) (n,) by this objective's centroids, zero where a class has none yet."""
        if self.centroids is None:
            counts = self._counts(labels)
            log_g = log_centroids(log_f.detach(), labels, len(counts))
            return unbiasing(counts)[labels] * divergences(log_f, labels, log_g)
        found = divergences(log_f, labels, self.centroids.log().to(log_f.dtype)) * self.centroids.known[labels]
        if self.training and self.watches:
            self._remember(log_f.detach(), labels, found.detach())
        return found

    def _remember(self, log_f: Tensor, labels: Tensor, found: Tensor) -> None:
        rows = torch.cat([log_f.exp(), found[:, None], torch.ones_like(found[:, None])], 1)
        self.sums += class_sums(rows, labels, len(self.sums)).to(self.sums.dtype)

    def _log_f(self, features: Tensor) -> Tensor:
        return log_simplex(features, temperature=self.temperature, transform=self.transform)

    def _counts(self, labels: Tensor) -> Tensor:
        return torch.bincount(labels, minlength=len(self.scale))
