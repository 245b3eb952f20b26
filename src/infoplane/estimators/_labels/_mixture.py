"""Shrinkage discriminant with several components a class: labels whose samples fall into clusters of their own."""

from dataclasses import dataclass

import numpy as np

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._labels._discriminant import Rules, fit_rules, rules_of_shares

# Coordinates whose class means are shrunk below this share carry no class to speak of.
_RELEVANT = 0.02
_LEADING = 8
_RESTARTS = 4
_LLOYD = 8
_EM = 8


@dataclass(frozen=True, slots=True)
class MixtureRule:
    """Log-odds of K classes of `components` each: class y gets log sum_c exp of those of its components."""

    rules: Rules
    components: int

    def logits(self, z: Floats) -> Floats:
        """Log-odds (m, K) of white coordinates `z` (m, r), the prior included."""
        return np.asarray(np.logaddexp.reduce(_by_class(self.rules, z, self.components), axis=2))


def fit_mixture(
    z: Floats,
    labels: Ints,
    classes: int,
    components: int,
    *,
    relevance: Floats,
    spread: Floats,
    weight: float,
    seed: int,
) -> MixtureRule:
    """Mixture discriminant (Hastie and Tibshirani 1996) of `z` (n, r), its centres shrunk as those of `fit_rules`."""
    if components == 1:
        return MixtureRule(fit_rules(z, labels[None], classes, spread=spread, weight=weight), 1)
    chosen = np.flatnonzero(relevance > _RELEVANT)
    near = z[:, chosen] * relevance[chosen]
    if not len(chosen):  # classes of equal mean: clusters of largest variance
        chosen = np.arange(min(_LEADING, z.shape[1]))
        near = z[:, chosen]
    shares = np.eye(components)[_kmeans(near, labels, classes, components, seed)]
    for _ in range(_EM):
        rules = rules_of_shares(
            z[:, chosen], _spread_out(shares, labels, classes), spread=spread[chosen], weight=weight
        )
        own = _by_class(rules, z[:, chosen], components)[np.arange(len(z)), labels]
        shares = np.exp(own - np.logaddexp.reduce(own, axis=1, keepdims=True))
    return MixtureRule(
        rules_of_shares(z, _spread_out(shares, labels, classes), spread=spread, weight=weight), components
    )


def _by_class(rules: Rules, z: Floats, components: int) -> Floats:
    """Log-odds of the components, (m, K, c)."""
    return np.asarray((rules.scores(z) + rules.log_prior[:, None])[0].reshape(len(z), -1, components))


def _spread_out(shares: Floats, labels: Ints, classes: int) -> Floats:
    """Shares of a sample in its own components (n, c) as shares in all of them, (1, K c, n)."""
    samples, components = shares.shape
    full = np.zeros((samples, classes, components))
    full[np.arange(samples), labels] = shares
    return full.reshape(1, samples, -1).transpose(0, 2, 1)


def _kmeans(z: Floats, labels: Ints, classes: int, components: int, seed: int) -> Ints:
    """Component of each sample in its class, (n,): Lloyd's algorithm in all classes at once, best of four starts."""
    best, codes = np.full(classes, np.inf), np.zeros(len(z), dtype=np.int64)
    for restart in range(_RESTARTS):
        centres = _starts(z, labels, classes, components, np.random.default_rng([seed, 4, restart]))
        for _ in range(_LLOYD):
            distance = _distances(z, labels, centres)
            code = distance.argmin(axis=1)
            centres = _centres(z, labels * components + code, centres)
        inertia = np.bincount(labels, weights=distance.min(axis=1), minlength=classes)
        better = inertia < best
        codes = np.where(better[labels], code, codes)
        best = np.where(better, inertia, best)
    return codes


def _distances(z: Floats, labels: Ints, centres: Floats) -> Floats:
    """Squared distances to the centres of the own class, (n, c), but for the sample's own norm."""
    own = np.stack([(z * part[labels]).sum(axis=1) for part in centres.transpose(1, 0, 2)], axis=1)
    return np.asarray((centres**2).sum(axis=2)[labels] - 2 * own)


def _centres(z: Floats, codes: Ints, old: Floats) -> Floats:
    """Means of the components, (K, c, q); one without samples stays where it was."""
    flat = old.reshape(old.shape[0] * old.shape[1], -1)
    counts = np.bincount(codes, minlength=len(flat))
    order = np.argsort(codes, kind="stable")
    filled = np.flatnonzero(counts)
    sums = np.add.reduceat(z[order], (np.cumsum(counts) - counts)[filled], axis=0)
    new = flat.copy()
    new[filled] = sums / counts[filled, None]
    return new.reshape(old.shape)


def _starts(z: Floats, labels: Ints, classes: int, components: int, rng: np.random.Generator) -> Floats:
    """k-means++ (Arthur and Vassilvitskii 2007) in every class at once, by the Gumbel maximum; (K, c, q)."""
    far = np.zeros(len(z))
    centres = np.zeros((classes, components, z.shape[1]))
    norm = (z**2).sum(axis=1)
    for component in range(components):
        key = np.log(np.maximum(far, 1e-300)) * (component > 0) + rng.gumbel(size=len(z))
        order = np.lexsort((key, labels))
        last = np.append(np.flatnonzero(np.diff(labels[order])), len(z) - 1)
        picked = order[last]
        centres[labels[picked], component] = z[picked]
        new = norm + _distances(z, labels, centres[:, [component]])[:, 0]
        far = new if not component else np.minimum(far, new)
    return centres
