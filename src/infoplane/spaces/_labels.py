"""Which labels a plan tells: one name for all rows, a name a row, or weights over the labels of the space."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line

Floats = NDArray[np.float64]
Labels = str | Sequence[str] | Sequence[Sequence[float]] | NDArray[Any]

_SHOWN = 8


def label_weights(names: tuple[str, ...], labels: Labels) -> Floats:
    """Weights (n, K) over `names`, or (1, K) for one name: a row of ones and zeros for a name, `labels` itself else.

    Raises InputError for a name that the space has not, naming near ones, and for weights of another shape or not
    finite.
    """
    told = [labels] if isinstance(labels, str) else list(labels)
    if not told:
        raise InputError(one_line("no labels", "a label, one a row, or weights", "name one"))
    if all(isinstance(name, str) for name in told):
        return np.eye(len(names))[[label_index(names, str(name)) for name in told]]
    try:
        weights = np.asarray(labels, np.float64)
    except (TypeError, ValueError):
        raise _no_weights(names, f"labels of type {type(told[0]).__name__}") from None
    if weights.ndim != 2 or weights.shape[1] != len(names):
        raise _no_weights(names, f"weights of shape {weights.shape}")
    if not np.isfinite(weights).all():
        raise _no_weights(names, "weights that are not finite")
    return weights


def label_index(names: tuple[str, ...], name: str) -> int:
    """Position of `name`; InputError that lists near matches where the space has no such label."""
    if name in names:
        return names.index(name)
    near = get_close_matches(name.lower(), names, n=3, cutoff=0.5)
    others = ", ".join(near or names[:_SHOWN]) + ("" if near or len(names) <= _SHOWN else ", ...")
    came, expected = f"label {name!r}", f"one of the {len(names)} labels of the task space"
    raise InputError(one_line(came, expected, f"did you mean {others}" if near else f"it has {others}"))


def _no_weights(names: tuple[str, ...], came: str) -> InputError:
    return InputError(one_line(came, f"names, or numbers (rows, {len(names)})", "give every row one weight a label"))
