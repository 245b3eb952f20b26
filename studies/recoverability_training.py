"""A copy of a network trained on texts alone, for one goal: the same steps, rates and batches for every goal."""

import copy
from typing import Any

import numpy as np
import torch
from recoverability_reader import Reader, Texts

from infoplane.models import LanguageModel

BATCH = 16
_RATE, _BESIDE = 5e-4, 1e-3  # highest rates: of the network, and of what a goal learns along
_WARM = 0.06


def trained(lm: LanguageModel, texts: Texts, goal: Any, steps: int, seed: int) -> LanguageModel:
    """`lm` after `steps` steps of AdamW on batches of `texts`, for a goal that `goal(reader, seed)` makes."""
    network = copy.deepcopy(lm.network).float().requires_grad_(True).train()
    reader = Reader(lm, network)
    torch.manual_seed(seed)
    one = goal(reader, seed).to(lm.device)
    matrices = [weight for weight in network.parameters() if weight.ndim > 1]
    vectors = [weight for weight in network.parameters() if weight.ndim <= 1]
    groups = [
        {"params": matrices, "highest": _RATE, "weight_decay": 0.01},
        {"params": vectors, "highest": _RATE, "weight_decay": 0.0},
        {"params": list(one.parameters()), "highest": _BESIDE, "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW([group for group in groups if group["params"]], fused=True)
    weights = [weight for group in groups for weight in group["params"]]
    random = np.random.default_rng(seed)
    order = np.concatenate([random.permutation(len(texts)) for _ in range(-(-steps * BATCH // len(texts)))])
    for step in range(steps):
        rows = torch.from_numpy(order[step * BATCH : (step + 1) * BATCH]).to(lm.device)
        one(reader, texts.take(rows)).backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        for group in optimizer.param_groups:
            group["lr"] = group["highest"] * min(
                (step + 1) / (_WARM * steps), 1, (steps - step) / ((1 - _WARM) * steps)
            )
        optimizer.step()
        optimizer.zero_grad()
    return LanguageModel(network.eval().requires_grad_(False), lm.tokenizer, name=lm.name)
