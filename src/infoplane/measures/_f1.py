"""Macro-F1 of many draws at once: bootstrap draws of examples, or predictions that change places with a control's."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tally:
    """For D draws and K labels (D, K): examples rightly given the label, given it, and having it."""

    hit: Floats
    given: Floats
    true: Floats

    @classmethod
    def of(cls, true: Ints, given: Ints, labels: int, weights: Floats) -> Self:
        """Counts of the labels `true` (n,) and answers `given` (n,), examples weighted by `weights` (D, n)."""
        has, says = np.eye(labels)[true], np.eye(labels)[given]
        return cls(weights @ (has * says), weights @ says, weights @ has)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.hit + other.hit, self.given + other.given, self.true + other.true)

    @property
    def macro_f1(self) -> Floats:
        """(D,) mean over all labels of 2 hit / (given + true), 0 for a label that neither occurs nor is given."""
        f1: Floats = (2 * self.hit / np.maximum(self.given + self.true, np.finfo(float).tiny)).mean(axis=1)
        return f1
