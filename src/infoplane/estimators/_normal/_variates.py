"""Canonical pairs of two vectors: white coordinates of each, rotated onto each other, joined by bivariate normals.

What makes many dimensions bearable: the white cross-covariance is shrunk in blocks of neighbouring principal
components, so that components without a partner cost nothing, and the variates are taken by rank, so that heavy tails
and monotone warps do no harm. Correlations come from rows that the rotation has not seen.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from infoplane.estimators._arrays import Floats, Ints, constant_columns
from infoplane.estimators._folds import group_folds
from infoplane.estimators._normal._normal_scores import Margins, Ranks, fit_margins, fit_ranks, unexplained
from infoplane.estimators._whiten import Whitening, fit_whitening

# Correlations closer to 1 than this are rounding; it bounds a pair at 13.8 nats.
_DEPENDENT = 1e-12
_ROUNDING = 1e-6
_MOST_COMPONENTS = 128
_SAMPLES_PER_COMPONENT = 8
_BLOCK = 4
_INNER_FOLDS = 4
# Beyond the first pairs, singular values below this many times 1/sqrt(n) are left out: noise, or under 2/n nats.
_WEAK = 2.0
_UNEXPLAINED = 0.02


@dataclass(frozen=True, slots=True)
class White:
    """The map of one vector (n, d) to leading principal components (n, c) of exactly unit variance in training."""

    ranks: Ranks | None
    whitening: Whitening

    def __call__(self, x: Floats) -> Floats:
        """White coordinates (n, c) of `x` (n, d)."""
        columns = x if self.ranks is None else self.ranks.scores(x)
        return np.asarray(self.whitening(columns) / np.sqrt(self.whitening.spread))


def fit_white(x: Floats, components: int | None = None, *, scored: bool = False) -> White:
    """White coordinates fitted on `x` (n, d); `scored` takes each column by its normal scores."""
    ranks = fit_ranks(x) if scored else None
    return White(ranks, fit_whitening(x if ranks is None else ranks.scores(x), components))


@dataclass(frozen=True, slots=True)
class Pairing:
    """Rotations `left` (c, m), `right` (e, m) of white coordinates onto pairs, their margins, and `rho` (m,)."""

    left: Floats
    right: Floats
    margins: tuple[Margins, Margins]
    rho: Floats

    def variates(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Variates (n, m) of white `x` (n, c) and `y` (n, e), by normal scores where they are not normal."""
        return self.margins[0](x @ self.left), self.margins[1](y @ self.right)

    def log_ratio(self, x: Floats, y: Floats) -> Floats:
        """Sum over pairs of log N(u, v) / (N(u) N(v)), (n,)."""
        u, v = self.variates(x, y)
        product, square, constant = self._terms()
        return np.asarray((u * v) @ product - (u**2 + v**2) @ square + constant)

    def log_ratios(self, x: Floats, y: Floats) -> Floats:
        """The same for every row of `x` (n, c) with every row of `y` (m, e), (n, m)."""
        u, v = self.variates(x, y)
        product, square, constant = self._terms()
        return np.asarray((u * product) @ v.T - (u**2 @ square)[:, None] - v**2 @ square + constant)

    def joined(self, rho: Floats) -> Self:
        """The pairs whose correlation `rho` (at least m,) is above 0, joined by it."""
        rho = rho[: len(self.rho)]
        kept = np.flatnonzero(rho > 0)
        margins = self.margins[0].columns(kept), self.margins[1].columns(kept)
        return replace(self, left=self.left[:, kept], right=self.right[:, kept], margins=margins, rho=rho[kept])

    def _terms(self) -> tuple[Floats, Floats, float]:
        rest = np.maximum(1 - self.rho**2, _DEPENDENT)
        return self.rho / rest, self.rho**2 / (2 * rest), float(-0.5 * np.log(rest).sum())


