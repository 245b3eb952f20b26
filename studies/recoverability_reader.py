"""Texts as tensors, and a network in training that reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from infoplane.models import LanguageModel, Select, Watch, pad_rows

STATE = Select(layers=-1, tokens="content", reduce="mean")


@dataclass(frozen=True)
class Texts:
    """n texts of t tokens: ids (n, t), lengths (n,), which are content (n, t), mean states before training (n, d)."""

    ids: Tensor
    lengths: Tensor
    content: Tensor
    before: Tensor

    @classmethod
    def of(cls, lm: LanguageModel, texts: Sequence[str]) -> "Texts":
        """`texts` as `lm` reads them."""
        read = lm.renderer.encode(texts)
        content = [[int(place in one.content) for place in range(len(one.ids))] for one in read]
        return cls(
            pad_rows([one.ids for one in read], lm.device, fill=lm.pad),
            torch.tensor([len(one.ids) for one in read], device=lm.device),
            pad_rows(content, lm.device, fill=0).bool(),
            torch.from_numpy(lm.read(texts, STATE).array[:, 0].copy()).to(lm.device),
        )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def mask(self) -> Tensor:
        """Which tokens there are, (n, t)."""
        return torch.arange(self.ids.shape[1], device=self.ids.device) < self.lengths[:, None]

    def take(self, rows: Tensor) -> "Texts":
        """The texts at `rows`, no wider than the longest of them."""
        width = int(self.lengths[rows].max())
        return Texts(self.ids[rows, :width], self.lengths[rows], self.content[rows, :width], self.before[rows])


class Reader:
    """`network`, one of the kind of `lm`: what it says, and the mean state of the content at its last block."""

    def __init__(self, lm: LanguageModel, network: Any) -> None:
        self.network, self.decoder, self.mask_token = network, lm.kind == "decoder", lm.tokenizer.mask_token_id
        self.width, self.blocks, self.heads, self.longest = lm.width, lm.layers, lm.anatomy.heads, lm.context
        self.watch = Watch(network, STATE, decoder=self.decoder)
        self.vocabulary = int(self.watch.anatomy.config.vocab_size)

    def read(self, texts: Texts, *, said: bool = False) -> tuple[Tensor, Any]:
        """Mean states (n, d), and the output of the network, of its backbone alone unless it is to be `said`."""
        run = self.network if said else self.watch.anatomy.backbone
        with self.watch.watching():
            output = run(input_ids=texts.ids, attention_mask=texts.mask.long())
        states = self.watch.states()[:, :, 0]
        return (states * texts.content[:, :, None]).sum(1) / texts.content.sum(1, keepdim=True).clamp(min=1), output
