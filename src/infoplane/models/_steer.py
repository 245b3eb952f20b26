"""Forward hooks that carry a plan out, row by row and token by token, and leave nothing behind.

Which step a token belongs to follows from where it stands: in a prompt of N tokens position N - 1 emits token 1 and
position N + t - 2 token t. Padding, caching, batch and order of rows therefore never change what is edited. Our own
loops say before each forward which rows stand where; for a forward of anyone else it is read off the attention mask.
"""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from infoplane._errors import InputError, one_line
from infoplane.models._capture import Point, hidden_of
from infoplane.models._plan import Bound, Edit, Plan
from infoplane.models._render import Encoded
from infoplane.models._select import Select

if TYPE_CHECKING:
    from infoplane.models._language_model import LanguageModel

Place = tuple[Tensor, Tensor] | None
_EVERY: Place = (torch.empty(0), torch.empty(0))


class Steering:
    """A plan at work on one model: its hooks, the prompts it is for, and where the coming forward is edited."""

    def __init__(self, model: "LanguageModel", plan: Plan) -> None:
        _check(model, plan)
        self.model, self.plan = model, plan
        self._points: dict[Point, list[tuple[int, int]]] = {}
        for number, edit in enumerate(plan.edits):
            for at, layer in enumerate(edit.select.resolve_layers(model.layers)):
                self._points.setdefault((edit.select.site, layer), []).append((number, at))
        self._prompts: list[list[NDArray[np.int64]]] = []
        self._lengths: list[int] = []
        self._foreign: Tensor | None = None
        self._pending: list[Place] | None = None
        self._places: list[Place] = []
        self._rows: list[int] | None = None
        self._bound: list[list[Bound]] = []

    def begin(self, prompts: Sequence[Encoded], *, steps: int) -> list[int]:
        """Say which prompts will run, in their order, and how many steps; the first edited token of each.

        Raises InputError where the plan is for another number of prompts, or names a step or token that never comes.
        """
        if self.plan.rows not in (None, len(prompts)):
            came = f"a plan of {self.plan.rows} rows for {len(prompts)} prompts"
            raise InputError(one_line(came, "one row a prompt", "use plan.take(rows), or plan these prompts"))
        for edit in self.plan.edits:
            if edit.select.steps != "all":
                edit.select.resolve_steps(steps)
        self._lengths = [len(prompt.ids) for prompt in prompts]
        self._prompts = [[edited_tokens(edit.select, prompt) for prompt in prompts] for edit in self.plan.edits]
        by_prompt = zip(*self._prompts, strict=True)
        return [
            min((int(chosen[0]) for chosen in edited if len(chosen)), default=length)
            for edited, length in zip(by_prompt, self._lengths, strict=True)
        ]

    def aim(self, rows: Sequence[int], starts: Sequence[int], lengths: Sequence[int], width: int) -> None:
        """Say that the next forward is of these prompts: tokens from `starts`, `lengths` of them, padded to `width`."""
        if not rows:  # what prompts begin with, which is never edited
            self._pending = [None] * len(self.plan.edits)
            return
        self._bind(rows)
        self._pending = [self._place(number, rows, starts, lengths, width) for number in range(len(self.plan.edits))]

    @contextmanager
    def attached(self) -> Iterator["Steering"]:
        """Register the hooks, first in line so that whoever looks sees the edit; remove them on every way out."""
        handles: list[RemovableHandle] = []
        try:
            backbone = self.model.anatomy.backbone
            handles += [self._hook(point) for point in self._points]
            handles.append(backbone.register_forward_pre_hook(self._start, with_kwargs=True, prepend=True))
            yield self
        finally:
            for handle in handles:
                handle.remove()

    def _bind(self, rows: Sequence[int]) -> None:
        if self._rows != rows:
            device = self.model.device
            self._bound = [[change.bind(rows, device) for change in edit.changes] for edit in self.plan.edits]
            self._rows = list(rows)

    def _place(
        self, number: int, rows: Sequence[int], starts: Sequence[int], lengths: Sequence[int], width: int
    ) -> Place:
        """Which (row of the batch, column) an edit changes; None for none, `_EVERY` for the only one of each row."""
        select = self.plan.edits[number].select
        if width == 1 and all(start >= self._lengths[row] for row, start in zip(rows, starts, strict=True)):
            told = {_generated(select, start - self._lengths[row] + 2) for row, start in zip(rows, starts, strict=True)}
            if told in ({True}, {False}):
                return _EVERY if True in told else None
        at, columns = [], []
        for place, (row, start, length) in enumerate(zip(rows, starts, lengths, strict=True)):
            chosen = self._prompts[number][row]
            own = [int(token) - start for token in chosen if start <= token < start + length]
            later = range(max(start, self._lengths[row]), start + length)
            own += [token - start for token in later if _generated(select, token - self._lengths[row] + 2)]
            at += [place] * len(own)
            columns += own
        if width == 1 and len(at) == len(rows):
            return _EVERY
        return self._tensors(at, columns) if at else None

    def _tensors(self, rows: list[int], columns: list[int]) -> Place:
        device = self.model.device
        return torch.tensor(rows, device=device), torch.tensor(columns, device=device)

    def _start(self, module: nn.Module, args: Any, kwargs: Any) -> None:
        """Before the network runs: take what our loop said, or find out what is being run."""
        if self._pending is None:
            self._aim_foreign(inspect.signature(module.forward).bind(*args, **kwargs).arguments)
        self._places, self._pending = self._pending or [], None

    def _aim_foreign(self, passed: dict[str, Any]) -> None:
        ids: Tensor = passed["inputs_embeds"] if passed.get("input_ids") is None else passed["input_ids"]
        rows, width = ids.shape[:2]
        cache = passed.get("past_key_values")
        past = int(cache.get_seq_length()) if cache is not None else 0
        visible = _visible(passed.get("attention_mask"), rows, past + width, ids.device)
        if not past:
            self._foreign = visible.sum(1)
        if self._foreign is None or len(self._foreign) != rows:
            came = f"a forward of {rows} rows behind a cache that was not filled while steering"
            raise InputError(one_line(came, "the prompt to run first", "run the prompt inside lm.steer"))
        planned = self.plan.rows or 1
        if rows % planned:
            came = f"a plan of {planned} rows for a batch of {rows}"
            raise InputError(one_line(came, "one row a prompt", "use plan.take(rows), or plan these prompts"))
        self._bind([row // (rows // planned) for row in range(rows)] if self.plan.rows else [0] * rows)
        token = visible.cumsum(1)[:, past:] - 1
        step = token - self._foreign[:, None] + 2
        shown = visible[:, past:]
        meant = [_foreign_tokens(edit.select, token, step, self._foreign) for edit in self.plan.edits]
        self._pending = [_place_of(shown & mask) for mask in meant]

    def _edited(self, point: Point, hidden: Tensor) -> Tensor:
        for number, at in self._points[point]:
            place = self._places[number]
            if place is not None:
                hidden = self._change(self.plan.edits[number], self._bound[number], at, hidden, place)
        return hidden

    def _change(self, edit: Edit, bound: Sequence[Bound], at: int, hidden: Tensor, place: Any) -> Tensor:
        every = place is _EVERY
        rows, columns = place
        before = (hidden[:, 0] if every else hidden[rows, columns]).float()
        after = before
        for change in bound:
            after = change(after, at, None if every else rows)
        if edit.keep_norm:
            tiny = torch.finfo(torch.float32).tiny
            after = after * (before.norm(dim=-1, keepdim=True) / after.norm(dim=-1, keepdim=True).clamp_min(tiny))
        after = after.to(hidden.dtype)
        return after[:, None] if every else hidden.index_put((rows, columns), after)

    def _hook(self, point: Point) -> RemovableHandle:
        site, layer = point
        anatomy = self.model.anatomy

        def after(module: nn.Module, args: Any, output: Any) -> Any:  # noqa: ARG001
            return _replaced(output, self._edited(point, hidden_of(output)))

        def before(module: nn.Module, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
            if args:
                return (self._edited(point, args[0]), *args[1:]), kwargs
            return args, {**kwargs, "hidden_states": self._edited(point, kwargs["hidden_states"])}

        if layer == "final":
            return anatomy.backbone.register_forward_hook(after, prepend=True)
        if site == "attention":
            return anatomy.attention(layer).register_forward_hook(after, prepend=True)
        if site == "mlp":
            return anatomy.mlp(layer).register_forward_hook(after, prepend=True)
        if layer == 0:
            return anatomy.blocks[0].register_forward_pre_hook(before, with_kwargs=True, prepend=True)
        return anatomy.blocks[layer - 1].register_forward_hook(after, prepend=True)


def _check(model: "LanguageModel", plan: Plan) -> None:
    if plan.fingerprint not in (None, model.fingerprint):
        came = f"a plan for another model than {model.name}"
        raise InputError(one_line(came, "one made for it", "build the space on this model"))
    for edit in plan.edits:
        layers = edit.select.resolve_layers(model.layers)
        for change in edit.changes:
            if change.shape != (len(layers), model.width):
                came = f"{type(change).__name__} of {change.shape[0]} layers, width {change.shape[1]}"
                expected = f"{len(layers)} layers ({edit.select.layers}), width {model.width}"
                raise InputError(one_line(came, expected, "make it for the layers it is used at"))


def edited_tokens(select: Select, prompt: Encoded) -> NDArray[np.int64]:
    """Rising positions of the prompt's tokens that are edited."""
    last = len(prompt.ids) - 1
    named = prompt.tokens(select) if select.has_step(0) else np.empty(0, np.int64)
    emits = [last] if select.has_step(1) or (select.has_step(0) and select.tokens == "last") else []
    positions = np.union1d(named, np.array(emits, np.int64))
    return positions[positions <= last]


def _generated(select: Select, step: int) -> bool:
    return step >= 2 and select.has_step(step)


def _foreign_tokens(select: Select, token: Tensor, step: Tensor, lengths: Tensor) -> Tensor:
    """Which of the tokens at positions `token` (rows, columns) of a forward that is not ours are meant."""
    chosen = torch.zeros_like(token, dtype=torch.bool)
    for one in set(step.flatten().tolist()):
        if one >= 1 and select.has_step(one):
            chosen |= step == one
    if not select.has_step(0) or int(step.min()) > 1:
        return chosen
    if select.tokens == "last":
        return chosen | (step == 1)
    if select.tokens == "all":
        return chosen | (step <= 1)
    if select.tokens == "content" or select.span is not None:
        came = f"{select} in a forward of the network itself"
        raise InputError(one_line(came, "tokens=last, all or numbers", "use lm.generate, which knows the content"))
    for row, length in enumerate(lengths.tolist()):
        named = torch.tensor(select.resolve_positions(length), device=token.device)
        chosen[row] |= torch.isin(token[row], named) & (step[row] <= 1)
    return chosen


def _place_of(mask: Tensor) -> Place:
    if mask.shape[1] == 1 and bool(mask.all()):
        return _EVERY
    rows, columns = mask.nonzero(as_tuple=True)
    return (rows, columns) if len(rows) else None


def _visible(mask: Tensor | None, rows: int, columns: int, device: torch.device) -> Tensor:
    """(rows, columns) bool: which tokens of cache and forward are no padding."""
    if mask is None:
        return torch.ones((rows, columns), dtype=torch.bool, device=device)
    if mask.ndim == 4:
        seen = mask[:, 0, -1, :columns]
        return (seen if seen.dtype == torch.bool else seen == 0).expand(rows, -1)
    return mask[:, :columns].bool()


def _replaced(output: Any, hidden: Tensor) -> Any:
    """`output` of a module with another hidden state in it."""
    if isinstance(output, Tensor):
        return hidden
    if isinstance(output, tuple):
        return (hidden, *output[1:])
    output = type(output)(**output)
    output[next(iter(output))] = hidden
    return output
