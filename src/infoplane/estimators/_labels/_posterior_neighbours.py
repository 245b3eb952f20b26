"""Class shares among the nearest neighbours, in the few directions that tell classes apart."""

from dataclasses import dataclass

import numpy as np

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._labels._discriminant import Rules

# Numbers of neighbours: inner folds choose.
NEIGHBOURS = (8, 32, 128)
_DIRECTIONS = 16
_PSEUDO = 2.0
_REFERENCES = 8192
_CELLS = 1 << 22


@dataclass(frozen=True, slots=True)
class NeighbourPosterior:
    """q(y|x) = (share of y among the k nearest, plus the prior) for each k of `counts`, in the space z @ `axes`."""

    axes: Floats
    points: Floats
    labels: Ints
    prior: Floats
    counts: tuple[int, ...]

    def logits(self, z: Floats) -> Floats:
        """Log-probabilities (counts, m, K) of coordinates `z` (m, r)."""
        where = z @ self.axes
        rows = max(1, _CELLS // len(self.points))
        return np.concatenate([self._shares(where[at : at + rows]) for at in range(0, len(z), rows)], axis=1)

    def _shares(self, where: Floats) -> Floats:
        distance = (self.points**2).sum(axis=1) - 2 * where @ self.points.T
        most = min(self.counts[-1], len(self.points))
        near = np.argpartition(distance, most - 1, axis=1)[:, :most]
        near = np.take_along_axis(near, np.take_along_axis(distance, near, axis=1).argsort(axis=1), axis=1)
        cells = np.arange(len(where))[:, None] * len(self.prior) + self.labels[near]
        found = []
        for count in self.counts:
            hits = np.bincount(cells[:, :count].ravel(), minlength=len(where) * len(self.prior))
            shares = hits.reshape(len(where), -1) + _PSEUDO * self.prior
            found.append(np.log(shares / shares.sum(axis=1, keepdims=True)))
        return np.stack(found)


def fit_neighbours(z: Floats, labels: Ints, rules: Rules, counts: tuple[int, ...], seed: int) -> NeighbourPosterior:
    """From coordinates `z` (n, r) and the discriminant `rules` fitted to them; at most 8192 samples are kept."""
    rows = np.sort(np.random.default_rng([seed, 7]).permutation(len(z))[:_REFERENCES])
    axes = discriminant_axes(rules)
    return NeighbourPosterior(axes, z[rows] @ axes, labels[rows], np.exp(rules.log_prior[0]), counts)


def discriminant_axes(rules: Rules) -> Floats:
    """The directions (r, q), q <= 16, along which the first rule's scores differ most, as long as they differ.

    Scores are z @ W'; with W centred by the prior and W = U S V', the axes are V S: Euclidean distance is then the
    distance of score vectors, so a direction counts by what it says about the classes.
    """
    prior = np.exp(rules.log_prior[0])
    centred = (rules.weights[0] - prior @ rules.weights[0]) * np.sqrt(prior)[:, None]
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    return np.asarray((directions[:_DIRECTIONS] * sizes[:_DIRECTIONS, None]).T)
