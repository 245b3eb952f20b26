"""Which tokens of a forward a selection means when a model is steered.

In a prompt of N tokens position N - 1 emits token 1 and position N + t - 2 token t: what is edited follows from where a
token stands in its row, so that padding, caching, batch and order of rows never change it.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from infoplane._errors import InputError, one_line
from infoplane.models._render import Encoded
from infoplane.models._select import Select

# Rows of a batch and the column of each that is edited; None for none, EVERY for the only column of all rows.
Place = tuple[Tensor, Tensor] | None
EVERY: Place = (torch.empty(0), torch.empty(0))


def edited_tokens(select: Select, prompt: Encoded) -> NDArray[np.int64]:
    """Rising positions of the prompt's tokens that are edited."""
    last = len(prompt.ids) - 1
    named = prompt.tokens(select) if select.has_step(0) else np.empty(0, np.int64)
    emits = [last] if select.has_step(1) else []
    positions = np.union1d(named, np.array(emits, np.int64))
    return positions[positions <= last]


def place_in_rows(
    select: Select,
    prompts: Sequence[NDArray[np.int64]],
    sizes: Sequence[int],
    starts: Sequence[int],
    lengths: Sequence[int],
    width: int,
    device: torch.device,
) -> Place:
    """The place in a forward of rows that are told apart, padded on the right to `width`.

    A row holds `lengths` tokens from position `starts` of a prompt of `sizes` tokens, of which `prompts` are edited.
    """
    if width == 1 and all(start >= size for start, size in zip(starts, sizes, strict=True)):
        told = {emits(select, start - size + 2) for start, size in zip(starts, sizes, strict=True)}
        if len(told) == 1:
            return EVERY if told.pop() else None
    rows: list[int] = []
    columns: list[int] = []
    for row, (chosen, size, start, length) in enumerate(zip(prompts, sizes, starts, lengths, strict=True)):
        own = [int(token) - start for token in chosen if start <= token < start + length]
        later = range(max(start, size), start + length)
        own += [token - start for token in later if emits(select, token - size + 2)]
        rows += [row] * len(own)
        columns += own
    if width == 1 and len(rows) == len(starts):
        return EVERY
    return (torch.tensor(rows, device=device), torch.tensor(columns, device=device)) if rows else None


def place_by_position(select: Select, positions: Tensor, sizes: Tensor) -> Place:
    """The place in a forward of tokens at `positions` (rows, columns) of rows whose first `sizes` are the prompt.

    Padding has negative positions. Raises InputError where the tokens meant are not known by their numbers.
    """
    mask = _meant(select, positions, sizes) & (positions >= 0)
    if mask.shape[1] == 1 and bool(mask.all()):
        return EVERY
    rows, columns = mask.nonzero(as_tuple=True)
    return (rows, columns) if len(rows) else None


def _meant(select: Select, positions: Tensor, sizes: Tensor) -> Tensor:
    steps = positions - sizes[:, None] + 2
    chosen = torch.zeros_like(steps, dtype=torch.bool)
    for step in set(steps.flatten().tolist()):
        if step >= 1 and select.has_step(step):
            chosen |= steps == step
    prompt = steps <= 1
    if not select.has_step(0) or not bool(prompt.any()):
        return chosen
    if select.tokens == "last":
        return chosen | (steps == 1)
    if select.tokens == "all":
        return chosen | prompt
    if select.tokens == "content" or select.span is not None:
        came = f"{select} in a forward of the network itself"
        raise InputError(one_line(came, "tokens=last, all or numbers", "use lm.generate, which knows the content"))
    for row, size in enumerate(sizes.tolist()):
        named = torch.tensor(select.resolve_positions(size), device=positions.device)
        chosen[row] |= torch.isin(positions[row], named)
    return chosen


def emits(select: Select, step: int) -> bool:
    """Whether a token of the answer, which emits token `step`, is edited."""
    return step >= 2 and select.has_step(step)
