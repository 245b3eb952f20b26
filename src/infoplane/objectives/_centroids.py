"""Centroids of classes that are kept between batches."""

from typing import Literal

import torch
from torch import Tensor, nn

from infoplane.objectives._cmi import class_sums, floored_log

Rule = Literal["ema", "inbatch", "class_minibatch", "full_pass"]

SMALL = 10  # a class with fewer examples has a poor centroid of its own
_POOLED = 5.0  # examples that the mean of all classes counts for in the centroid of a small one
_BLOCK = 4096


class Centroids(nn.Module):
    """The mean g_y (C, d) of f over the examples of every class: a running one, or one set from all examples.

    After k updates a class that was never set holds the mean of its k batch means, weighted by decay^0 ... decay^(k-1)
    and divided by the sum of these weights, so that it is unbiased from the first. A class absent from a batch stays.
    `counts` (C,): examples of every class in training; one with fewer than 10 is pooled, (n_y g_y + 5 g) / (n_y + 5), g
    the mean of all classes.
    """

    average: Tensor
    weight: Tensor
    share: Tensor
    pooled: Tensor

    def __init__(self, counts: Tensor, width: int, decay: float) -> None:
        super().__init__()
        self.decay = decay
        self.register_buffer("average", torch.zeros(len(counts), width))
        self.register_buffer("weight", torch.zeros(len(counts)))
        self.register_buffer("share", counts.float() / counts.sum(), persistent=False)
        pooled = torch.where(counts < SMALL, _POOLED / (counts.float() + _POOLED), 0.0)
        self.register_buffer("pooled", pooled, persistent=False)

    @property
    def known(self) -> Tensor:
        """Which classes have a centroid (C,)."""
        return self.weight > 0

    def set(self, log_f: Tensor, labels: Tensor) -> None:
        """Take the means of `log_f` (N, d) of all examples; classes without any stay as they are."""
        classes, width = self.average.shape
        sums = log_f.new_zeros(classes, width)
        for start in range(0, len(labels), _BLOCK):
            rows = slice(start, start + _BLOCK)
            sums += class_sums(log_f[rows].exp(), labels[rows], classes)
        counts = torch.bincount(labels, minlength=classes)
        there = counts > 0
        self.average[there] = (sums[there] / counts[there, None]).to(self.average.dtype)
        self.weight[there] = 1.0

    def update(self, sums: Tensor, counts: Tensor) -> None:
        """Take in the sums (C, d) of f, and the `counts` (C,), of the examples of one whole batch."""
        there = counts > 0
        old, new = self.decay, 1 - self.decay
        self.average[there] = old * self.average[there] + new * sums[there] / counts[there, None]
        self.weight[there] = old * self.weight[there] + new

    def log(self) -> Tensor:
        """Logarithm of g (C, d); classes not yet known hold what is never to be read."""
        means = self.average / self.weight.clamp(min=torch.finfo(self.weight.dtype).tiny)[:, None]
        share = self.share * self.known
        overall = (share[:, None] * means).sum(0) / share.sum().clamp(min=torch.finfo(share.dtype).tiny)
        return floored_log(torch.lerp(means, overall.expand_as(means), self.pooled[:, None]))
