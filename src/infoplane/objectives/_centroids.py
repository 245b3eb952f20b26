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

    log       log g (C, d), nothing to be read where a class is not `known`
    complete  whether all classes are
    """

    sums: Tensor
    log: Tensor
    share: Tensor
    pooled: Tensor

    def __init__(self, counts: Tensor, width: int, decay: float) -> None:
        super().__init__()
        self.decay = decay
        self.complete = False
        self.pools = bool((counts < SMALL).any())
        pooled = torch.where(counts < SMALL, _POOLED / (counts.float() + _POOLED), 0.0)
        self.register_buffer("sums", torch.zeros(len(counts), width + 1))  # weighted sums of f, and of the weights
        self.register_buffer("log", torch.zeros(len(counts), width))
        self.register_buffer("share", counts.float() / counts.sum(), persistent=False)
        self.register_buffer("pooled", pooled, persistent=False)

    @property
    def known(self) -> Tensor:
        """Which classes have a centroid (C,)."""
        return self.sums[:, -1] > 0

    def set(self, log_f: Tensor, labels: Tensor) -> None:
        """Take the means of `log_f` (N, d) of all examples; classes without any stay as they are."""
        classes, width = self.sums.shape
        sums = log_f.new_zeros(classes, width)
        for start in range(0, len(labels), _BLOCK):
            rows = slice(start, start + _BLOCK)
            sums[:, :-1] += class_sums(log_f[rows].exp(), labels[rows], classes)
        sums[:, -1] = torch.bincount(labels, minlength=classes)
        self._move(sums, 1.0)

    def update(self, sums: Tensor) -> None:
        """Take in the sums (C, d + 1) of f, and the number, of the examples of one whole batch."""
        self._move(sums, 1 - self.decay)

    def _move(self, sums: Tensor, rate: float) -> None:
        """Move the classes that occur by `rate` of the way to the means of `sums`, whose last column then is 1."""
        means = (sums / sums[:, -1:].clamp(min=1)).to(self.sums.dtype)
        self.sums.lerp_(means, rate * means[:, -1:])
        self.complete = self.complete or bool(self.known.all())
        weights = self.sums[:, -1:].clamp(min=torch.finfo(self.sums.dtype).tiny)
        means = self.sums[:, :-1] / weights
        self.log.copy_(floored_log(self._pooled(means) if self.pools else means))

    def _pooled(self, means: Tensor) -> Tensor:
        """`means` (C, d), those of small classes drawn to the mean of all."""
        share = self.share * self.known
        overall = (share[:, None] * means).sum(0) / share.sum().clamp(min=torch.finfo(share.dtype).tiny)
        return torch.lerp(means, overall.expand_as(means), self.pooled[:, None])
