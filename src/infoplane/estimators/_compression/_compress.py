"""Many columns to few coordinates, without looking at labels, and a word on what that loses."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, Ints, as_features, as_groups, constant_columns
from infoplane.estimators._compression._components import Components, principal_components
from infoplane.estimators._compression._dimension import intrinsic_dimension
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._folds import group_folds

Method = Literal["pca", "autoencoder"]

# The dimension is that of the leading components with this share of the variance: noise below it fills all columns.
_SHAPE = 0.95
_FOLDS = 5


class Encoder(Protocol):
    """A map to few coordinates and back, fitted without labels."""

    def encode(self, x: Floats) -> Floats:
        """Codes (n, k) of `x` (n, d)."""
        ...

    def decode(self, codes: Floats) -> Floats:
        """Rows (n, d) that `codes` (n, k) stand for."""
        ...


@dataclass(frozen=True, slots=True)
class Compressed:
    """`codes` (n, `dimensions`) of n samples and what they keep.

    `explained`: share of the variance that the decoder gives back, on a fifth of the samples (whole groups) that its
    encoder had not seen. `intrinsic`: dimension of the data. `flags`: `dimension_mismatch` where `dimensions` is
    another number, and the flags of `intrinsic`.
    """

    codes: Floats
    dimensions: int
    explained: float
    intrinsic: Estimate
    flags: tuple[str, ...]


def compress(
    x: Any, dimensions: int | Literal["auto"] = "auto", method: Method = "pca", *, groups: Any = None, seed: int = 0
) -> Compressed:
    """Codes of `x` (n, d) with few `dimensions`; `auto` takes the intrinsic dimension of the data, rounded.

    `pca`: leading principal components of the centred columns as they come (scale them first if their units differ).
    `autoencoder`: a small network trained to give back its input by absolute error, for data on a curved surface, which
    components fold. No label is looked at: whatever the codes say about one, the data said. How much of it they keep is
    another question; shares of variance do not answer it (Butakov et al. 2024).
    Raises InputError for NaN, constant data, fewer than 20 distinct rows or 2 groups, dimensions out of range.
    """
    rows = as_features(x)
    if constant_columns(rows).all():
        raise InputError(one_line("x with constant columns only", "values that vary", "give another array"))
    axes = principal_components(rows)
    intrinsic = intrinsic_dimension(axes.holding(_SHAPE).encode(rows), seed=seed)
    count = _count(dimensions, len(axes.variances), intrinsic)
    ids = as_groups(groups, len(rows))
    unseen = group_folds(ids, min(_FOLDS, int(ids.max()) + 1), seed) == 0
    encoder, codes = _encoded(rows, axes, count, method, np.flatnonzero(unseen), seed)
    flags = intrinsic.flags + (() if _matches(count, intrinsic) else ("dimension_mismatch",))
    return Compressed(codes, count, _explained(encoder, rows[~unseen], rows[unseen]), intrinsic, flags)


def _encoded(
    x: Floats, axes: Components, count: int, method: Method, unseen: Ints, seed: int
) -> tuple[Encoder, Floats]:
    """An encoder that has not seen the rows `unseen`, and codes (n, count) of all rows.

    Components vary too little with a fifth of the samples to need an encoder of their own, so codes use all of them.
    """
    seen = np.delete(x, unseen, axis=0)
    if method == "pca":
        return principal_components(seen).first(count), axes.first(count).encode(x)
    if method == "autoencoder":
        from infoplane.estimators._compression._autoencoder import fit_autoencoder

        encoder = fit_autoencoder(seen, x[unseen], count, principal_components(seen), seed=seed)
        return encoder, encoder.encode(x)
    raise InputError(one_line(f"method {method!r}", "pca or autoencoder", "use one of these"))


def _explained(encoder: Encoder, seen: Floats, unseen: Floats) -> float:
    """1 - squared error of the `unseen` rows (n, d) given back, over that of the mean of the `seen` ones."""
    error = unseen - encoder.decode(encoder.encode(unseen))
    return 1 - float((error**2).sum() / ((unseen - seen.mean(axis=0)) ** 2).sum())


def _count(dimensions: int | Literal["auto"], most: int, intrinsic: Estimate) -> int:
    """Number of code dimensions; InputError when it does not fit."""
    if dimensions == "auto":
        return min(most, max(1, round(intrinsic.value)))
    if not isinstance(dimensions, int | np.integer) or not 1 <= dimensions <= most:
        raise InputError(one_line(f"dimensions {dimensions!r}", f"auto or 1 to {most}", "change dimensions"))
    return int(dimensions)


def _matches(count: int, intrinsic: Estimate) -> bool:
    """True when `count` is a whole number next to the interval of the intrinsic dimension."""
    low, high = intrinsic.low or intrinsic.value, intrinsic.high or intrinsic.value
    return low - 0.5 <= count <= high + 0.5
