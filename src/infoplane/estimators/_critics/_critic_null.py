"""The null of a critic too costly to train again: what it says about pairs that do not belong together."""

from typing import TYPE_CHECKING

import numpy as np

from infoplane.estimators._arrays import Floats, Ints

if TYPE_CHECKING:
    from torch import Tensor

# Factors of the critic, of which each draw takes the best: one that is sure of true pairs is not held to it.
SCALES = (0.0, 0.25, 1.0)


def exchanged(values: "Tensor", places: Ints) -> tuple[Floats, Floats]:
    """For `values` T_ij (m, m) of a block: sum_i T_i,p(i) of each order p in `places` (P, m), and the normalisers.

    The normaliser of a factor b, sum_i (log mean_j exp b T_ij + log mean_j exp b T_ji) / 2, is the same for all orders.
    """
    import torch

    rows = torch.arange(len(values))
    sums = values[rows, torch.from_numpy(places)].sum(dim=1)
    both = [[torch.logsumexp(scale * values, dim).sum() for dim in (0, 1)] for scale in SCALES]
    levels = torch.tensor([(one + other) / 2 for one, other in both]) - len(values) * np.log(len(values))
    return sums.double().numpy(), levels.double().numpy()


def null_draws(sums: Floats, levels: Floats, samples: int) -> Floats:
    """InfoNCE in nats (P,) of exchanged pairs, from `sums` (F, P) and `levels` (F, B) of all folds; at least 0."""
    scaled = np.outer(sums.sum(axis=0), SCALES) - levels.sum(axis=0)
    return np.asarray(scaled.max(axis=1) / samples)
