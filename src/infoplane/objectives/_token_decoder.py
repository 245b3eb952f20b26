"""Reads the token of every slot from the state of a whole text."""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm

from infoplane.objectives._vocabulary_loss import linear_cross_entropy

_PLACE, _BOTTLENECK = 64, 256  # widths (choice C4)


class TokenDecoder(nn.Module):
    """q(t | E, j) = softmax over tokens of U W [LN(E); p_j], with p_j learnt for every slot j and a bottleneck of 256.

    Linear in the state but for its normalisation: what it reads is there to be read. Source: choice C4(a).

    width       of the state E      vocabulary  tokens      slots  positions j of a text, the others are not asked for
    """

    def __init__(self, width: int, vocabulary: int, slots: int, seed: int = 0) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(seed)
        narrow = min(_BOTTLENECK, width + _PLACE)
        self.slots = slots
        self.places = nn.Parameter(torch.randn(slots, _PLACE, generator=random))
        self.reading = nn.Parameter(_scaled(narrow, width, random))
        self.placing = nn.Parameter(_scaled(narrow, _PLACE, random))
        self.tokens = nn.Parameter(_scaled(vocabulary, narrow, random))

    def asked(self, content: Tensor) -> tuple[Tensor, Tensor]:
        """Slot of every token (n, places), counted over the content from 0, and which of them are asked for."""
        slot = content.long().cumsum(1) - 1
        return slot, content & (slot < self.slots)

    def loss(self, states: Tensor, tokens: Tensor, content: Tensor) -> Tensor:
        """Sum over texts of the mean over slots of -log q(t_j | E, j), in nats; texts without content count nothing.

        states (n, width), tokens (n, places) int64, content (n, places) bool. Logits of the whole vocabulary are held
        for some slots at a time, see `linear_cross_entropy`.
        """
        slot, asked = self.asked(content)
        counted = asked.to(self.tokens.dtype)
        share = counted / counted.sum(1, keepdim=True).clamp(min=1)
        row, _ = asked.nonzero(as_tuple=True)
        read = layer_norm(states.to(self.reading.dtype), states.shape[1:]) @ self.reading.T
        placed = self.places @ self.placing.T
        return linear_cross_entropy(read[row] + placed[slot[asked]], self.tokens, tokens[asked], share[asked])


def _scaled(rows: int, columns: int, random: torch.Generator) -> Tensor:
    """Normal, of unit gain."""
    return torch.randn(rows, columns, generator=random) / math.sqrt(columns)
