"""Linear discriminants for many label vectors at once, in coordinates that are white over all classes.

Whitening needs no labels, so permuted labels share it: what depends on labels is one product with the one-hot labels
and K x K algebra. In white coordinates the within-class covariance is I - (1-l) B, B = sum_y p_y m_y m_y' and l
the shrinkage; Woodbury gives its inverse from the K x K Gram matrix of the class means.
"""

from dataclasses import dataclass

import numpy as np

from infoplane.estimators._arrays import Floats, Ints

# Degrees of freedom that share one shrinkage weight: fewer make the weight itself noisy.
_DEGREES = 16
_GROWTH = 0.1
# Within-class variance is kept above this share of the total, so that separable classes have finite scores.
_WITHIN_FLOOR = 1e-6


@dataclass(frozen=True, slots=True)
class Rules:
    """P fitted rules: the log-odds of class y at z are weights[p, y] @ z + offsets[p, y] + log_prior[p, y].

    `weights` (P, K, r), `offsets` and `log_prior` (P, K).
    """

    weights: Floats
    offsets: Floats
    log_prior: Floats

    def scores(self, z: Floats) -> Floats:
        """The log-odds but for the prior, weights @ z + offsets, of samples `z` (m, r): (P, m, K)."""
        rules, classes, rank = self.weights.shape
        flat = z @ self.weights.reshape(rules * classes, rank).T
        return np.asarray(flat.reshape(len(z), rules, classes).transpose(1, 0, 2) + self.offsets[:, None])


def fit_rules(z: Floats, labels: Ints, classes: int, *, spread: Floats, weight: float) -> Rules:
    """One rule for each row of `labels` (P, n) from the training samples in their white coordinates `z` (n, r).

    s_y(x) = x' A m_y - m_y' A m_y / 2 with A = (I - (1-l) B)^-1 and class means m_y shrunk towards 0. `spread` (r,) and
    `weight` = 1-l come from the whitening.
    """
    hot = (labels[:, None] == np.arange(classes)[:, None]).astype(np.float64)
    return rules_of_shares(z, hot, spread=spread, weight=weight)


def rules_of_shares(z: Floats, shares: Floats, *, spread: Floats, weight: float) -> Rules:
    """`fit_rules` for samples that belong to several classes in part: `shares` (P, K, n) in [0, 1]."""
    counts = shares.sum(axis=2)
    sums = (shares.reshape(-1, len(z)) @ z).reshape(*counts.shape, z.shape[1])
    means = sums / np.maximum(counts, 1)[:, :, None]
    means *= mean_shrinkage(means, counts, spread)[:, None]
    weights = _within_inverse(means, weight * counts / len(z))
    offsets = -0.5 * np.einsum("pkr,pkr->pk", weights, means)
    return Rules(weights, offsets, np.log(shrunk_frequencies(counts)))


def shrunk_frequencies(counts: Floats) -> Floats:
    """Class probabilities (P, K) from `counts` (P, K), pulled to equal classes as far as chance explains them.

    The weight of the equal classes is (K-1) / chi^2, at most 1; half a sample a class keeps every class possible.
    """
    samples, classes = counts.sum(axis=-1, keepdims=True), counts.shape[-1]
    expected = samples / classes
    chi = ((counts - expected) ** 2 / expected).sum(axis=-1, keepdims=True)
    pull = (classes - 1) / np.maximum(chi, classes - 1)
    smooth = (counts + 0.5) / (samples + 0.5 * classes)
    return np.asarray((1 - pull) * smooth + pull / classes)


def mean_shrinkage(means: Floats, counts: Floats, spread: Floats) -> Floats:
    """Weights (P, r) of each coordinate of the class means: positive-part James-Stein over runs of coordinates.

    Without information sum_y n_y m_y^2 has mean (K-1) spread in each coordinate. Runs follow the order of variance
    and grow with it, so that a few leading or middle directions can carry all the classes among hundreds.
    """
    if not means.shape[2]:
        return np.zeros((len(means), 0))
    degrees = max(1, means.shape[1] - 1)
    starts = _run_starts(means.shape[2], -(-_DEGREES // degrees))
    energy = np.add.reduceat(np.einsum("pk,pkr->pr", counts, means**2), starts, axis=1)
    noise = np.add.reduceat(degrees * spread, starts)
    kept = np.maximum(0.0, 1 - noise / np.maximum(energy, noise))
    return np.repeat(kept, np.diff(np.append(starts, means.shape[2])), axis=1)


def _run_starts(rank: int, smallest: int) -> Ints:
    starts = [0]
    while (step := starts[-1] + max(smallest, int(_GROWTH * starts[-1]))) < rank:
        starts.append(step)
    return np.array(starts)


def _within_inverse(means: Floats, share: Floats) -> Floats:
    """(I - B)^-1 m_y for every class, (P, K, r), B = sum_y share_y m_y m_y', by Woodbury: m + N'(I - NN')^-1 N m."""
    scaled = np.sqrt(share)[:, :, None] * means
    flipped = scaled.transpose(0, 2, 1)
    gram = (1 - _WITHIN_FLOOR) * scaled @ flipped
    return np.asarray(means + means @ flipped @ np.linalg.solve(np.eye(share.shape[1]) - gram, scaled))
