"""Normal and Student vectors whose information has a closed form."""

import numpy as np
from scipy import special

from .known_truths import correlated


def pairs_of(rho, pairs):
    """Information in nats of `pairs` independent bivariate normals of correlation `rho`."""
    return -pairs / 2 * np.log1p(-(rho**2))


def student(freedom, width, samples, seed):
    """Halves (n, width) of one t vector of identity dispersion, and their information.

    I = 2 h_p - h_2p with h_d = log Gamma(f/2) - log Gamma((f+d)/2) + (f+d)/2 (psi((f+d)/2) - psi(f/2)).
    """
    rng = np.random.default_rng(seed)
    both = rng.normal(size=(samples, 2 * width)) / np.sqrt(rng.chisquare(freedom, size=(samples, 1)) / freedom)

    def entropy(d):
        half, whole = freedom / 2, (freedom + d) / 2
        return special.gammaln(half) - special.gammaln(whole) + whole * (special.psi(whole) - special.psi(half))

    return both[:, :width], both[:, width:], 2 * entropy(width) - entropy(2 * width)


def autoregression(samples, seed):
    """x white, y_t = .5 y_(t-1) + .4 x_(t-1) + e: transfer entropy log(1.16) / 2 from x to y, none back."""
    rng = np.random.default_rng(seed)
    x, noise = rng.normal(size=(2, samples))
    y = np.zeros(samples)
    for t in range(1, samples):
        y[t] = 0.5 * y[t - 1] + 0.4 * x[t - 1] + noise[t]
    return x, y


def clusters_seen_twice(clusters, width, spread, samples, seed):
    """Two noisy views of one of `clusters` far centres: at most log(clusters) nats."""
    rng = np.random.default_rng(seed)
    which = rng.integers(clusters, size=samples)
    centres = 5 * rng.normal(size=(clusters, width))
    return tuple(centres[which] + spread * rng.normal(size=(samples, width)) for _ in range(2))


def turned(pairs, rho, samples, seed):
    """Correlated columns, each side mixed by a random rotation."""
    rng = np.random.default_rng([seed, 1])
    x, y = correlated(rho, samples, seed, pairs)
    return x @ np.linalg.qr(rng.normal(size=(pairs, pairs)))[0], y @ np.linalg.qr(rng.normal(size=(pairs, pairs)))[0]
