"""How far features have moved from centroids since these were made."""

import torch
from torch import Tensor, nn

from infoplane.objectives._centroids import Centroids
from infoplane.objectives._cmi import divergences, floored_log

_STALE = 0.1  # of I(X;Z|Y): how much of what is gained may be distance from old centroids
_MEMORY = 0.9  # a batch; of what was seen before
_ENOUGH = 16  # examples; with fewer the correction of first order leaves over 3 %


class Drift(nn.Module):
    """Follows KL(g_now || g) of every class over its last ten batches or so, g the centroids.

    The mean divergence from g of n examples is J + KL(g_now || g), with J their own I(X;Z|Y), which is too small by the
    factor 1 - 1/n. So J / (1 - 1/n) is I(X;Z|Y), and what the mean has above it is distance: zero on average where
    nothing moved, whatever the size of a batch. n: effective number, (sum of weights)^2 / sum of their squares.
    """

    recent: Tensor
    stale: Tensor

    def __init__(self, classes: int, width: int) -> None:
        super().__init__()
        self.register_buffer(
            "recent", torch.zeros(classes, width + 3)
        )  # sums of f, weights, divergences, squared weights
        self.register_buffer("stale", torch.zeros((), dtype=torch.bool))

    def clear(self) -> None:
        """Begin again, at new centroids."""
        self.recent.zero_()
        self.stale.zero_()

    def take(self, sums: Tensor, centroids: Centroids) -> None:
        """Take in the sums (C, d + 2) of f, of examples and of divergences over the classes of a batch."""
        there = sums[:, -2] > 0
        fade = torch.full_like(self.recent[0], _MEMORY)
        fade[-1] = _MEMORY**2
        self.recent[there] = self.recent[there] * fade + torch.cat([sums, sums[:, -2:-1]], 1)[there]
        distance, cmi = self.split(centroids)
        self.stale.fill_(distance > _STALE * cmi)

    def split(self, centroids: Centroids) -> tuple[Tensor, Tensor]:
        """Distance from the centroids and I(X;Z|Y), in nats times examples, over classes that can be judged."""
        known = centroids.known & (centroids.pooled == 0)
        judged = known & (self.recent[:, -3].square() >= _ENOUGH * self.recent[:, -1]) & (self.recent[:, -1] > 0)
        f, (m, divergence, squares) = self.recent[judged, :-3], self.recent[judged, -3:].unbind(1)
        log_now, rows = floored_log(f / m[:, None]), torch.arange(len(m), device=m.device)
        own = divergence - m * divergences(log_now, rows, centroids.log[judged])
        cmi = own / (1 - squares / m.square())
        return (divergence - cmi).sum(), cmi.sum()
