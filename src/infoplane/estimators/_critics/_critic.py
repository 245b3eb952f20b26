"""Neural critics that start at the Gaussian log-ratio and learn what it misses, those of all folds side by side.

T(x, y) = sum_k log N(u_k, v_k) / (N(u_k) N(v_k)) + f(x) . g(y) + a(x) + b(y), with (f, a) and (g, b) two small networks
whose sum starts near 0. T separates, so a batch of B pairs gives its B^2 values for 2 B passes through a network.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Self

import numpy as np

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._critics._bounds import Bound, objective_terms
from infoplane.estimators._critics._critic_inputs import Inputs

if TYPE_CHECKING:
    from torch import Generator, Tensor

_WIDTH, _DEPTH, _RANK = 64, 3, 16
# The last layer of g starts small and that of f does not: their product is near 0, and both have gradients.
_START = 0.1
# Training is at most 600 steps, fewer for few samples, and pauses at these shares of it to be judged.
_MOST_STEPS, _STEPS_PER_ROOT = 600, 8
_PAUSES = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
_RATE, _DECAY, _AVERAGE = 4e-3, 1e-2, 0.98
# Correlations closer to 1 than this are rounding.
_DEPENDENT = 1e-12


@dataclass(frozen=True, slots=True)
class Critics:
    """M critics: `towers` hold for each side its layers' weights (M, a, b) and offsets (M, 1, b) in turn.

    `x` (M, n, p), `y` (M, n, q), `u`, `v` (M, n, r): what each critic reads of all samples. `pairs`: product (M, 1, r),
    square (M, r, 1) and constant (M, 1, 1) of the Gaussian log-ratio, product u v - square (u^2 + v^2) + constant.
    """

    towers: tuple[list["Tensor"], list["Tensor"]]
    x: "Tensor"
    y: "Tensor"
    u: "Tensor"
    v: "Tensor"
    pairs: tuple["Tensor", "Tensor", "Tensor"]

    @classmethod
    def start(cls, inputs: Sequence[Inputs], seed: int) -> Self:
        """Critics for the training sets of `inputs`, before any training."""
        import torch

        chance = torch.Generator().manual_seed(seed)
        x, y, u, v = (_padded([getattr(item, side) for item in inputs]) for side in ("x", "y", "u", "v"))
        rho = _padded([item.rho[None] for item in inputs])
        rest = (1 - rho**2).clamp_min(_DEPENDENT)
        constant = -0.5 * rest.log().sum(2, keepdim=True)
        pairs = (rho / rest).float(), (rho**2 / (2 * rest)).mT.float(), constant.float()
        towers = _tower(len(x), x.shape[2], 1.0, chance), _tower(len(y), y.shape[2], _START, chance)
        return cls(towers, x.float(), y.float(), u.float(), v.float(), pairs)

    @property
    def weights(self) -> list["Tensor"]:
        """Everything that is trained."""
        return [*self.towers[0], *self.towers[1]]

    def one(self, model: int) -> Self:
        """The critic number `model` alone."""
        keep = slice(model, model + 1)
        first, second = ([part[keep] for part in tower] for tower in self.towers)
        product, square, constant = (part[keep] for part in self.pairs)
        pairs = product, square, constant
        return type(self)((first, second), self.x[keep], self.y[keep], self.u[keep], self.v[keep], pairs)

    def base(self, rows: "Tensor") -> "Tensor":
        """Gaussian log-ratios (M, B, B) of the samples `rows` (M, B) of each critic, all x with all y."""
        u, v = (_taken(side, rows) for side in (self.u, self.v))
        product, square, constant = self.pairs
        return (u * product) @ v.mT - u**2 @ square - (v**2 @ square).mT + constant

    def values(self, rows: "Tensor") -> "Tensor":
        """T (M, B, B) of the samples `rows` (M, B) of each critic, all x with all y."""
        f, g = _passed(self.towers[0], _taken(self.x, rows)), _passed(self.towers[1], _taken(self.y, rows))
        product = f[..., :-1] @ g[..., :-1].mT / math.sqrt(_RANK)
        return self.base(rows) + product + f[..., -1:] + g[..., -1:].mT


def pauses(samples: int) -> Ints:
    """Steps after which training on `samples` of all folds is judged; the last one ends it."""
    most = min(_MOST_STEPS, _STEPS_PER_ROOT * math.sqrt(samples))
    return np.ceil(most * np.array(_PAUSES)).astype(np.int64)


def trained(critics: Critics, train: Sequence[Ints], bound: Bound, batch: int, seed: int) -> Iterator[None]:
    """Train for `bound` on batches of the rows `train` of each critic, giving way at each of `pauses`.

    AdamW on one cycle of the rate. Whenever it gives way, `critics` holds the running average of the weights.
    """
    import torch

    averaged = critics.weights
    weights = [part.clone().requires_grad_() for part in averaged]
    half = len(critics.towers[0])
    learner = replace(critics, towers=(weights[:half], weights[half:]))
    steps = pauses(critics.x.shape[1])
    optimizer = torch.optim.AdamW(weights, lr=_RATE, weight_decay=_DECAY, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=int(steps[-1]), pct_start=0.1)
    for step, rows in enumerate(_batches(train, batch, int(steps[-1]), seed), start=1):
        loss = -objective_terms(bound, learner.values(rows)).mean(1).sum()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        with torch.no_grad():
            torch._foreach_lerp_(averaged, weights, 1 - min(_AVERAGE, step / (step + 9)))
        if step in steps:
            yield


def _batches(train: Sequence[Ints], batch: int, steps: int, seed: int) -> Iterator["Tensor"]:
    """Rows (M, B) of each step, B = `batch` or half of the smallest training set; each row once before any again."""
    import torch

    rng = np.random.default_rng([seed, 8])
    size = min(batch, min(map(len, train)) // 2)
    rounds = min(map(len, train)) // size
    for step in range(steps):
        if step % rounds == 0:
            order = np.stack([rng.permutation(rows)[: rounds * size] for rows in train])
        start = step % rounds * size
        yield torch.from_numpy(order[:, start : start + size])


def _tower(models: int, width: int, last: float, chance: "Generator") -> list["Tensor"]:
    """Weights and offsets of `_DEPTH` hidden layers and one of `_RANK` + 1 outputs, `models` times."""
    import torch

    sizes = [width, *[_WIDTH] * _DEPTH, _RANK + 1]
    layers = []
    for place, (entering, leaving) in enumerate(pairwise(sizes)):
        scale = (last if place == _DEPTH else 1.0) / math.sqrt(max(1, entering))
        layers += [torch.randn(models, entering, leaving, generator=chance) * scale, torch.zeros(models, 1, leaving)]
    return layers


def _passed(tower: list["Tensor"], x: "Tensor") -> "Tensor":
    import torch

    *hidden, last, offset = tower
    for weight, shift in zip(hidden[::2], hidden[1::2], strict=True):
        x = torch.nn.functional.silu(torch.baddbmm(shift, x, weight))
    return torch.baddbmm(offset, x, last)


def _taken(side: "Tensor", rows: "Tensor") -> "Tensor":
    """Rows (M, B, width) of `side` (M, n, width)."""
    import torch

    return side[torch.arange(len(side))[:, None], rows]


def _padded(parts: Sequence[Floats]) -> "Tensor":
    """(M, n, w) from matrices (n, w_m), narrower ones filled with 0."""
    import torch

    width = max(part.shape[1] for part in parts)
    return torch.from_numpy(np.stack([np.pad(part, ((0, 0), (0, width - part.shape[1]))) for part in parts]))
