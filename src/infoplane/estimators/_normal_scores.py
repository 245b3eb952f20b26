"""Ranks of a sample as values of a normal distribution: what stays when every monotone change of scale is taken out."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import special

from infoplane.estimators._arrays import Floats, Ints


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

    def columns(self, kept: Ints) -> Self:
        """The ranks of the columns `kept`."""
        return type(self)(tuple(self.values[k] for k in kept), tuple(self.shares[k] for k in kept))


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
