"""A small network on white coordinates: the member of the stack that assumes no shape of the classes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from infoplane.estimators._arrays import Floats, Ints

# Steps at which the averaged weights are kept: inner folds choose among them, which is early stopping.
CHECKPOINTS = (50, 100, 200, 400, 800)
_WIDTH = 256
_BATCH = 32, 512
_BATCHES = 12
_RATE = 3e-3
_DECAY = 0.1
_AVERAGE = 0.99
_INPUTS = 128
_LEAST = 0.1
_SCALE = 1.5

Weights = tuple[Floats, Floats, Floats, Floats]


@dataclass(frozen=True, slots=True)
class Perceptron:
    """One hidden layer of 256 after each of the `kept` checkpoints, reading the columns `inputs` (q,) times `scale`."""

    inputs: Ints
    scale: Floats
    kept: tuple[Weights, ...]

    def logits(self, z: Floats) -> Floats:
        """Log-odds (checkpoints, m, K) of coordinates `z` (m, r), the prior included."""
        read = z[:, self.inputs] * self.scale
        return np.stack([np.maximum(read @ into + bias, 0) @ out + start for into, bias, out, start in self.kept])


def fit_perceptron(
    z: Floats, labels: Ints, classes: int, *, relevance: Floats, steps: tuple[int, ...], seed: int
) -> Perceptron:
    """Cross-entropy by AdamW on `z` (n, r); the weights are averaged over steps and kept after each of `steps`.

    Inputs are the 128 coordinates of highest `relevance` (r,), scaled by it, so that directions without classes in them
    cannot be learnt by heart; none is scaled below a tenth, so that classes of equal mean can be learnt.
    """
    inputs = np.argsort(-relevance, kind="stable")[:_INPUTS]
    scale = _SCALE * np.maximum(relevance[inputs], _LEAST)
    return Perceptron(inputs, scale, tuple(_trained(z[:, inputs] * scale, labels, classes, steps, seed)))


def _trained(inputs: Floats, labels: Ints, classes: int, steps: tuple[int, ...], seed: int) -> Iterator[Weights]:
    import torch

    rng = np.random.default_rng([seed, 6])
    x, y = torch.tensor(inputs, dtype=torch.float32), torch.tensor(labels)
    weights = [torch.tensor(part, dtype=torch.float32).requires_grad_() for part in _start(x.shape[1], classes, rng)]
    averaged = [part.detach().clone() for part in weights]
    optimizer = torch.optim.AdamW(weights, lr=_RATE, weight_decay=_DECAY, fused=True)
    for step, batch in enumerate(_batches(len(x), max(steps), rng), start=1):
        rows = torch.from_numpy(batch)
        hidden = torch.relu(torch.addmm(weights[1], x[rows], weights[0]))
        loss = torch.nn.functional.cross_entropy(torch.addmm(weights[3], hidden, weights[2]), y[rows])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        _follow(averaged, weights, min(_AVERAGE, step / (step + 3)))
        if step in steps:
            yield tuple(part.double().numpy() for part in averaged)  # type: ignore[misc]


def _start(width: int, classes: int, rng: np.random.Generator) -> list[Floats]:
    """Random first layer, zero last one: training begins at equal classes."""
    into = rng.normal(size=(width, _WIDTH)) / np.sqrt(max(1, width))
    return [into, rng.uniform(-0.5, 0.5, _WIDTH), np.zeros((_WIDTH, classes)), np.zeros(classes)]


def _batches(samples: int, steps: int, rng: np.random.Generator) -> Iterator[Ints]:
    """Row numbers of each step, every sample once before any comes again."""
    size = min(samples, int(np.clip(samples // _BATCHES, *_BATCH)))
    order: Ints = np.empty(0, dtype=np.int64)
    for _ in range(steps):
        if len(order) < size:
            order = rng.permutation(samples)
        yield order[:size]
        order = order[size:]


def _follow(averaged: list[Any], weights: list[Any], keep: float) -> None:
    import torch

    with torch.no_grad():
        torch._foreach_lerp_(averaged, weights, 1 - keep)
