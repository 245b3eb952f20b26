"""What comes in, checked once: features, labels, groups. Everything behind this file can trust its arrays."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane.estimators._containers import as_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Squares of larger numbers overflow, those of smaller ones vanish.
_LARGEST, _SMALLEST = 1e150, 1e-150
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
    return as_array(values, "data").dtype.kind in "iubUS"


def as_features(values: Any, name: str = "x") -> Floats:
    """`values` as a finite float64 matrix (n, d); a vector becomes one column. InputError for anything else.

    Numbers above 1e150, and columns below 1e-150, are refused too: their squares are no numbers.
    """
    array = as_array(values, name)
    if array.dtype.kind not in "iubf" or array.ndim not in (1, 2) or array.size == 0:
        came = f"{name} of type {array.dtype} and shape {array.shape}"
        raise InputError(one_line(came, "numbers of shape (n,) or (n, d), n and d above 0", "give one row a sample"))
    matrix = np.ascontiguousarray(array.reshape(len(array), -1), dtype=np.float64)
    bad = len(matrix) - int(np.isfinite(matrix).all(axis=1).sum())
    if bad:
        do = "drop these rows" if array.dtype != np.float16 else "drop these rows, or compute them in float32"
        raise InputError(one_line(f"{name} with NaN or infinity in {bad} rows", "finite numbers", do))
    size = np.abs(matrix).max(axis=0)
    if size.max() > _LARGEST or ((size > 0) & (size < _SMALLEST)).any():
        came = f"{name} with columns of size {size[size > 0].min():.0e} to {size.max():.0e}"
        raise InputError(one_line(came, f"sizes of {_SMALLEST:.0e} to {_LARGEST:.0e}", "give it in other units"))
    return matrix


def as_labels(values: Any, name: str = "y", *, one_class: bool = False) -> Labels:
    """`values` as `Labels`; several columns make one label a row. InputError for floats and for no samples.

    A single class raises InputError too, unless `one_class` allows it.
    """
    array = as_array(values, name)
    if array.dtype.kind not in "iubUS" or array.ndim not in (1, 2) or array.size == 0:
        came = f"{name} of type {array.dtype} and shape {array.shape}"
        raise InputError(one_line(came, "at least one integer, string or boolean label", "cast the labels to integers"))
    several = array.ndim == 2 and array.shape[1] > 1
    codes = np.unique(array if several else array.ravel(), axis=0, return_inverse=True)[1].ravel().astype(np.int64)
    classes = int(codes.max()) + 1
    if classes == 1 and not one_class:
        raise InputError(one_line(f"{name} with a single class", "at least two", "give samples of another label"))
    return Labels(codes, classes)


def as_numbers(values: NDArray[Any]) -> Floats:
    """Class numbers (n,) as indicators (n, classes); numbers as they are."""
    return values if values.dtype.kind == "f" else np.eye(int(values.max()) + 1)[values]


def as_groups(groups: Any, samples: int) -> Ints:
    """Group number of each sample, (n,), in sorted order of the group ids; None makes every sample its own group."""
    if groups is None:
        return np.arange(samples)
    array = as_array(groups, "groups")
    if array.ndim == 2 and array.shape[1] == 1:
        array = array.ravel()
    if array.ndim != 1 or (array.dtype.kind == "f" and not np.isfinite(array).all()):
        came = f"groups of type {array.dtype} and shape {array.shape}"
        raise InputError(one_line(came, "one group id a sample", "give a vector without NaN"))
    same_length(samples, groups=array)
    return np.unique(array, return_inverse=True)[1].astype(np.int64)


def same_length(samples: int, **others: Any) -> None:
    """InputError unless every named array has `samples` rows."""
    for name, array in others.items():
        if array is not None and len(array) != samples:
            came = f"{samples} rows of x and {len(array)} of {name}"
            raise InputError(one_line(came, "equal lengths", "give one row a sample in each"))


def check_draws(permutations: Any, seed: Any) -> None:
    """InputError unless both are whole numbers of at least 0."""
    for name, value in (("permutations", permutations), ("seed", seed)):
        if not isinstance(value, int | np.integer) or value < 0:
            raise InputError(one_line(f"{name} {value!r}", "a whole number of at least 0", "use for example 100"))


def enough_samples(labels: Labels, name: str = "y") -> None:
    """InputError when `labels` has under two samples a class on average: ids or continuous numbers, not classes."""
    samples = len(labels.codes)
    if samples < 2 * labels.classes:
        came = f"{labels.classes} classes of {name} in {samples} samples"
        do = "use more samples or coarser labels, or cast to float if these are quantities"
        raise InputError(one_line(came, "at least two samples a class", do))


def constant_columns(matrix: Floats) -> NDArray[np.bool_]:
    """Columns (d,) without spread beyond rounding."""
    return np.asarray(np.ptp(matrix, axis=0) <= _ROUNDING * np.abs(matrix).max(axis=0))
