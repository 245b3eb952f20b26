"""TS-FT: states trained towards where the direction of the right label would put them."""

from collections.abc import Callable, Iterable
from typing import ClassVar, Literal, get_args

import torch
from torch import Tensor

from infoplane._errors import InputError, one_line
from infoplane.models import Select
from infoplane.objectives._batch import Batch
from infoplane.objectives._checks import at_most_one, given
from infoplane.objectives._objective import Directions, Facts, Objective
from infoplane.objectives._shift import RunningShift

Reference = Literal["frozen_ref", "ema_ref", "self_detached"]
Scale = Literal["size", "paper"]


def task_space_mse(states: Tensor, targets: Tensor, present: Tensor | None = None) -> Tensor:
    """Squared distance of states from their targets, its mean over places: (n, layers).

    states, targets (n, places, layers, width); present (n, places) bool: which places an example has. Over the width it
    is eq. 24 of the task-space paper, whose target is the state itself plus v: the distance then is |v|^2 whatever the
    state, and its gradient zero.
    """
    squares = (states - targets).square().sum(-1)
    if present is None:
        return squares.mean(1)
    squares = squares.masked_fill(~present[:, :, None], 0.0)
    return squares.sum(1) / present.sum(1, keepdim=True).clamp(min=1)


class TaskSpaceMSE(Objective):
    """L = CE + weight * mean over layers of |h - (h_ref + strength v_y)|^2 / E|v_y|^2, with v_y the label's direction.

    The added term begins at strength^2, on any model and at any number of layers. Source: task-space paper, eq. 23-27.

    layers     as in `Select`; None: the first, middle and last of the middle third of the blocks, since a shift that is
               made at one layer persists in those above it
    tokens     "last": the last of the prompt and those that emit the answer; "content", "all"; None: what the
               directions were made of, "last" of a decoder and the mean over the content of an encoder
    reference  h_ref. "frozen_ref": the state before training. "ema_ref": that, moved as far as the states of the label
               have moved on average, so that the target runs ahead, at a speed set by `decay`. "self_detached": the
               state itself without its gradient, a push along v that never ends, under a loss that never changes
    scale      "size", or "paper": eq. 24 and 25 as printed, the sum over layers of squares over the width
    decay      of the running mean, a step

    Raises InputError for a setting that is none of these, and for directions that are missing, zero or do not fit.
    """

    name: ClassVar[str] = "task-space"
    vectors: Tensor
    share: Tensor

    def __init__(
        self,
        weight: float = 0.1,
        *,
        layers: str | int | Iterable[int | str] | None = None,
        tokens: str | None = None,
        strength: float = 1.0,
        reference: Reference = "frozen_ref",
        scale: Scale = "size",
        decay: float = 0.99,
    ) -> None:
        super().__init__(weight)
        _check(reference, scale)
        at_most_one(decay, f"decay of {self.name}")
        self.layers = None if layers is None else str(Select(layers=layers).layers)
        self.tokens = None if tokens is None else str(Select(tokens=tokens).tokens)
        self.strength, self.reference, self.scale, self.decay = float(strength), reference, scale, float(decay)
        self._select: Select | None = None

    @property
    def needs(self) -> frozenset[str]:
        """The states and, unless they are their own reference, those before training."""
        if not self.weight:
            return frozenset()
        return frozenset({"states"} if self.reference == "self_detached" else {"states", "reference"})

    @property
    def select(self) -> Select | None:
        """The states that are pulled; known once it is prepared."""
        return self._select if self.weight else None

    def prepare(self, facts: Facts) -> None:
        """Take the directions (C, layers, width) and what distances are multiplied by (layers,)."""
        if not self.weight:
            return
        directions = _directions(facts)
        layers = self._layers(directions.layers, facts.blocks)
        vectors = torch.stack([directions.vectors[_at(directions, layer)] for layer in layers], dim=1).float()
        self._select = self._selected(layers, decoder=facts.decoder)
        self.register_buffer("vectors", self.strength * vectors)
        self.register_buffer("share", self._share(vectors, torch.tensor(facts.class_counts)))
        self.shift = RunningShift(*vectors.shape, decay=self.decay) if self.reference == "ema_ref" else None

    def forward(self, batch: Batch) -> Tensor:
        """The loss of `batch`, whose shift is remembered for the next step while training."""
        loss = self._cross_entropy(batch)
        if not self.weight:
            return loss
        states = given(batch, "states", self.name).to(self.vectors.dtype)
        targets = self._reference(batch, states) + self.vectors[batch.labels][:, None]
        distances = task_space_mse(states, targets, batch.present)
        pulled = batch.over_examples((distances * self.share).sum(1))
        self.parts["task_space"] = pulled.detach()
        return loss + self.weight * pulled

    @torch.no_grad()
    def step(self, reduce: Callable[[Tensor], Tensor] = lambda sums: sums) -> None:
        """Move the reference after the states, where it does."""
        if self.weight and self.shift is not None:
            self.shift.step(reduce)

    def settings(self) -> dict[str, object]:
        """What run.json says of it."""
        own = ("layers", "tokens", "strength", "reference", "scale", "decay")
        return super().settings() | {name: getattr(self, name) for name in own}

    def _reference(self, batch: Batch, states: Tensor) -> Tensor:
        """The states (n, places, layers, width) that directions are added to, without gradient."""
        if self.reference == "self_detached":
            return states.detach()
        before = given(batch, "reference", self.name).to(states.dtype)
        if before.shape != states.shape:
            came = f"reference of places and layers {tuple(before.shape[1:3])}"
            raise InputError(one_line(came, f"{tuple(states.shape[1:3])} as of the states", "read both alike"))
        if self.shift is None:
            return before
        if self.training:
            self.shift.take(states.detach() - before, batch.present, batch.labels)
        return before + self.shift.mean[batch.labels][:, None]

    def _layers(self, have: tuple[int, ...], blocks: int) -> tuple[int | str, ...]:
        """The layers pulled, of those that `have` directions."""
        if self.layers is None:
            return _middle(blocks)
        return have if self.layers == "all" else Select(layers=self.layers).resolve_layers(blocks)

    def _selected(self, layers: tuple[int | str, ...], *, decoder: bool) -> Select:
        if self.tokens is not None:
            return Select(layers=layers, tokens=self.tokens)
        return Select(layers=layers) if decoder else Select(layers=layers, tokens="content", reduce="mean")

    def _share(self, vectors: Tensor, counts: Tensor) -> Tensor:
        """What squared distances are multiplied by, (layers,), from the directions (C, layers, width)."""
        _, layers, width = vectors.shape
        if self.scale == "paper":
            return torch.full((layers,), 1 / width)
        sizes = (counts[:, None] * vectors.square().sum(-1)).sum(0) / counts.sum()
        if not (sizes > 0).all():
            came = "directions that are zero, or not finite, at a layer"
            raise InputError(
                one_line(came, "a direction for every label", "choose other layers, or build the space anew")
            )
        return 1 / (layers * sizes)


