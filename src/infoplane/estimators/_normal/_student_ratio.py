"""The copula of a multivariate Student t as a rule for pairs: fitted by rank, degrees of freedom by likelihood."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from infoplane.estimators._arrays import Floats
from infoplane.estimators._normal._normal_scores import Ranks, fit_ranks

# Degrees of freedom that are tried; the last is as good as normal.
_FREEDOM = (1.0, 1.4, 2.0, 3.0, 4.0, 6.0, 10.0, 20.0, 50.0, 1000.0)
_ITERATIONS = 30
# Columns that say the same, such as indicators of all labels, leave a scatter that cannot be inverted.
_RIDGE = 1e-9
_CONVERGED = 1e-5
_DEPENDENT = 1e-12


@dataclass(frozen=True, slots=True)
class StudentRatio:
    """A `LogRatio`: white t-scores (n, p), (n, q) of x and y with correlations `rho`, jointly t with `freedom`."""

    ranks: tuple[Ranks, Ranks]
    axes: tuple[Floats, Floats]
    rho: Floats
    freedom: float
    knots: tuple[Floats, Floats]

    def variates(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Canonical variates (n, m) of the normal scores of `x` (n, p) and `y` (n, q), m = min(p, q)."""
        pairs = len(self.rho)
        u, v = (r.scores(part) @ a for r, part, a in zip(self.ranks, (x, y), self.axes, strict=True))
        return np.asarray(u[:, :pairs]), np.asarray(v[:, :pairs])

    def log_ratio(self, x: Floats, y: Floats) -> Floats:
        """Log of t(x, y) / (t(x) t(y)) of each row, (n,)."""
        u, v = self._white(x, y)
        pairs, rest = len(self.rho), self._rest()
        length_x, length_y = (u**2).sum(axis=1), (v**2).sum(axis=1)
        own = (u[:, :pairs] ** 2 + v[:, :pairs] ** 2) @ (1 / rest - 1)
        crossed = (u[:, :pairs] * v[:, :pairs]) @ (2 * self.rho / rest)
        return self._from_lengths(length_x + length_y + own - crossed, length_x, length_y, u.shape[1], v.shape[1])

    def log_ratios(self, x: Floats, y: Floats) -> Floats:
        """The same for every row of `x` with every row of `y`, (n, m)."""
        u, v = self._white(x, y)
        pairs, rest = len(self.rho), self._rest()
        length_x, length_y = (u**2).sum(axis=1), (v**2).sum(axis=1)
        own_x, own_y = (part[:, :pairs] ** 2 @ (1 / rest - 1) for part in (u, v))
        crossed = (u[:, :pairs] * (2 * self.rho / rest)) @ v[:, :pairs].T
        joint = (length_x + own_x)[:, None] + length_y + own_y - crossed
        return self._from_lengths(joint, length_x[:, None], length_y, u.shape[1], v.shape[1])

    def _white(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        u, v = (np.interp(r(part), *self.knots) @ a for r, part, a in zip(self.ranks, (x, y), self.axes, strict=True))
        return np.asarray(u), np.asarray(v)

    def _rest(self) -> Floats:
        return np.maximum(1 - self.rho**2, _DEPENDENT)

    def _from_lengths(self, joint: Floats, x: Floats, y: Floats, p: int, q: int) -> Floats:
        """Log-ratio from squared Mahalanobis lengths, broadcast."""
        f = self.freedom
        constant = special.gammaln((f + p + q) / 2) + special.gammaln(f / 2)
        constant -= special.gammaln((f + p) / 2) + special.gammaln((f + q) / 2) + np.log(self._rest()).sum() / 2
        bends = (f + p) * np.log1p(x / f) + (f + q) * np.log1p(y / f) - (f + p + q) * np.log1p(joint / f)
        return np.asarray(constant + bends / 2)


def fit_student(x: Floats, y: Floats) -> StudentRatio:
    """The t copula of training rows `x` (n, p), `y` (n, q): likeliest degrees of freedom, correlations by EM."""
    ranks = fit_ranks(x), fit_ranks(y)
    shares = np.hstack([rank(part) for rank, part in zip(ranks, (x, y), strict=True)])
    levels = np.arange(1, len(x) + 1) / (len(x) + 1)
    fits = []
    for freedom in _FREEDOM:
        knots = levels, np.asarray(special.stdtrit(freedom, levels), dtype=np.float64)
        scores = np.interp(shares, *knots)
        correlation = _correlation(scores, freedom)
        fits.append((_likelihood(scores, correlation, freedom), freedom, knots, correlation))
    _, freedom, knots, correlation = max(fits, key=lambda fit: fit[0])
    axes_x, axes_y, rho = _canonical(correlation, x.shape[1], len(x))
    return StudentRatio(ranks, (axes_x, axes_y), rho, freedom, knots)


def _correlation(scores: Floats, freedom: float) -> Floats:
    """Correlations (d, d) of t-distributed `scores` (n, d) by the EM algorithm, rows weighted down by their length."""
    width = scores.shape[1]
    scatter: Floats = np.eye(width)
    for _ in range(_ITERATIONS):
        lengths = (scores @ np.linalg.inv(scatter + _RIDGE * np.eye(width)) * scores).sum(axis=1)
        weights = (freedom + width) / (freedom + lengths)
        before, weighted = scatter, (scores * weights[:, None]).T @ scores
        spread = np.sqrt(np.diag(weighted))
        scatter = weighted / np.outer(spread, spread)
        if np.abs(scatter - before).max() < _CONVERGED:
            break
    return scatter


def _likelihood(scores: Floats, correlation: Floats, freedom: float) -> float:
    """Mean log-density of the t copula at t-distributed `scores` (n, d)."""
    width = scores.shape[1]
    lengths = (scores @ np.linalg.inv(correlation) * scores).sum(axis=1)
    joint = special.gammaln((freedom + width) / 2) + (width - 1) * special.gammaln(freedom / 2)
    joint -= width * special.gammaln((freedom + 1) / 2) + np.linalg.slogdet(correlation)[1] / 2
    bends = (freedom + 1) * np.log1p(scores**2 / freedom).sum(axis=1) - (freedom + width) * np.log1p(lengths / freedom)
    return float(joint + bends.mean() / 2)


def _canonical(correlation: Floats, p: int, samples: int) -> tuple[Floats, Floats, Floats]:
    """Axes (p, p), (q, q) onto white canonical coordinates and their correlations, shrunk by James and Stein."""
    white_x, white_y = (
        np.linalg.inv(np.linalg.cholesky(part)).T for part in (correlation[:p, :p], correlation[p:, p:])
    )
    left, rho, right = np.linalg.svd(white_x.T @ correlation[:p, p:] @ white_y)
    energy = max(float((rho**2).sum()), np.finfo(float).tiny)
    kept = max(0.0, 1 - correlation[:p, p:].size / (samples * energy))
    return white_x @ left, white_y @ right.T, np.minimum(rho * kept, 1.0)
