"""What a place says of its word when no state is known."""

import torch
from torch import Tensor

from infoplane.measures._recovery._decoder_slots import Slots

# Counts added to every type, and words at a place after which its own counts weigh as much as those of all places.
_ADDED = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
_MIXED = (10, 30, 100, 300, 1000, 3000, 10_000, 100_000)


def log_prior(train: Slots, tune: Slots, types: int, places: int) -> Tensor:
    """Log-shares r(t | j), (places, types) float32: r = (n_jt + c r_t) / (n_j + c) and r_t = (n_t + a) / (n + a V).

    Counts n of the train slots; a and c of the least cross-entropy on tune. Every type has a share above 0.
    """
    own = torch.zeros(places, types)
    own.index_put_((train.places, train.targets), torch.ones(len(train)), accumulate=True)
    counts, sizes = own.sum(0, dtype=torch.float64), own.sum(1, dtype=torch.float64)
    seen, size = own[tune.places, tune.targets].double(), sizes[tune.places]

    def overall(added: float) -> Tensor:
        return (counts + added) / (counts + added).sum()

    def cost(choice: tuple[float, int]) -> float:
        added, mixed = choice
        return -float(((seen + mixed * overall(added)[tune.targets]) / (size + mixed)).log().mean())

    added, mixed = min(((added, mixed) for added in _ADDED for mixed in _MIXED), key=cost)
    return own.add_(mixed * overall(added).float()).div_((sizes[:, None] + mixed).float()).log_()
