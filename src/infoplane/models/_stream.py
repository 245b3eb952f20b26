"""Rows of unequal length that are fed to a decoder piece by piece and share what was computed once.

Rows are padded on the right and a causal network never sees padding on the right, so the first piece needs no mask and
keeps the fast attention. Later pieces stand behind the padding: then a mask hides it and positions are counted by row.
"""

import copy
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from infoplane.models._roomy import roomy_cache

if TYPE_CHECKING:
    from infoplane.models._aim import Aim


class Stream:
    """A growing cache of rows over `backbone`; every piece fed is seen by all later pieces of its row.

    `rows`: the prompt each row continues, and `past` its tokens so far, by which `aim` knows what a plan edits.
    `columns`: tokens of the longest row, padding included. `visible` (rows, columns): which are none; None while none
    is padded. `room`: how many tokens are expected after the first piece.
    """

    def __init__(
        self,
        backbone: nn.Module,
        config: Any,
        device: torch.device,
        *,
        aim: "Aim | None" = None,
        room: int = 0,
    ) -> None:
        self.backbone = backbone
        self.device = device
        self.cache = roomy_cache(config, room)
        self.aim = aim
        self.rows: list[int] = []
        self.past = [0]
        self.columns = 0
        self.visible: Tensor | None = None

    @property
    def window(self) -> int | None:
        """Tokens that the narrowest sliding layer sees; None where every layer sees all."""
        windows = [layer.sliding_window for layer in self.cache.layers if getattr(layer, "is_sliding", False)]
        return min(windows, default=None)

    def spread(self, rows: Sequence[int]) -> "Stream":
        """The prompts `rows`, which continue the only row of this stream; its cache is looked at, not copied."""
        count = len(rows)
        other = copy.copy(self)
        other.cache = copy.copy(self.cache)
        other.cache.layers = [_spread_layer(layer, count) for layer in self.cache.layers]
        other.visible = None if self.visible is None else self.visible.expand(count, -1)
        other.rows, other.past = list(rows), self.past * count
        return other

    def branch(self, aim: "Aim | None") -> "Stream":
        """The same rows once more, under `aim`; what is fed to one is not seen by the other."""
        other = copy.copy(self)
        other.cache = copy.copy(self.cache)
        other.cache.layers = [copy.copy(layer) for layer in self.cache.layers]
        other.aim = aim
        return other

    def pick(self, rows: Tensor) -> "Stream":
        """The given rows, which may repeat, with their cache."""
        other = copy.copy(self)
        other.cache = copy.copy(self.cache)
        other.cache.layers = [copy.copy(layer) for layer in self.cache.layers]
        other.cache.batch_select_indices(rows)
        other.visible = None if self.visible is None else self.visible[rows]
        chosen = rows.tolist()
        other.rows, other.past = [self.rows[row] for row in chosen], [self.past[row] for row in chosen]
        return other

    def feed(self, ids: Tensor, lengths: Sequence[int], *, keep: bool = True) -> Tensor:
        """Run `ids` (rows, tokens), of which the first `lengths` of a row count; "final" states (rows, tokens, width).

        `keep`: whether later pieces will follow.
        """
        width, before = ids.shape[1], self.columns
        steered = nullcontext() if self.aim is None else self.aim.at(self.rows, self.past, lengths, width)
        extra: dict[str, Any] = {"past_key_values": self.cache} if keep or before else {}
        if self.visible is not None or min(lengths) < width:
            extra |= self._pad(lengths, width)
        self.past = [past + own for past, own in zip(self.past, lengths, strict=True)]
        self.columns += width
        with steered:
            hidden: Tensor = self.backbone(input_ids=ids, use_cache=keep or before > 0, **extra)[0]
        return hidden

    def _pad(self, lengths: Sequence[int], width: int) -> dict[str, Tensor]:
        """Note the padding of the coming piece; mask and positions it needs, as padding stands before it."""
        columns = torch.arange(width, device=self.device)
        own = columns < torch.tensor(lengths, device=self.device)[:, None]
        if self.visible is None:
            self.visible = torch.cat([own.new_ones((len(own), self.columns)), own], 1)
            return {}
        self.visible = torch.cat([self.visible, own], 1)
        positions = torch.tensor(self.past, device=self.device)[:, None] + columns
        return {"attention_mask": self.visible, "position_ids": positions}


def _spread_layer(layer: Any, rows: int) -> Any:
    layer = copy.copy(layer)
    if layer.get_seq_length():
        layer.keys, layer.values = layer.keys.expand(rows, -1, -1, -1), layer.values.expand(rows, -1, -1, -1)
    return layer


def pad_rows(rows: Sequence[Sequence[int]], device: torch.device, *, fill: int | None = None) -> Tensor:
    """Rows padded on the right to (rows, longest), with `fill` or with the last token of the row."""
    width = max(map(len, rows))
    filled = [[*row, *([row[-1] if fill is None else fill] * (width - len(row)))] for row in rows]
    return torch.tensor(filled, dtype=torch.long, device=device)
