"""What a decoder reads from a state: whitened coordinates, and in the family `mlp` a hidden layer beside them."""

import math
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from infoplane._errors import InputError, one_line
from infoplane.estimators import fit_whitening

Family = Literal["linear", "mlp"]

BOTTLENECK = 256
_HIDDEN = 1024
_FITTED = 20_000  # states of the train split that the coordinates are fitted on at most
_PART = 4096  # states widened to float64 at once
_START = 0.1  # gain of what the hidden layer adds at first


@dataclass(frozen=True, eq=False)
class Coordinates:
    """The map z = (x - centre) @ axes, (n, d) -> (n, p), to coordinates of variance 1 and mean 0 on the train split."""

    centre: NDArray[np.float64]
    axes: NDArray[np.float64]

    @classmethod
    def fit(cls, states: NDArray[np.floating], width: int) -> Self:
        """The `width` leading principal axes; where there are fewer, the rest of the coordinates is 0."""
        chosen = states[:: -(-len(states) // _FITTED)]
        _finite(chosen)
        if len(chosen) < 2:
            return cls(np.zeros(states.shape[1]), np.zeros((states.shape[1], width)))
        whitening = fit_whitening(np.asarray(chosen, np.float64), width)
        return cls(whitening.centre, np.pad(whitening.axes, ((0, 0), (0, width - whitening.axes.shape[1]))))

    def __call__(self, states: NDArray[np.floating]) -> Tensor:
        """Coordinates (n, p) in float32. Raises InputError for states that are not finite."""
        made = np.empty((len(states), self.axes.shape[1]), np.float32)
        for start in range(0, len(states), _PART):
            part = slice(start, start + _PART)
            made[part] = (np.asarray(states[part], np.float64) - self.centre) @ self.axes
        _finite(made)
        return torch.from_numpy(made)


@dataclass(frozen=True, eq=False)
class Reader:
    """h(z) = [z @ axes, 1], to which the family `mlp` adds a layer of 1024: out @ relu(within @ z + offset)."""

    axes: Tensor
    learnt: tuple[Tensor, ...] = ()

    def deepened(self, seed: int) -> Self:
        """With the hidden layer, whose weights `out` are small."""
        random = torch.Generator().manual_seed(seed)
        width = len(self.axes)
        within = torch.randn(width, _HIDDEN, generator=random) / math.sqrt(width)
        offset = torch.randn(_HIDDEN, generator=random)
        out = torch.randn(_HIDDEN, BOTTLENECK + 1, generator=random) * (_START / math.sqrt(_HIDDEN))
        return replace(self, axes=pad(self.axes, (0, BOTTLENECK - self.axes.shape[1])), learnt=(within, offset, out))

    def __call__(self, coordinates: Tensor) -> Tensor:
        """Give h (n, k + 1) of `coordinates` (n, p)."""
        read = pad(coordinates @ self.axes, (0, 1), value=1.0)
        if not self.learnt:
            return read
        within, offset, out = self.learnt
        return read + torch.relu(torch.addmm(offset, coordinates, within)) @ out


def _finite(states: NDArray[np.floating]) -> None:
    bad = len(states) - int(np.isfinite(states).all(1).sum())
    if bad:
        raise InputError(one_line(f"states with NaN or infinity in {bad} rows", "finite numbers", "drop these rows"))
