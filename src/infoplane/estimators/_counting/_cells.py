"""Two discrete variables and a third one crossed with each other."""

from dataclasses import dataclass

import numpy as np

from infoplane.estimators._arrays import Ints
from infoplane.estimators._counting._counts import Counts, plugin

# Tables up to this many cells a sample are counted, larger ones sorted.
_DENSE = 4


@dataclass(frozen=True, slots=True)
class Cells:
    """Codes (n,) of x, y, a and of the combinations that occur; codes of combinations are 0, 1, ... without gaps."""

    x: Ints
    y: Ints
    a: Ints
    xa: Ints
    ya: Ints
    xya: Ints

    @property
    def possible(self) -> int:
        """Combinations of a value of x and a value of y seen with the same a."""
        of_a = [np.bincount(self.a[np.unique(pair, return_index=True)[1]]) for pair in (self.xa, self.ya)]
        return int(of_a[0] @ of_a[1])

    @property
    def terms(self) -> tuple[tuple[int, Ints, int | None], ...]:
        """Sign, codes and number of possible values of the entropies whose sum is I(X;Y|A)."""
        several = ((-1, self.a, _number(self.a)),) if self.a.any() else ()
        return (1, self.xa, _number(self.xa)), (1, self.ya, _number(self.ya)), (-1, self.xya, self.possible), *several

    @property
    def ceiling(self) -> float:
        """min(H(X|A), H(Y|A)) of the frequencies in the sample, in nats."""
        return min(plugin(Counts.of(self.xa)), plugin(Counts.of(self.ya))) - plugin(Counts.of(self.a))


def crossed(x: Ints, y: Ints, a: Ints) -> Cells:
    """`Cells` of codes `x`, `y`, `a` (n,), each 0 or larger."""
    xa = _joint(x, a)
    return Cells(x, y, a, xa, _joint(y, a), _joint(xa, y))


def _joint(first: Ints, second: Ints) -> Ints:
    """Codes of the pairs that occur, in sorted order."""
    pairs = first * (int(second.max()) + 1) + second
    largest = int(pairs.max()) + 1
    if largest > _DENSE * len(pairs):
        return np.asarray(np.unique(pairs, return_inverse=True)[1], dtype=np.int64)
    occurs = np.zeros(largest, dtype=bool)
    occurs[pairs] = True
    return np.asarray((np.cumsum(occurs) - 1)[pairs], dtype=np.int64)


def _number(codes: Ints) -> int:
    return int(codes.max()) + 1
