"""Data whose information is known."""

import math

import numpy as np

# I(X;Y) in nats of Y = +-1, X = s Y + N(0, 1), by quadrature, at s = 1, 2, 3.
TWO_CLASSES = {1: 0.33683, 2: 0.63272, 3: 0.68930}

# I(X;Y) in nats of a standard bivariate normal: -1/2 log(1 - rho^2).
CORRELATED = {0.5: 0.14384, 0.9: 0.83037}


def jittered(p_values, permutations, seed=0):
    """p-values of `permutations` draws made continuous: uniform on (0, 1) when no draw stands out."""
    return np.array(p_values) - np.random.default_rng(seed).random(len(p_values)) / (permutations + 1)


def two_classes(separation, samples, seed):
    """X (n,), Y (n,) with Y = 0 or 1 and X = separation (2Y - 1) + N(0, 1)."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(2, size=samples)
    return separation * (2 * labels - 1) + rng.normal(size=samples), labels


def correlated(rho, samples, seed, pairs=1):
    """Two matrices (n, pairs) whose columns pair up with correlation rho."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, pairs))
    return x, rho * x + math.sqrt(1 - rho**2) * rng.normal(size=(samples, pairs))


def clusters(classes, width, separation, samples, seed):
    """Gaussian classes around random centres: X (n, width), Y (n,)."""
    rng = np.random.default_rng(seed)
    centres = separation * rng.normal(size=(classes, width))
    labels = rng.integers(classes, size=samples)
    return centres[labels] + rng.normal(size=(samples, width)), labels


def unrelated(classes, width, samples, seed):
    """X (n, width) and labels Y (n,) without relation."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(samples, width)), rng.integers(classes, size=samples)


def hidden_signal(scale, samples, seed, *, nuisance, width=512, classes=32, rank=16):
    """Layer-like states (n, width), labels, and I(X;Y) by Monte Carlo (standard error about 0.005 nats).

    A 16-dimensional signal of Gaussian classes is rotated into `width` dimensions of variance 0.1; with `nuisance`, 48
    of them have variances of 10 to 60 instead, so that leading principal components hold no signal.
    """
    rng = np.random.default_rng(seed)
    centres = scale * rng.normal(size=(classes, rank))
    rotation = np.linalg.qr(rng.normal(size=(width, width)))[0]
    labels = rng.integers(classes, size=samples)
    spread = np.full(width - rank, np.sqrt(0.1))
    if nuisance:
        spread[:48] = np.sqrt(rng.uniform(10, 60, 48))
    signal = centres[labels] + rng.normal(size=(samples, rank))
    states = np.hstack([signal, spread * rng.normal(size=(samples, width - rank))]) @ rotation.T
    drawn = rng.integers(classes, size=60_000)
    logits = (centres[drawn] + rng.normal(size=(60_000, rank))) @ centres.T - 0.5 * (centres**2).sum(axis=1)
    log_posterior = logits[np.arange(60_000), drawn] - np.logaddexp.reduce(logits, axis=1)
    return states, labels, math.log(classes) + float(log_posterior.mean())
