"""Gradient descent as both embedded models run it: AdamW, a short warmup, a cosine, clipped gradients."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

CONTEXT = 512


@dataclass(frozen=True, slots=True)
class Dials:
    """What decides a training beside its loss; `steps` is the one to turn."""

    steps: int
    short_documents: int  # a step
    learning_rate: float
    warmup: float
    weight_decay: float
    width: int
    blocks: int
    heads: int
    hidden: int
    seed: int


def fit(network: torch.nn.Module, dials: Dials, step: Callable[[], float]) -> None:
    """Train `network`; `step` leaves the gradients of a fresh batch in it and returns the loss."""
    optimizer = torch.optim.AdamW(
        network.parameters(), dials.learning_rate, (0.9, 0.98), weight_decay=dials.weight_decay, fused=True
    )
    schedule = _schedule(optimizer, dials)
    losses = []
    for number in range(1, dials.steps + 1):
        losses.append(step())
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if number % 100 == 0:
            print(f"step {number:5d}  loss {sum(losses[-100:]) / 100:.3f}", flush=True)


def _schedule(optimizer: torch.optim.Optimizer, dials: Dials) -> torch.optim.lr_scheduler.LRScheduler:
    warm = round(dials.warmup * dials.steps)
    rise = torch.optim.lr_scheduler.LinearLR(optimizer, 0.02, total_iters=warm)
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, dials.steps - warm, 0.02 * dials.learning_rate)
    return torch.optim.lr_scheduler.SequentialLR(optimizer, [rise, fall], [warm])