@dataclass(frozen=True, slots=True)
class PairRatio:
    """A `LogRatio`: the white maps of both vectors and the pairing of their coordinates."""

    white_x: White
    white_y: White
    pairing: Pairing

    @property
    def dependent(self) -> bool:
        """Whether a pair is one up to rounding."""
        return bool((1 - self.pairing.rho**2 < _ROUNDING).any())

    def variates(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Canonical variates (n, m) of `x` (n, d) and `y` (n, e), strongest pair first."""
        return self.pairing.variates(self.white_x(x), self.white_y(y))

    def log_ratio(self, x: Floats, y: Floats) -> Floats:
        """Log-ratio in nats of each row of `x` (n, d) with the same row of `y` (n, e), (n,)."""
        return self.pairing.log_ratio(self.white_x(x), self.white_y(y))

    def log_ratios(self, x: Floats, y: Floats) -> Floats:
        """Log-ratio in nats of every row of `x` (n, d) with every row of `y` (m, e), (n, m)."""
        return self.pairing.log_ratios(self.white_x(x), self.white_y(y))


def fit_pairs(x: Floats, y: Floats, folds: Ints | None = None, *, seed: int = 0) -> PairRatio:
    """Canonical pairs of training rows `x` (n, d) and `y` (n, e), strongest first.

    Their correlations come from inner folds: `folds` (n,), or 4 drawn with `seed`.
    """
    rows = np.arange(len(x))
    return Views.prepare(x, y, rows, group_folds(rows, _INNER_FOLDS, seed) if folds is None else folds).fit(rows)


@dataclass(frozen=True, slots=True)
class _Split:
    """White coordinates `x` (n, c) and `y` (n, e) of all rows by `maps` fitted on `train`; `held_out` to be scored."""

    train: Ints
    held_out: Ints
    maps: tuple[White, White]
    x: Floats
    y: Floats

    @classmethod
    def prepare(cls, x: Floats, y: Floats, train: Ints, held_out: Ints, scored: tuple[bool, bool]) -> Self:
        components = max(1, min(_MOST_COMPONENTS, len(train) // _SAMPLES_PER_COMPONENT))
        white_x = fit_white(x[train], components, scored=scored[0])
        white_y = fit_white(y[train], components, scored=scored[1])
        return cls(train, held_out, (white_x, white_y), white_x(x), white_y(y))

    def pairing(self, order: Ints) -> Pairing:
        """Pairs of `x` with the rows of `y` in `order` (n,), their correlations still to be found."""
        x, y = self.x[self.train], self.y[order[self.train]]
        left, strength, right = np.linalg.svd(_shrunk(x.T @ y / len(x), len(x)), full_matrices=False)
        kept = max(min(_BLOCK, len(strength)), int((strength > _WEAK / np.sqrt(len(x))).sum()))
        left, right = left[:, :kept], right[:kept].T
        return Pairing(left, right, (fit_margins(x @ left), fit_margins(y @ right)), np.zeros(kept))


@dataclass(frozen=True, slots=True)
class Views:
    """A training set as a `whole`, and without each of its inner folds."""

    whole: _Split
    inner: tuple[_Split, ...]

    @classmethod
    def prepare(cls, x: Floats, y: Floats, train: Ints, folds: Ints) -> Self:
        """Whiten `x` (n, d) and `y` (n, e) on the rows `train`, and without each of the inner `folds` (n,) of these.

        A vector whose columns are far from normal is taken by their normal scores.
        """
        scored = _far_from_normal(x[train]), _far_from_normal(y[train])
        parts = [train[folds[train] == fold] for fold in np.unique(folds[train])]
        inner = [_Split.prepare(x, y, np.setdiff1d(train, part), part, scored) for part in parts]
        return cls(_Split.prepare(x, y, train, np.setdiff1d(np.arange(len(x)), train), scored), tuple(inner))

    def pairing(self, order: Ints) -> Pairing:
        """The pairs of the training set with the rows of y in `order` (n,), joined by their inner correlations."""
        return self.whole.pairing(order).joined(_inner_correlations(self.inner, order))

    def scores(self, order: Ints) -> Floats:
        """Log-ratios of the rows outside the training set, in rising order, with the rows of y in `order` (n,)."""
        rows = self.whole.held_out
        return self.pairing(order).log_ratio(self.whole.x[rows], self.whole.y[order[rows]])

    def fit(self, order: Ints) -> PairRatio:
        """The rule for new rows."""
        return PairRatio(*self.whole.maps, self.pairing(order))


def _far_from_normal(x: Floats) -> bool:
    """Whether normal scores leave over 2 % + 3/n of the variance of the columns of `x` (n, d), on average."""
    columns = x[:, ~constant_columns(x)]
    if not columns.shape[1]:
        return False
    return float(unexplained(columns).mean()) > _UNEXPLAINED + 3 / len(x)


def _inner_correlations(splits: tuple[_Split, ...], order: Ints) -> Floats:
    """Correlations (m,) of the pairs on the rows each inner fit has not seen, adjusted for chance, at least 0.

    r^2 - (1 - r^2) / (n - 1), and 0 where that is negative.
    """
    sums = np.zeros((3, min(splits[0].x.shape[1], splits[0].y.shape[1])))
    for split in splits:
        u, v = split.pairing(order).variates(split.x[split.held_out], split.y[order[split.held_out]])
        sums[:, : u.shape[1]] += [(u * v).sum(axis=0), (u**2).sum(axis=0), (v**2).sum(axis=0)]
    samples = sum(len(split.held_out) for split in splits)
    raw = sums[0] / np.sqrt(np.maximum(sums[1] * sums[2], np.finfo(float).tiny))
    return np.where(raw > 0, np.sqrt(np.maximum(raw**2 - (1 - raw**2) / (samples - 1), 0)), 0.0)


def _shrunk(cross: Floats, samples: int) -> Floats:
    """Blocks of the white cross-covariance (c, e), each times its positive-part James-Stein factor.

    Noise gives an entry the variance 1/n, so a block B of b entries is multiplied by max(0, 1 - b / (n |B|^2)).
    A single block is left as it is.
    """
    if max(cross.shape) <= _BLOCK:
        return cross
    rows, columns = (np.arange(0, size, _BLOCK) for size in cross.shape)
    energy = np.add.reduceat(np.add.reduceat(cross**2, rows, axis=0), columns, axis=1)
    entries = np.outer(
        *(np.diff(starts, append=size) for starts, size in zip((rows, columns), cross.shape, strict=True))
    )
    factor = np.maximum(0, 1 - entries / (samples * np.maximum(energy, np.finfo(float).tiny)))
    return np.asarray(
        cross * np.repeat(np.repeat(factor, _BLOCK, axis=0)[: len(cross)], _BLOCK, axis=1)[:, : cross.shape[1]]
    )
