"""Forward hooks that reduce states while the network runs, so that nothing else is ever kept.

A hook sees the output of its module after every hook that was registered before it, so an edited state is seen as
edited. What is kept of a batch are the selected rows in float32; when all that was asked for has been seen the forward
is stopped, so that deeper blocks and the head never run.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.hooks import RemovableHandle

from infoplane._errors import ModelError
from infoplane.models._anatomy import Anatomy
from infoplane.models._points import Point, hook
from infoplane.models._select import Layer

Take = Callable[[Tensor], Tensor]


class Stop(Exception):  # noqa: N818
    """Everything asked for has been seen; the rest of the forward is not needed."""


@dataclass(frozen=True, slots=True)
class Want:
    """One selection, resolved: a site, its layers, and whether the states come per head."""

    site: str
    layers: tuple[Layer, ...]

    @property
    def points(self) -> tuple[Point, ...]:
        """The places in the network that are looked at."""
        return tuple((self.site, layer) for layer in self.layers)


@dataclass
class Recorder:
    """Keeps, of every forward, what `aim` asks for. `stops`: leave the forward once all points were seen."""

    anatomy: Anatomy
    wants: Mapping[str, Want]
    stops: bool = True
    _takes: Mapping[str, Take] = field(default_factory=dict)
    _kept: dict[tuple[str, Point], Tensor] = field(default_factory=dict)
    _missing: set[Point] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._askers: dict[Point, list[str]] = {}
        for name, want in self.wants.items():
            for point in want.points:
                self._askers.setdefault(point, []).append(name)

    def aim(self, takes: Mapping[str, Take]) -> None:
        """Say how each selection is cut out of the states (batch, tokens, width) of the next forward; {} keeps none."""
        self._takes, self._kept = takes, {}
        self._missing = set(self._askers)

    def collect(self) -> dict[str, NDArray[np.float32]]:
        """(rows, layers, ...) float32 of the last forward, by name; then they are forgotten."""
        arrays = {}
        for name in self._takes:
            points = self.wants[name].points
            stacked = torch.stack([self._kept[name, point] for point in points], 1)
            arrays[name] = stacked.float().cpu().numpy()
        self._kept = {}
        return arrays

    def _see(self, point: Point, hidden: Tensor) -> None:
        if point not in self._missing:
            return
        self._missing.discard(point)
        site = point[0]
        for name in self._askers[point]:
            if name in self._takes:
                rows = self._takes[name](hidden)
                self._kept[name, point] = rows.view(len(rows), self.anatomy.heads, -1) if site == "head" else rows
        if self.stops and not self._missing:
            raise Stop

    @contextmanager
    def attached(self) -> Iterator["Recorder"]:
        """Register the hooks, last in line, and remove them on every way out."""
        handles: list[RemovableHandle] = []
        try:
            for point in self._askers:
                handles.append(hook(self.anatomy, point, partial(self._see, point)))
            yield self
        finally:
            for handle in handles:
                handle.remove()


def take_positions(positions: Sequence[int], device: torch.device) -> Take:
    """One token of every row, copied lest all others be kept: (batch, tokens, width) -> (batch, width)."""
    if len(set(positions)) == 1:
        return lambda hidden: hidden.select(1, positions[0]).clone()
    columns = torch.tensor(list(positions), device=device)
    rows = torch.arange(len(columns), device=device)
    return lambda hidden: hidden[rows, columns]


def take_tokens(positions: Sequence[NDArray[np.int64]], device: torch.device) -> Take:
    """All chosen tokens of every row, one after another: (batch, tokens, width) -> (chosen, width)."""
    columns = torch.as_tensor(np.concatenate(positions), device=device)
    counts = torch.tensor([len(row) for row in positions], device=device)
    rows = torch.repeat_interleave(torch.arange(len(positions), device=device), counts)
    return lambda hidden: hidden[rows, columns].float()


def take_pooled(positions: Sequence[NDArray[np.int64]], width: int, device: torch.device, *, mean: bool) -> Take:
    """Mean or sum of the chosen tokens of every row, in float32: (batch, `width` tokens, width) -> (batch, width)."""
    weights = np.zeros((len(positions), 1, width), np.float32)
    for row, chosen in enumerate(positions):
        weights[row, 0, chosen] = 1.0 / len(chosen) if mean else 1.0
    factors = torch.as_tensor(weights, device=device)
    return lambda hidden: torch.bmm(factors, hidden.float())[:, 0]


def require_finite(anatomy: Anatomy, states: Iterable[NDArray[np.floating[Any]]], again: Callable[[], object]) -> None:
    """Raise ModelError where `states` are not finite, naming the first layer that fails when `again` is run."""
    if all(np.isfinite(array).all() for array in states):
        return
    layers: tuple[Layer, ...] = (*range(len(anatomy.blocks) + 1), "final")
    recorder = Recorder(anatomy, {"": Want("residual", layers)}, stops=False)
    with recorder.attached():
        recorder.aim({"": lambda hidden: hidden.float().mean(1)})
        again()
        means = recorder.collect()[""]
    bad = (f"layer {layer}" for at, layer in enumerate(layers) if not np.isfinite(means[:, at]).all())
    where = next(bad, "the logits or a later token")
    raise ModelError(
        f"States that are not finite, first at {where}: expected numbers; "
        "check the model's weights, load it with dtype float32, or steer it less."
    )
