"""`Batch`: what a forward pass gave of some examples, which is all that an objective sees."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True)
class Others:
    """Features (k, d) and labels (k,) of the examples of a whole batch that another pass or process runs: constants."""

    features: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Batch:
    """n examples of a batch; None is what the objective did not ask for.

    logits     (m, C) of every place of an answer: one an example, of C classes, or one a token of the answer
    labels     (n,) int64: the class of every example
    targets    (m,) int64: what is right at every place; None: the labels
    owner      (m,) int64: the example that a place belongs to; None: place i is example i's
    features   (n, d): what the last linear map reads, before dropout (h_s of the CMI paper)
    states     (n, places, layers, width) that the objective's `select` names
    present    (n, places) bool: which of these places an example has; None: all
    reference  like `states`: of the network before training
    teacher    like `logits`: of a teacher
    again      like `logits`: of a second pass under other dropout
    tokens     (n, places) int64: the ids at the content's places, and `content` (n, places) bool: which there are
    others     the rest of the whole batch, for objectives in which examples meet
    count      examples in the whole batch, over all passes and processes; None: n

    Every loss is a sum over the examples in here divided by `count`, so that the losses of the parts of a batch add up
    to the loss of the batch, however it is split.
    """

    logits: Tensor
    labels: Tensor
    targets: Tensor | None = None
    owner: Tensor | None = None
    features: Tensor | None = None
    states: Tensor | None = None
    present: Tensor | None = None
    reference: Tensor | None = None
    teacher: Tensor | None = None
    again: Tensor | None = None
    tokens: Tensor | None = None
    content: Tensor | None = None
    others: Others | None = None
    count: int | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def whole(self) -> int:
        """Examples in the whole batch."""
        return len(self) if self.count is None else self.count

    @property
    def right(self) -> Tensor:
        """What is right at every place (m,)."""
        return self.labels if self.targets is None else self.targets

    @cached_property
    def _shares(self) -> Tensor | None:
        """The weight of every place in its example's mean (m,)."""
        if self.owner is None:
            return None
        return torch.bincount(self.owner, minlength=len(self)).to(self.logits.dtype).reciprocal()[self.owner]

    def over_places(self, losses: Tensor) -> Tensor:
        """The mean over the whole batch's examples of the mean over each one's places; `losses` (m,)."""
        return (losses if self._shares is None else losses * self._shares).sum() / self.whole

    def over_examples(self, losses: Tensor) -> Tensor:
        """The mean over the whole batch's examples; `losses` (n,)."""
        return losses.sum() / self.whole
