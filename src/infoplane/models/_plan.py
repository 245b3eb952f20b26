"""A plan: which states of which prompts are changed, and how. Arrays only; nothing here runs a network.

A change is what is done to a state h of one row at one layer; an edit does its changes, in order, to the states that a
selection names; a plan is edits, in order. Wherever changes have an axis of layers it is that of the edit's selection,
and row i of a plan goes with prompt i.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane.models._select import Select

if TYPE_CHECKING:
    import torch

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

# Float32 states (m, width), the number of a layer, and which row of the batch each state is of (None: state i is of row
# i); gives the changed states.
Bound = Callable[["torch.Tensor", int, "torch.Tensor | None"], "torch.Tensor"]

SITES = ("residual", "attention", "mlp")


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
        vectors, weights = _float32(self, "vectors", 3), _float32(self, "weights", 2)
        if weights.shape[1] != len(vectors):
            came = f"weights {weights.shape} for {len(vectors)} vectors"
            raise InputError(one_line(came, "one weight a vector", "pass weights (rows, vectors)"))

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
        moves = torch.as_tensor(np.tensordot(weights, self.vectors, 1).swapaxes(0, 1).copy(), device=device)
        alike = self.rows is None

        def bound(states: torch.Tensor, layer: int, of: torch.Tensor | None) -> torch.Tensor:
            return states + (moves[layer] if of is None or alike else moves[layer, of])

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
        bases = _float32(self, "bases", 4)
        object.__setattr__(self, "which", np.asarray(self.which, np.int64))
        if self.centre is not None and _float32(self, "centre", 2).shape != self.shape:
            raise InputError(one_line(f"a centre {self.centre.shape}", f"{self.shape}", "pass (layers, width)"))
        if self.which.ndim != 1 or not len(self.which) or not 0 <= self.which.min() <= self.which.max() < len(bases):
            raise InputError(one_line(f"which={self.which}", f"numbers below {len(bases)}", "choose among the bases"))
        gram = np.einsum("klwr,klws->klrs", bases, bases)
        diagonal = np.einsum("klrr->klr", gram)
        off = np.abs(gram - np.eye(gram.shape[-1]) * diagonal[..., None, :]).max(initial=0)
        if off > 1e-3 or not np.all((np.abs(diagonal - 1) < 1e-3) | (diagonal == 0)):
            raise InputError(one_line("bases that are not orthonormal", "unit columns at right angles", "use their QR"))

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
        """Bases on the device, and which each of these rows uses."""
        import torch

        bases = torch.as_tensor(self.bases, device=device)
        centre = torch.as_tensor(
            np.zeros(self.shape, np.float32) if self.centre is None else self.centre, device=device
        )
        alike = self.rows is None
        which = torch.as_tensor(self.which if alike else self.which[list(rows)], device=device)

        def bound(states: torch.Tensor, layer: int, of: torch.Tensor | None) -> torch.Tensor:
            used = which if of is None or alike else which[of]
            basis = bases[used, layer].expand(len(states), -1, -1)
            inside = torch.bmm((states - centre[layer])[:, None], basis)
            return states - torch.bmm(inside, basis.mT)[:, 0]

        return bound


@dataclass(frozen=True, eq=False)
class Edit:
    """`changes`, in order, of the states that `select` names; `keep_norm`: each state keeps the length it had.

    Steps: 0 the prompt's tokens named by `tokens`, 1 the last token of the prompt, t >= 2 the position that emits token
    t; "all" is the named tokens, the last one and every emitting position.
    """

    select: Select
    changes: tuple[Change, ...]
    keep_norm: bool = False

    def __post_init__(self) -> None:
        select = self.select
        if select.site not in SITES:
            raise InputError(one_line(f"{select}", f"a site of {', '.join(SITES)}", "steer one of these"))
        if select.reduce != "none":
            raise InputError(one_line(f"{select}", "reduce=none, as tokens are changed one by one", "leave it out"))
        if not self.changes:
            raise InputError(one_line("an edit without changes", "at least one", "leave the edit out"))

    @property
    def rows(self) -> int | None:
        """Rows it tells apart."""
        return _common_rows([change.rows for change in self.changes])


@dataclass(frozen=True, eq=False)
class Plan:
    """Edits, in order. `fingerprint`: of the model it was made for, where it was made for one."""

    edits: tuple[Edit, ...]
    fingerprint: str | None = None

    def __post_init__(self) -> None:
        if not self.edits:
            raise InputError(one_line("a plan without edits", "at least one", "leave steering out"))
        _common_rows([edit.rows for edit in self.edits])

    @property
    def rows(self) -> int | None:
        """How many prompts it is for; None where it is the same for every prompt."""
        return _common_rows([edit.rows for edit in self.edits])

    def take(self, rows: Any) -> Self:
        """The plan of these rows; itself where it is the same for all."""
        chosen = np.asarray(rows, np.int64)
        taken = (replace(edit, changes=tuple(one.take(chosen) for one in edit.changes)) for edit in self.edits)
        return replace(self, edits=tuple(taken))

    def __add__(self, other: "Plan") -> "Plan":
        """First the edits of this plan, then those of `other`."""
        prints = {self.fingerprint, other.fingerprint} - {None}
        if len(prints) > 1:
            raise InputError(one_line("plans for two models", "one model", "build both on the same model"))
        return Plan(self.edits + other.edits, next(iter(prints), None))


def _common_rows(counts: Sequence[int | None]) -> int | None:
    told = {count for count in counts if count is not None}
    if len(told) > 1:
        raise InputError(one_line(f"a plan of {sorted(told)} rows", "one number of rows", "plan the same prompts"))
    return next(iter(told), None)


def _float32(owner: object, name: str, dimensions: int) -> Floats:
    """The field `name` of `owner`, set as float32; InputError for other dimensions and for what is not finite."""
    array = np.asarray(getattr(owner, name), np.float32)
    if array.ndim != dimensions or not array.size:
        raise InputError(one_line(f"{name} of shape {array.shape}", f"{dimensions} dimensions", "see the docstring"))
    if not np.isfinite(array).all():
        raise InputError(one_line(f"{name} with values that are not finite", "numbers", "build the space again"))
    object.__setattr__(owner, name, array)
    return array
