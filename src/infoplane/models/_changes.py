"""What is done to a state: vectors added to it, a subspace taken out of it. Arrays, bound to a batch when it runs.

Wherever a change has an axis of layers it is that of the selection it is used at, and row i of a change goes with
prompt i.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infoplane._errors import InputError, one_line

if TYPE_CHECKING:
    import torch

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

# Float32 states (m, width), the number of a layer, and which row of the batch each state is of (None: state i is of row
# i); gives the changed states.
Bound = Callable[["torch.Tensor", int, "torch.Tensor | None"], "torch.Tensor"]


class Change(Protocol):
    """What is done to a state."""

    @property
    def rows(self) -> int | None:
        """How many rows it tells apart; None where all are changed alike."""

    @property
    def shape(self) -> tuple[int, int]:
        """Layers and width it was made for."""

    def take(self, rows: Rows) -> "Change":
        """The same for these rows."""

    def bind(self, rows: Sequence[int], device: "torch.device") -> Bound:
        """Made ready for a batch of these rows."""


@dataclass(frozen=True, eq=False)
class Add:
    """h + sum_k w_k v_k, with `vectors` (k, layers, width) in activation units.

    `weights`: (n, k) by row, or (1, k) for all rows.
    """

    vectors: Floats = field(repr=False)
    weights: Floats = field(repr=False)

    def __post_init__(self) -> None:
        vectors, weights = float32_field(self, "vectors", 3), float32_field(self, "weights", 2)
        if weights.shape[1] != len(vectors):
            came = f"weights {weights.shape} for {len(vectors)} vectors"
            raise InputError(one_line(came, "one weight a vector", "pass weights (rows, vectors)"))

    def __repr__(self) -> str:
        lengths = np.linalg.norm(self.vectors, axis=2)
        return f"Add(vectors={len(lengths)}, length={lengths.min():.3g} to {lengths.max():.3g})"

    @property
    def rows(self) -> int | None:
        """Rows of the weights, None for one."""
        return None if len(self.weights) == 1 else len(self.weights)

    @property
    def shape(self) -> tuple[int, int]:
        """Layers and width."""
        return self.vectors.shape[1], self.vectors.shape[2]

    def take(self, rows: Rows) -> "Add":
        """The same for these rows."""
        return self if self.rows is None else replace(self, weights=self.weights[rows])

    def bind(self, rows: Sequence[int], device: "torch.device") -> Bound:
        """The sums of these rows, (layers, rows, width)."""
        import torch

        weights = self.weights if self.rows is None else self.weights[list(rows)]
        moves = torch.as_tensor(np.tensordot(weights, self.vectors, 1).swapaxes(0, 1).copy(), device=device).unbind()
        alike = self.rows is None

        def bound(states: torch.Tensor, layer: int, of: torch.Tensor | None) -> torch.Tensor:
            return states + (moves[layer] if of is None or alike else moves[layer][of])

        return bound


@dataclass(frozen=True, eq=False)
class Erase:
    """h - Q Q'(h - centre): the closed-form removal of a subspace, after which no linear reader finds it.

    `bases` (k, layers, width, rank): orthonormal columns; columns of zeros are of no effect. `which` (n,) by row or
    (1,) for all: the basis used. `centre` (layers, width): where states are left in the subspace; None: at its origin.
    """

    bases: Floats = field(repr=False)
    which: Rows = field(default_factory=lambda: np.zeros(1, np.int64), repr=False)
    centre: Floats | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        bases = float32_field(self, "bases", 4)
        object.__setattr__(self, "which", numbers_below(self.which, len(bases), "which"))
        if self.centre is not None and float32_field(self, "centre", 2).shape != self.shape:
            raise InputError(one_line(f"a centre {self.centre.shape}", f"{self.shape}", "pass (layers, width)"))
        gram = bases.swapaxes(-1, -2) @ bases
        diagonal = np.diagonal(gram, axis1=-2, axis2=-1)
        off = np.abs(gram - np.eye(gram.shape[-1]) * diagonal[..., None, :]).max()
        if off > 1e-3 or not np.all((np.abs(diagonal - 1) < 1e-3) | (diagonal == 0)):
            raise InputError(one_line("bases that are not orthonormal", "unit columns at right angles", "use their QR"))

    def __repr__(self) -> str:
        return f"Erase(bases={len(self.bases)}, rank={self.bases.shape[-1]})"

    @property
    def rows(self) -> int | None:
        """Rows of `which`, None for one."""
        return None if len(self.which) == 1 else len(self.which)

    @property
    def shape(self) -> tuple[int, int]:
        """Layers and width."""
        return self.bases.shape[1], self.bases.shape[2]

    def take(self, rows: Rows) -> "Erase":
        """The same for these rows."""
        return self if self.rows is None else replace(self, which=self.which[rows])

    def bind(self, rows: Sequence[int], device: "torch.device") -> Bound:
        """Bases on the device, side by side, and a mask (rows, k) of the one that each of these rows uses."""
        import torch

        count, layers, width, rank = self.bases.shape
        sides = torch.as_tensor(self.bases.transpose(1, 2, 0, 3).reshape(layers, width, -1), device=device)
        centre = torch.as_tensor(
            np.zeros(self.shape, np.float32) if self.centre is None else self.centre, device=device
        )
        alike = self.rows is None
        chosen = np.eye(count, dtype=np.float32)[self.which if alike else self.which[list(rows)]]
        uses = torch.as_tensor(chosen, device=device).repeat_interleave(rank, 1)

        def bound(states: torch.Tensor, layer: int, of: torch.Tensor | None) -> torch.Tensor:
            inside = (states - centre[layer]) @ sides[layer]
            inside = inside * (uses if of is None or alike else uses[of])
            return states - inside @ sides[layer].T

        return bound


def float32_field(owner: object, name: str, dimensions: int) -> Floats:
    """The field `name` of `owner`, set as float32; InputError for other dimensions and for what is not finite."""
    try:
        with np.errstate(over="ignore"):
            array = np.asarray(getattr(owner, name), np.float32)
    except (TypeError, ValueError):
        came = f"{name} that are no array of numbers"
        raise InputError(one_line(came, f"{dimensions} dimensions", "see the docstring")) from None
    if array.ndim != dimensions or not array.size:
        raise InputError(one_line(f"{name} of shape {array.shape}", f"{dimensions} dimensions", "see the docstring"))
    if not np.isfinite(array).all():
        raise InputError(one_line(f"{name} with values that are not finite", "numbers", "build the space again"))
    object.__setattr__(owner, name, array)
    return array


def numbers_below(given: ArrayLike, count: int, name: str, *, first: int = 0) -> Rows:
    """`given` as int64 (n,); InputError where it is empty or holds anything but whole numbers `first`..`count` - 1."""
    array = np.asarray(given)
    if (
        array.ndim != 1
        or not len(array)
        or array.dtype.kind not in "iu"
        or not first <= array.min() <= array.max() < count
    ):
        came = f"{name} {given!s:.40}"
        raise InputError(one_line(came, f"whole numbers below {count}", "choose among these"))
    return array.astype(np.int64)
