"""Ranks of a sample as values of a normal distribution: what stays when every monotone change of scale is taken out."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import special

from infoplane.estimators._arrays import Floats, Ints

_BENT = 0.003


@dataclass(frozen=True, slots=True)
class Ranks:
    """Empirical distribution of every column of a sample: its `values` in order and their `shares` below, in (0, 1)."""

    values: tuple[Floats, ...]
    shares: tuple[Floats, ...]

    def __call__(self, x: Floats) -> Floats:
        """Shares (n, d) of the sample below `x` (n, d): rank / (n + 1) on the sample itself, linear in between."""
        columns = [np.interp(*column) for column in zip(x.T, self.values, self.shares, strict=True)]
        return np.ascontiguousarray(np.array(columns).T).reshape(x.shape)

    def scores(self, x: Floats) -> Floats:
        """Normal scores (n, d) of `x` (n, d): the standard normal quantiles of the shares."""
        return np.asarray(special.ndtri(self(x)))


def fit_ranks(x: Floats) -> Ranks:
    """Ranks of the columns of `x` (n, d); tied values share their mean rank."""
    values, shares = [], []
    for column in x.T:
        kinds, counts = np.unique(column, return_counts=True)
        values.append(kinds)
        shares.append((np.cumsum(counts) - (counts - 1) / 2) / (len(x) + 1))
    return Ranks(tuple(values), tuple(shares))


def normal_scores(x: Floats) -> Floats:
    """Normal scores (n, d) of the columns of `x` (n, d) within `x` itself."""
    return fit_ranks(x).scores(x)


def tied_share(x: Floats) -> float:
    """Largest share, over the columns of `x` (n, d), of values that occur more than once."""
    return max(float(counts[counts > 1].sum()) / len(x) for counts in map(_counts, x.T))


def _counts(column: Floats) -> Floats:
    return np.asarray(np.unique(column, return_counts=True)[1])


@dataclass(frozen=True, slots=True)
class Margins:
    """White variates (n, m) as they are, but by their normal scores the columns `bent` (m,) that are not normal."""

    bent: NDArray[np.bool_]
    ranks: Ranks

    def __call__(self, variates: Floats) -> Floats:
        """The variates (n, m), each near to normal."""
        found = np.array(variates)
        found[:, self.bent] = self.ranks.scores(variates[:, self.bent])
        return found

    def columns(self, kept: Ints) -> Self:
        """The margins of the columns `kept`."""
        inside = np.flatnonzero(np.isin(np.flatnonzero(self.bent), kept))
        ranks = Ranks(tuple(self.ranks.values[k] for k in inside), tuple(self.ranks.shares[k] for k in inside))
        return type(self)(self.bent[kept], ranks)


def fit_margins(variates: Floats) -> Margins:
    """Margins of `variates` (n, m); those are bent of whose variance normal scores leave over 0.3 % + 4/n."""
    bent = unexplained(variates) > _BENT + 4 / len(variates)
    return Margins(bent, fit_ranks(variates[:, bent]))


def unexplained(x: Floats) -> Floats:
    """Share of the variance of each column of `x` (n, d) that its normal scores leave, (d,): about 3/n when normal."""
    scores = normal_scores(x)
    centred = x - x.mean(axis=0)
    energy = (centred**2).sum(axis=0) * (scores**2).sum(axis=0)
    return np.asarray(1 - (centred * scores).sum(axis=0) ** 2 / np.maximum(energy, np.finfo(float).tiny))
