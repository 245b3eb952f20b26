"""The logit lens: what a layer would say if it were the last (final norm, then the unembedding)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane.models._select import Layer

if TYPE_CHECKING:
    from infoplane.models._language_model import LanguageModel

_ROWS = 1024


def lens(
    model: "LanguageModel", states: NDArray[np.float32], token_ids: Sequence[int], layers: Sequence[Layer] | None
) -> NDArray[np.float32]:
    """float32 logits (n, layers, tokens); see `LanguageModel.lens`."""
    model.require_head("a logit lens", norm=True)
    states = np.asarray(states, np.float32)
    if states.ndim != 3 or states.shape[-1] != model.width:
        raise InputError(one_line(f"states {states.shape}", f"(n, layers, {model.width})", "pass residual states"))
    anatomy, device = model.anatomy, model.device
    final = [layer == "final" for layer in layers] if layers is not None else [False] * states.shape[1]
    tokens = torch.tensor(list(token_ids), device=device)
    logits = np.empty((*states.shape[:2], len(tokens)), np.float32)
    dtype = next(anatomy.backbone.parameters()).dtype
    with model.running():
        for start in range(0, len(states), _ROWS):
            part = torch.as_tensor(states[start : start + _ROWS]).to(device, dtype)
            for at, normed in enumerate(final):
                state = part[:, at] if normed or anatomy.norm is None else anatomy.norm(part[:, at])
                logits[start : start + _ROWS, at] = anatomy.logits(state, tokens).cpu().numpy()
    return logits
