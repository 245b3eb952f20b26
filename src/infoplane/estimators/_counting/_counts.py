"""Entropy of a discrete variable from how often each value occurred; values that occurred equally often are alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import special

from infoplane.estimators._arrays import Floats, Ints


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of a sample, equal ones grouped: `times` (D,) values occurred `sizes` (D,) times each."""

    sizes: Floats
    times: Floats

    @classmethod
    def of(cls, codes: Ints) -> Self:
        """Counts of `codes` (n,), 0 or larger; codes that do not occur do not count."""
        times = np.bincount(np.bincount(codes))
        sizes = np.flatnonzero(times)
        sizes = sizes[sizes > 0]
        return cls(sizes.astype(np.float64), times[sizes].astype(np.float64))

    @property
    def samples(self) -> int:
        """Number of samples n."""
        return int(self.sizes @ self.times)

    @property
    def seen(self) -> int:
        """Number of values that occurred."""
        return int(self.times.sum())

    @property
    def coverage(self) -> float:
        """Good-Turing estimate 1 - f1 / n of the probability of the values seen, f1 of them once (Good 1953).

        When all occurred once, f1 = n - 1 instead (Chao and Shen 2003), so it is never 0.
        """
        once = self.often(1)
        return 1 - min(once, self.samples - 1.0) / self.samples

    @property
    def richness(self) -> int:
        """Number of possible values, seen and unseen: K + f1 (f1 - 1) / (2 (f2 + 1)), a lower bound (Chao 1987)."""
        once = self.often(1)
        return self.seen + int(once * (once - 1) / (2 * (self.often(2) + 1)))

    def often(self, size: int) -> float:
        """How many values occurred exactly `size` times."""
        return float(self.times[self.sizes == size].sum())


def plugin(counts: Counts, alphabet: int | None = None) -> float:  # noqa: ARG001
    """-sum p log p with p = n_k / n: too low by about (K-1) / (2n)."""
    n = counts.samples
    return float(np.log(n) - counts.times @ special.xlogy(counts.sizes, counts.sizes) / n)


def miller_madow(counts: Counts, alphabet: int | None = None) -> float:  # noqa: ARG001
    """Plug-in + (K-1) / (2n), K values seen (Miller 1955)."""
    return plugin(counts) + (counts.seen - 1) / (2 * counts.samples)


def grassberger(counts: Counts, alphabet: int | None = None) -> float:  # noqa: ARG001
    """H = log n - sum n_k G(n_k) / n, G(m) = psi(m) + (-1)^m (psi((m+1)/2) - psi(m/2)) / 2 (Grassberger 2003)."""
    m = counts.sizes
    sign = np.where(m % 2 == 0, 1.0, -1.0)
    g = special.digamma(m) + sign * (special.digamma((m + 1) / 2) - special.digamma(m / 2)) / 2
    return float(np.log(counts.samples) - counts.times @ (m * g) / counts.samples)


def chao_shen(counts: Counts, alphabet: int | None = None) -> float:  # noqa: ARG001
    """-sum q log q / (1 - (1-q)^n), q = C n_k / n with C the coverage (Chao and Shen 2003)."""
    n = counts.samples
    q = counts.coverage * counts.sizes / n
    included = -np.expm1(n * np.log1p(-np.minimum(q, 1 - 1e-16)))
    return float(-counts.times @ (special.xlogy(q, q) / included))


def chao_wang_jost(counts: Counts, alphabet: int | None = None) -> float:  # noqa: ARG001
    """The slope of the species accumulation curve, with values never seen (Chao, Wang and Jost 2013).

    psi(n) - sum n_k psi(n_k) / n + f1/n sum_{j>=0} (1-A)^(j+1) / (n+j), with A the mean probability of the f1 values
    seen once: 2 f2 / ((n-1) f1 + 2 f2), or 2 / ((n-1)(f1-1) + 2) when no value was seen twice.
    """
    n, once, twice = counts.samples, counts.often(1), counts.often(2)
    seen = special.digamma(n) - counts.times @ (counts.sizes * special.digamma(counts.sizes)) / n
    if once == 0:
        return float(seen)
    rare = 2 * twice / ((n - 1) * once + 2 * twice) if twice else 2 / ((n - 1) * (once - 1) + 2)
    return float(seen) + once / n * _unseen(n, rare)


def shrinkage(counts: Counts, alphabet: int | None = None) -> float:
    """Plug-in of w / K + (1-w) n_k / n over `alphabet` = K values, w by James and Stein (Hausser and Strimmer 2009).

    w = (1 - sum p^2) / ((n-1) sum (1/K - p)^2), at most 1. K defaults to the `richness`.
    """
    n, values = counts.samples, max(alphabet or counts.richness, counts.seen)
    p = counts.sizes / n
    squares = float(counts.times @ p**2)
    distance = (n - 1) * (squares - 1 / values)
    weight = 1.0 if distance <= 1 - squares else (1 - squares) / distance
    q, unseen = weight / values + (1 - weight) * p, weight / values
    return float(-counts.times @ special.xlogy(q, q) - (values - counts.seen) * special.xlogy(unseen, unseen))


def _unseen(n: int, rare: float) -> float:
    """The sum over j >= 0 of (1-A)^(j+1) / (n+j) with A = `rare`: trapezoids of the integral over v, decaying fast."""
    v, step = np.linspace(-45.0, 4.5, 400, retstep=True)
    s = np.exp(v)
    curve = (1 - rare) * s * np.exp(-s) / (n * rare - n * (1 - rare) * np.expm1(-s / n))
    return float(curve.sum() * step)


Functional = Callable[[Counts, int | None], float]
"""An entropy in nats of counts and the number of possible values, which not every one uses."""
