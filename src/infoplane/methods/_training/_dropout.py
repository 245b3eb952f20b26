"""Dropout of a training on the processor, its masks cut from raw bits.

torch draws the numbers of a mask one by one, which takes up to a third of a small network's step; and attention with
dropout leaves the fast path in any case, so that it may as well be written out.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from infoplane.models import without_adapters

_NAME = "infoplane_raw_dropout"
_LEVELS = 2**16


class Masks:
    """A stream of dropout masks that a seed decides."""

    def __init__(self) -> None:
        self.seed(0)

    def seed(self, seed: int) -> None:
        """Begin anew."""
        self._bits = np.random.SFC64(seed)

    def drop(self, values: Tensor, share: float) -> Tensor:
        """`values`, of which a `share`, in steps of 2^-16, is made 0 and the rest is scaled up to keep the mean."""
        dropped = round(share * _LEVELS)
        if dropped in (0, _LEVELS):
            return values if not dropped else values * 0
        raw = torch.from_numpy(self._bits.random_raw(-(-values.numel() // 4)).view(np.int16))
        kept = raw[: values.numel()].view(values.shape) >= dropped - _LEVELS // 2
        return values * kept.to(values.dtype).mul_(_LEVELS / (_LEVELS - dropped))


class RawDropout(nn.Dropout):
    """nn.Dropout by `masks`."""

    masks: Masks

    def forward(self, input: Tensor) -> Tensor:
        """Dropout in training, nothing else."""
        return self.masks.drop(input, self.p) if self.training else input


@contextmanager
def raw_dropout(network: nn.Module, masks: Masks) -> Iterator[None]:
    """Inside, the dropout of a network on the processor, in its attention too, is by `masks`; elsewhere as it was."""
    plain = without_adapters(network)
    dropouts = [module for module in network.modules() if type(module) is nn.Dropout]
    attending = [module for module in plain.modules() if getattr(module, "is_causal", None) is False]
    before = plain.config._attn_implementation
    if next(network.parameters()).device.type != "cpu":
        yield
        return
    try:
        for module in dropouts:
            module.__class__ = RawDropout
        for module in (*dropouts, *attending):
            module.masks = masks
        if attending and before == "sdpa":
            plain.set_attn_implementation(_NAME)
        yield
    finally:
        for module in dropouts:
            module.__class__ = nn.Dropout
        for module in (*dropouts, *attending):
            del module.masks
        plain.set_attn_implementation(before)


def _attend(module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Any, **how: Any) -> Any:
    """The attention of an encoder in training; any other is the library's."""
    share, masks = how.get("dropout", 0.0), getattr(module, "masks", None)
    plain = not any(how.get(name) is not None for name in ("position_bias", "softcap", "cache"))
    if not share or masks is None or not plain or key.shape[1] != query.shape[1]:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **how)
    scale = how.get("scaling") or 1 / math.sqrt(query.shape[-1])
    scores = (query * scale) @ key.transpose(-1, -2)
    if attention_mask is not None:
        scores = scores.masked_fill(~attention_mask, -math.inf)
    read = masks.drop(scores.softmax(-1), share) @ value
    return read.transpose(1, 2).contiguous(), None


AttentionInterface.register(_NAME, _attend)
AttentionMaskInterface.register(_NAME, sdpa_mask)
