"""Forward hooks that carry a plan out, row by row and token by token, and leave nothing behind.

Our own loops say before each forward, by `Aim`, which rows stand where; one of anyone else is followed by `Foreign`.
"""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from infoplane._errors import InputError, one_line
from infoplane.models._changes import Bound
from infoplane.models._foreign import Foreign
from infoplane.models._places import EVERY, Place
from infoplane.models._plan import Edit, Plan
from infoplane.models._points import Point, hook

if TYPE_CHECKING:
    from infoplane.models._language_model import LanguageModel


class Steering:
    """A plan at work on one model: its hooks, and where the coming forward is edited."""

    def __init__(self, model: "LanguageModel", plan: Plan) -> None:
        _check(model, plan)
        if model.kind == "encoder":
            plan = replace(plan, edits=tuple(_of_the_prompt(edit) for edit in plan.edits))
        self.model, self.plan = model, plan
        self._points: dict[Point, list[tuple[int, int]]] = {}
        for number, edit in enumerate(plan.edits):
            for at, layer in enumerate(edit.select.resolve_layers(model.layers)):
                self._points.setdefault((edit.select.site, layer), []).append((number, at))
        self._foreign = Foreign(plan, answers=model.kind == "decoder")
        self._signature = inspect.signature(model.anatomy.backbone.forward)
        self._follows = False
        self._pending: list[Place] | None = None
        self._places: list[Place] = []
        self._rows: list[int] | None = None
        self._bound: list[list[Bound]] = []

    @contextmanager
    def placed(self, rows: Sequence[int], places: list[Place]) -> Iterator[None]:
        """The forward inside is of these rows of the plan, edited at these places, one an edit."""
        if rows:
            self._bind(rows)
        self._pending = places
        try:
            yield
        finally:
            self._pending = None

    def plainly(self) -> AbstractContextManager[None]:
        """The forward inside is not edited."""
        return self.placed([], [None] * len(self.plan.edits))

    @contextmanager
    def attached(self) -> Iterator["Steering"]:
        """Register the hooks, first in line so that whoever looks sees the edit; remove them on every way out.

        Raises ModelError at the end where the network itself was run to states that are not finite.
        """
        anatomy = self.model.anatomy
        backbone, handles = anatomy.backbone, list[RemovableHandle]()
        try:
            for point in self._points:
                handles.append(hook(anatomy, point, partial(self._edit, point), first=True))
            handles.append(backbone.register_forward_pre_hook(self._start, with_kwargs=True, prepend=True))
            handles.append(backbone.register_forward_hook(self._end))
            yield self
        finally:
            for handle in handles:
                handle.remove()
        self._foreign.require_finite()

    def _bind(self, rows: Sequence[int]) -> None:
        if self._rows != rows:
            with torch.inference_mode(mode=False):  # tensors made in inference mode cannot be kept for a gradient
                device = self.model.device
                self._bound = [[change.bind(rows, device) for change in edit.changes] for edit in self.plan.edits]
            self._rows = list(rows)

    def _start(self, module: nn.Module, args: Any, kwargs: Any) -> None:  # noqa: ARG002
        """Before the network runs: take what our loop said, or find out what is being run."""
        self._follows = self._pending is None
        if self._pending is None:
            rows, self._pending = self._foreign.follow(self._signature.bind(*args, **kwargs).arguments)
            self._bind(rows)
        self._places, self._pending = self._pending, None

    def _end(self, module: nn.Module, args: Any, output: Any) -> None:  # noqa: ARG002
        if self._follows:
            self._foreign.ran(output)

    def _edit(self, point: Point, hidden: Tensor) -> Tensor | None:
        """The states at `point` as edited in this forward; None where none of them is."""
        edited = None
        for number, at in self._points[point]:
            place = self._places[number]
            if place is not None:
                edited = self._changed(self.plan.edits[number], self._bound[number], at, hidden, place)
                hidden = edited
        return edited

    def _changed(self, edit: Edit, bound: Sequence[Bound], at: int, hidden: Tensor, place: Any) -> Tensor:
        every = place is EVERY
        rows, columns = place
        before = (hidden.squeeze(1) if every else hidden[rows, columns]).float()
        after = before
        for change in bound:
            after = change(after, at, None if every else rows)
        if edit.keep_norm:
            after = nn.functional.normalize(after, dim=-1) * before.norm(dim=-1, keepdim=True)
        after = after.to(hidden.dtype)
        return after.unsqueeze(1) if every else hidden.index_put((rows, columns), after)


def _check(model: "LanguageModel", plan: Plan) -> None:
    own = plan.fingerprint in (None, model.fingerprint)
    if not own and not model.descends_from(str(plan.fingerprint)):
        came = f"a plan for another model than {model.name}"
        raise InputError(one_line(came, "one made for it", "build the space on this model"))
    for edit in plan.edits:
        layers = edit.select.resolve_layers(model.layers)
        for change in edit.changes:
            if change.shape != (len(layers), model.width):
                came = f"{type(change).__name__} of {change.shape[0]} layers, width {change.shape[1]}"
                expected = f"{len(layers)} layers ({edit.select.layers}), width {model.width}"
                raise InputError(one_line(came, expected, "make it for the layers it is used at"))


def _of_the_prompt(edit: Edit) -> Edit:
    """The edit of an encoder, which emits nothing: only the tokens named are meant."""
    if not edit.select.has_step(0):
        raise InputError(one_line(f"{edit.select} of an encoder", "step 0, its only one", "leave steps out"))
    return replace(edit, select=replace(edit.select, steps=0))
