"""What retrieval found for a number of queries, and the vote of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The k examples of the pool nearest to each of n queries, the nearest first.

    rows          (n, k) int64, rows of the pool
    labels        (n, k) int64, their labels
    similarities  (n, k) float64, cosines
    dropped       (n,) int64, how many examples were left out as the query itself: near duplicates, same conversation
    """

    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    similarities: NDArray[np.float64]
    dropped: NDArray[np.int64]

    def first(self, k: int) -> "Neighbours":
        """The nearest k of them alone."""
        return Neighbours(self.rows[:, :k], self.labels[:, :k], self.similarities[:, :k], self.dropped)

    def shares(self, labels: int, temperature: float | None = None) -> NDArray[np.float64]:
        """The share of every label among the neighbours, (n, K); rows sum to 1.

        `temperature`: weights are softmax(similarity / temperature), otherwise equal, and of labels with as many
        examples the one with the nearest comes first.
        """
        if temperature is None:
            weights = 1 + 1e-6 * 0.5 ** np.arange(self.labels.shape[1]) * np.ones(self.labels.shape)
        else:
            weights = np.exp((self.similarities - self.similarities[:, :1]) / temperature)
        shares = np.zeros((len(self.labels), labels))
        np.add.at(shares, (np.arange(len(self.labels))[:, None], self.labels), weights)
        return np.asarray(shares / shares.sum(1, keepdims=True))


def log_shares(shares: NDArray[np.float64], examples: int) -> NDArray[np.float64]:
    """Logarithms of `shares` (n, K) of `examples` votes, to which one more was added that all labels share."""
    mixed = (examples * shares + 1 / shares.shape[1]) / (examples + 1)
    return np.asarray(np.log(mixed))