def _check(reference: str, scale: str) -> None:
    if reference == "undetached":
        came = "reference 'undetached', of which the loss is constant, |h - (h + v)|^2 = |v|^2"
        raise InputError(one_line(came, "a reference without gradient", "use frozen_ref"))
    for name, value, known in (("reference", reference, get_args(Reference)), ("scale", scale, get_args(Scale))):
        if value not in known:
            raise InputError(one_line(f"{name} {value!r}", f"one of {', '.join(known)}", "use one of these"))


def _directions(facts: Facts) -> Directions:
    """The directions of all labels at the width of the network; InputError where there are none."""
    if facts.directions is None:
        raise InputError(one_line("task-space without directions", "those of a task space", "build one and give it"))
    directions = facts.directions()
    came, expected = tuple(directions.vectors.shape[1:]), (len(facts.class_counts), facts.width)
    if came != expected:
        do = "build the space of this model and task"
        raise InputError(one_line(f"directions of (labels, width) {came}", f"{expected}", do))
    return directions


def _at(directions: Directions, layer: int | str) -> int:
    if layer not in directions.layers:
        have = f"among {directions.layers[0]} to {directions.layers[-1]}"
        raise InputError(one_line(f"layer {layer} of task-space", f"layers {have}", "choose there"))
    return directions.layers.index(layer)


def _middle(blocks: int) -> tuple[int, ...]:
    """First, middle and last layer of the middle third of the blocks (choices A18, A23)."""
    first = -(-blocks // 3)
    last = max(first, 2 * blocks // 3)
    return tuple(sorted({first, (first + last) // 2, last}))
