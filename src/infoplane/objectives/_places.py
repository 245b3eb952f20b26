"""Where in a Hugging Face batch the examples of an objective are: one a text that is classified, one a token said."""

from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import Tensor

from infoplane.models import Select, select_tokens

_IGNORED = -100


@dataclass(frozen=True)
class Places:
    """m examples: `rows` (m,) of the batch, the token `columns` (m,) whose state says them, `targets` (m,)."""

    rows: Tensor
    columns: Tensor
    targets: Tensor

    def of(self, outputs: Tensor) -> Tensor:
        """Those of (n, t, ...), or of (n, ...), which are the network's choice already."""
        pooled = outputs.dim() < 3
        return outputs[self.rows] if pooled else outputs[self.rows, self.columns]


def classified(ids: Tensor, labels: Tensor, padding: int | None, *, decoder: bool) -> Places:
    """One example a text: a decoder's at its last token, an encoder's at its first."""
    rows = torch.arange(len(labels), device=labels.device)
    columns = torch.zeros_like(rows)
    if decoder and padding is not None:
        columns = (torch.arange(ids.shape[1], device=ids.device) * (ids != padding)).argmax(-1)
    elif decoder:
        columns = columns + ids.shape[1] - 1
    return Places(rows, columns, labels)


def said(labels: Tensor, *, decoder: bool) -> Places:
    """One example a token that has a label; a decoder says it one token before."""
    shift = int(decoder)
    rows, columns = (labels[:, shift:] != _IGNORED).nonzero(as_tuple=True)
    return Places(rows, columns, labels[rows, columns + shift])


def content_of(ids: Tensor, mask: Tensor, special: Collection[int], labels: Tensor) -> Tensor:
    """Which tokens (n, t) are of the text: not padding, not special and, in a row that has others, not answered."""
    special_ids = torch.tensor(sorted(special), dtype=ids.dtype, device=ids.device)
    text = mask & ~torch.isin(ids, special_ids)
    if labels.dim() < 2:
        return text
    asked = text & (labels == _IGNORED)
    return torch.where(asked.any(1, keepdim=True), asked, text)


def selected(
    states: Tensor, select: Select, places: Places, mask: Tensor, content: Tensor
) -> tuple[Tensor, Tensor | None]:
    """Of states (n, t, layers, width) those that `select` names for every example, (m, k, layers, width); which are.

    tokens "last": the one whose state says the example. Raises InputError for tokens by number or by their words.
    """
    if select.tokens == "last":
        return states[places.rows, places.columns][:, None], None
    found, present = select_tokens(states, select, content, mask)
    return found[places.rows], None if present is None else present[places.rows]
