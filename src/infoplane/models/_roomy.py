"""A key-value cache with room behind its tokens, so that a step writes one token and copies none.

The library's own cache joins what it holds and the new token at every step and layer: behind prompts of a few hundred
tokens that moves as much memory as the weights take.
"""

from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

# Most tokens for which room is kept at once, and numbers a layer below which joining costs less than slices of buffers.
_MOST = 64
_SMALL = 2**18


class RoomyLayer(DynamicLayer):  # type: ignore[misc]
    """Keys and values (rows, heads, tokens, width) of one layer, at the beginning of buffers with `room` more tokens.

    A copy never owns the buffers and takes new ones when it is written to, so that of two streams that continue the
    same tokens neither writes over the other.
    """

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room
        self._buffers: tuple[Tensor, Tensor] | None = None

    def __copy__(self) -> "RoomyLayer":
        other = RoomyLayer(self.room)
        other.__dict__ |= self.__dict__ | {"_buffers": None}
        return other

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """Put tokens behind those held; gives all of them, as views of the buffers."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self.keys, self.values = key_states[:, :, :0], value_states[:, :, :0]
        past = self.keys.shape[2]
        total = past + key_states.shape[2]
        if self._buffers is None and key_states[:, :, :1].numel() * total < _SMALL:
            self.keys = torch.cat([self.keys, key_states], 2)
            self.values = torch.cat([self.values, value_states], 2)
            return self.keys, self.values
        if self._buffers is None or self._buffers[0].shape[2] < total:
            self._buffers = self._moved(self.keys, total), self._moved(self.values, total)
        keys, values = self._buffers
        keys[:, :, past:total], values[:, :, past:total] = key_states, value_states
        self.keys, self.values = keys[:, :, :total], values[:, :, :total]
        return self.keys, self.values

    def batch_select_indices(self, indices: Tensor) -> None:
        """Keep these rows, which may repeat."""
        self._buffers = None
        super().batch_select_indices(indices)

    def _moved(self, held: Tensor, total: int) -> Tensor:
        """`held` at the beginning of a buffer for `total` tokens and the room."""
        rows, heads, past, width = held.shape
        buffer = held.new_empty((rows, heads, total + self.room, width))
        buffer[:, :, :past] = held
        return buffer


def roomy_cache(config: Any, room: int) -> DynamicCache:
    """The cache that `config` asks for; its layers that see every token have room for about `room` more.

    Layers of other kinds, sliding windows among them, stay the library's own.
    """
    cache = DynamicCache(config=config)
    cache.layers = [RoomyLayer(min(room, _MOST)) if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache
