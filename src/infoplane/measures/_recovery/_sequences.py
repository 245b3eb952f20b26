"""Sequences of symbols, each of which is to be written of a state."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PADDING = -1  # stands behind the end of a sequence


@dataclass(frozen=True)
class Sequences:
    """What is to be written of which state: rows (m,) of the states, kinds (m,), symbols (m, longest) then PADDING."""

    rows: Ints
    kinds: Ints
    symbols: Ints

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, chosen: Ints | slice) -> "Sequences":
        """The sequences `chosen`, in that order."""
        return Sequences(self.rows[chosen], self.kinds[chosen], self.symbols[chosen])
