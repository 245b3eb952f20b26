"""The true value of a span shown among others, of which one is to be picked."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from infoplane.measures._recovery._sequences import Floats

# Of what the embedding adds to how common a value is; 0 does not listen to it.
_WEIGHTS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
# One over the temperature: a decoder that is too sure may still rank well.
_SCALES = (0.125, 0.25, 0.5, 1.0)


@dataclass(frozen=True)
class Lineup:
    """`true` values (n), each among the same `candidates` (c).

    alone   log q0 of them without an embedding (n, 1 + c), the true one's first
    """

    true: Sequence[bytes]
    candidates: Sequence[bytes]
    alone: Floats

    def first(self, told: Floats, weight: float) -> Floats:
        """Whether the true value (n,) is above all others in log q0 + `weight` (log q - log q0), `told` is log q."""
        totals = self._totals(told, weight)
        first: Floats = (totals[:, 0] > totals[:, 1:].max(axis=1)).astype(np.float64)
        return first

    def best_weight(self, told: Floats) -> float:
        """The weight of the least log-loss of the true values, at the temperature that is best for it."""
        return max(_WEIGHTS, key=lambda weight: max(self._read(told, weight, scale) for scale in _SCALES))

    def _read(self, told: Floats, weight: float, scale: float) -> float:
        """Summed log-share of the true values."""
        return float(log_softmax(scale * self._totals(told, weight), axis=1)[:, 0].sum())

    def _totals(self, told: Floats, weight: float) -> Floats:
        """What ranks the values (n, 1 + c); the true one counts once."""
        totals: Floats = self.alone + weight * (told - self.alone)
        totals[:, 1:][self._same] = -np.inf
        return totals

    @cached_property
    def _same(self) -> NDArray[np.bool_]:
        return np.array([[value == other for other in self.candidates] for value in self.true])
