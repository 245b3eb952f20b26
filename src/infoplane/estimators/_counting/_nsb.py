"""Entropy of undersampled variables by averaging over Dirichlet priors (Nemenman, Shafee and Bialek 2002)."""

import numpy as np
from scipy import special

from infoplane.estimators._arrays import Floats
from infoplane.estimators._counting._counts import Counts

_POINTS = 129
# Points this far below the largest log-weight weigh nothing together.
_NEGLIGIBLE = 40.0
# From here Stirling's series with three terms is exact to rounding, and differences of log-gammas no longer are.
_LARGE = 50.0


def nsb(counts: Counts, alphabet: int | None = None) -> float:
    """Posterior mean of H in nats; see `nsb_moments`."""
    return nsb_moments(counts, alphabet)[0]


def nsb_moments(counts: Counts, alphabet: int | None = None) -> tuple[float, float]:
    """Posterior mean and standard deviation of H in nats when `alphabet` = K values are possible.

    The prior is a mixture of symmetric Dirichlet(b) over K values that makes the a priori entropy
    xi(b) = psi(Kb + 1) - psi(b + 1) uniform on (0, log K). The integral over log b zooms in on the posterior.
    K defaults to the `richness` of the counts.
    """
    values = max(alphabet or counts.richness, counts.seen)
    if values == 1:
        return 0.0, 0.0
    log_b = _grid(counts, values)
    log_weight = _log_weight(log_b, counts, values)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    mean, square = _moments(np.exp(log_b), counts, values)
    first = float(weight @ mean)
    return first, float(np.sqrt(max(0.0, weight @ square - first**2)))


def _grid(counts: Counts, values: int) -> Floats:
    """Equally spaced log b over all that weighs something, fine enough for the trapezoidal rule."""
    low, high = np.log(1e-8 / values), np.log(1e4 * (counts.samples + values))
    while True:
        grid = np.linspace(low, high, _POINTS)
        log_weight = _log_weight(grid, counts, values)
        heavy = np.flatnonzero(log_weight > log_weight.max() - _NEGLIGIBLE)
        first, last = max(0, heavy[0] - 1), min(_POINTS - 1, heavy[-1] + 1)
        if last - first > _POINTS // 2:
            return grid
        low, high = grid[first], grid[last]


def _log_weight(log_b: Floats, counts: Counts, values: int) -> Floats:
    """Log of evidence times prior density at log b, up to a constant."""
    b = np.exp(log_b)
    slope = values * special.polygamma(1, values * b + 1) - special.polygamma(1, b + 1)
    evidence = _log_rising(b[:, None], counts.sizes) @ counts.times - _log_rising(values * b, counts.samples)
    return np.asarray(evidence + np.log(np.maximum(slope, 1e-300)) + log_b)


def _log_rising(z: Floats, m: Floats | int) -> Floats:
    """The log of Gamma(z + m) / Gamma(z), without cancellation for large z."""
    large = np.maximum(z, _LARGE)
    series = (large + m - 0.5) * np.log1p(m / large) + m * np.log(large) - m
    series = series + _stirling(large + m) - _stirling(large)
    return np.where(z < _LARGE, special.gammaln(z + m) - special.gammaln(z), series)


def _stirling(z: Floats) -> Floats:
    """The rest log Gamma(z) - ((z - 1/2) log z - z + log(2 pi) / 2)."""
    return (1 / 12 - (1 / 360 - 1 / (1260 * z**2)) / z**2) / z


def _moments(b: Floats, counts: Counts, values: int) -> tuple[Floats, Floats]:
    """E[H | b] and E[H^2 | b] of the Dirichlet posterior with parameters n_k + b (Wolpert and Wolf 1995)."""
    sizes, times = np.append(counts.sizes, 0.0), np.append(counts.times, values - counts.seen)
    a, total = sizes + b[:, None], counts.samples + values * b
    mean = special.digamma(total + 1) - (a * special.digamma(a + 1)) @ times / total
    level, spread = special.digamma(total + 2), special.polygamma(1, total + 2)
    single = special.digamma(a + 1) - level[:, None]
    double = special.digamma(a + 2) - level[:, None]
    pairs = ((a * single) @ times) ** 2 - (a * single) ** 2 @ times - spread * (total**2 - a**2 @ times)
    same = (a * (a + 1) * (double**2 + special.polygamma(1, a + 2) - spread[:, None])) @ times
    return np.asarray(mean), np.asarray((pairs + same) / (total * (total + 1)))
