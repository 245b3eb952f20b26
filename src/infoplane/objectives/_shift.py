"""How far the states of a label have moved since before training, as a running mean."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


class RunningShift(nn.Module):
    """Running mean (C, layers, width) of h - h_ref over the places and examples of every class, 0 at first.

    After a batch it is decay * mean + (1 - decay) * that of the batch; a class absent from a batch stays.
    """

    mean: Tensor
    sums: Tensor
    counts: Tensor

    def __init__(self, classes: int, layers: int, width: int, *, decay: float) -> None:
        super().__init__()
        self.decay = decay
        self.register_buffer("mean", torch.zeros(classes, layers, width))
        self.register_buffer("sums", torch.zeros(classes, layers, width), persistent=False)
        self.register_buffer("counts", torch.zeros(classes), persistent=False)

    def take(self, moved: Tensor, present: Tensor | None, labels: Tensor) -> None:
        """Remember how far states (n, places, layers, width) have `moved`, until the next step."""
        there = moved.new_ones(moved.shape[:2]) if present is None else present.to(moved.dtype)
        share = there / there.sum(1, keepdim=True).clamp(min=1)
        self.sums.index_add_(0, labels, torch.einsum("np,nplw->nlw", share, moved))
        self.counts.index_add_(0, labels, torch.ones_like(labels, dtype=self.counts.dtype))

    def step(self, reduce: Callable[[Tensor], Tensor]) -> None:
        """Move the mean towards the whole batch's; `reduce` sums over all processes."""
        sums, counts = reduce(self.sums), reduce(self.counts)
        there = counts > 0
        self.mean[there] = torch.lerp(sums[there] / counts[there, None, None], self.mean[there], self.decay)
        self.sums.zero_()
        self.counts.zero_()
