"""What comes in, checked once: features, labels, groups. Everything behind this file can trust its arrays."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# A column whose spread is rounding noise of its own size carries nothing.
_ROUNDING = 1e-10


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels as `codes` 0..`classes`-1, shape (n,), in the sorted order of what came."""

    codes: Ints
    classes: int

    @property
    def counts(self) -> Ints:
        """Samples of each class, (classes,)."""
        return np.bincount(self.codes, minlength=self.classes)

    @property
    def entropy(self) -> float:
        """Plug-in H(Y) in nats: -sum p log p with p the frequencies in the sample."""
        share = self.counts / len(self.codes)
        return float(-(share * np.log(share)).sum())


def is_discrete(values: Any) -> bool:
    """Integers, booleans, strings and categories are discrete; floats are continuous. Objects raise InputError."""
    return _plain(values, "data").dtype.kind in "iubUS"


def as_features(values: Any, name: str = "x") -> Floats:
    """`values` as a finite float64 matrix (n, d); a vector becomes one column. InputError for anything else."""
    array = _plain(values, name)
    if array.dtype.kind not in "iubf" or array.ndim not in (1, 2) or array.size == 0:
        came = f"{name} of type {array.dtype} and shape {array.shape}"
        raise InputError(one_line(came, "numbers of shape (n,) or (n, d), n and d above 0", "give one row a sample"))
    matrix = np.ascontiguousarray(array.reshape(len(array), -1), dtype=np.float64)
    bad = len(matrix) - int(np.isfinite(matrix).all(axis=1).sum())
    if bad:
        raise InputError(one_line(f"{name} with NaN or infinity in {bad} rows", "finite numbers", "drop these rows"))
    return matrix


def as_labels(values: Any, name: str = "y", *, one_class: bool = False) -> Labels:
    """`values` as `Labels`; several columns make one label a row. InputError for floats and for no samples.

    A single class raises InputError too, unless `one_class` allows it.
    """
    array = _plain(values, name)
    if array.dtype.kind not in "iubUS" or array.ndim not in (1, 2) or array.size == 0:
        came = f"{name} of type {array.dtype} and shape {array.shape}"
        raise InputError(one_line(came, "at least one integer, string or boolean label", "cast the labels to integers"))
    several = array.ndim == 2 and array.shape[1] > 1
    codes = np.unique(array if several else array.ravel(), axis=0, return_inverse=True)[1].ravel().astype(np.int64)
    classes = int(codes.max()) + 1
    if classes == 1 and not one_class:
        raise InputError(one_line(f"{name} with a single class", "at least two", "give samples of another label"))
    return Labels(codes, classes)


def as_groups(groups: Any, samples: int) -> Ints:
    """Group number of each sample, (n,), in sorted order of the group ids; None makes every sample its own group."""
    if groups is None:
        return np.arange(samples)
    array = _plain(groups, "groups").ravel()
    same_length(samples, groups=array)
    return np.unique(array, return_inverse=True)[1].astype(np.int64)


def same_length(samples: int, **others: Any) -> None:
    """InputError unless every named array has `samples` rows."""
    for name, array in others.items():
        if array is not None and len(array) != samples:
            came = f"{samples} rows of x and {len(array)} of {name}"
            raise InputError(one_line(came, "equal lengths", "give one row a sample in each"))


def enough_samples(labels: Labels, name: str = "y") -> None:
    """InputError when `labels` has under two samples a class on average: ids or continuous numbers, not classes."""
    samples = len(labels.codes)
    if samples < 2 * labels.classes:
        came = f"{labels.classes} classes of {name} in {samples} samples"
        raise InputError(one_line(came, "at least two samples a class", "use more samples or coarser labels"))


def constant_columns(matrix: Floats) -> NDArray[np.bool_]:
    """Columns (d,) without spread beyond rounding."""
    return np.asarray(np.ptp(matrix, axis=0) <= _ROUNDING * np.abs(matrix).max(axis=0))


def _plain(values: Any, name: str) -> NDArray[Any]:
    """`values` as an array of numbers, booleans or strings."""
    array = np.asarray(values)
    if array.dtype.kind == "O" and array.size and all(isinstance(item, str) for item in array.flat):
        return array.astype(str)
    if array.dtype.kind not in "iubfUS":
        came = f"{name} of type {array.dtype}"
        raise InputError(one_line(came, "an array of numbers, booleans or strings", "convert it to one type"))
    return array
