"""Reading states: one pass over the prompts for any number of selections.

Prompts are rendered, sorted by length and read in batches; what all of them begin with is computed once. The states of
a batch are reduced by the hooks and go to memory or to a store at once, so that no more is held than one batch.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane._prompt import Prompt
from infoplane.models._batches import run_halving
from infoplane.models._beginning import Beginning
from infoplane.models._capture import (
    Recorder,
    Stop,
    Take,
    Want,
    require_finite,
    take_pooled,
    take_positions,
    take_tokens,
)
from infoplane.models._render import Encoded
from infoplane.models._select import Select
from infoplane.models._states import Rows, Sink, States, Store, ragged_rows

if TYPE_CHECKING:
    from infoplane.models._language_model import LanguageModel

Progress = Callable[[int, int], None]


@dataclass
class _Selection:
    """One selection over all prompts: the tokens it means in each, and where their states go."""

    select: Select
    want: Want
    tokens: list[NDArray[np.int64]]
    sink: Sink
    offsets: Rows | None

    def rows(self, prompts: Rows) -> Rows:
        """Rows of the result that stand for `prompts`."""
        return prompts if self.offsets is None else ragged_rows(self.offsets, prompts)

    def take(self, prompts: Rows, shared: int, width: int, device: torch.device) -> Take:
        """How to cut these prompts' states out of a batch that begins after `shared` tokens and is `width` wide."""
        own = [self.tokens[row] - shared for row in prompts]
        if self.select.ragged:
            return take_tokens(own, device)
        if self.select.reduce in ("mean", "sum") and self.select.tokens != "last":
            return take_pooled(own, width, device, mean=self.select.reduce == "mean")
        return take_positions([int(chosen[-1]) for chosen in own], device)


def read_states(
    model: "LanguageModel",
    prompts: Sequence[Prompt | str],
    selects: Mapping[str, Select],
    *,
    store: Store | None = None,
    progress: Progress | None = None,
) -> dict[str, States]:
    """The states of every selection, by its name, which is also its name in `store`; see `LanguageModel.read`."""
    encoded = model.renderer.encode(prompts)
    selections = {name: _select(model, name, select, encoded, store) for name, select in selects.items()}
    reading = _Reading(model, encoded, selections)
    reading.run(progress)
    cut = sum(prompt.cut for prompt in encoded)
    return {name: States(one.want.layers, one.sink.load, one.offsets, cut) for name, one in selections.items()}


def _select(
    model: "LanguageModel", name: str, select: Select, encoded: Sequence[Encoded], store: Store | None
) -> _Selection:
    if select.steps not in ("all", "0"):
        raise InputError(
            one_line(f"{select}", "step 0 when reading prompts", "generate() reads the steps of an answer")
        )
    want = Want(select.site, select.resolve_layers(model.layers))
    tokens = [prompt.tokens(select) for prompt in encoded]
    offsets = np.cumsum([0, *map(len, tokens)]) if select.ragged else None
    total = len(encoded) if offsets is None else int(offsets[-1])
    return _Selection(select, want, tokens, Sink(total, store, name), offsets)


class _Reading:
    """A pass over the prompts in batches."""

    def __init__(self, model: "LanguageModel", encoded: list[Encoded], selections: dict[str, _Selection]) -> None:
        self.model, self.selections = model, selections
        first = min(int(tokens[0]) for one in selections.values() for tokens in one.tokens)
        self.beginning = Beginning(model, encoded, steps=1, most=first)
        self.recorder = Recorder(model.anatomy, {name: one.want for name, one in selections.items()})

    def run(self, progress: Progress | None) -> None:
        """Read every batch that is not kept yet."""
        done = 0
        with self.model.running(), self.recorder.attached():
            for rows in self.beginning.batches():
                if not all(one.sink.has(one.rows(rows)) for one in self.selections.values()):
                    run_halving(rows, self._read)
                done += len(rows)
                if progress:
                    progress(done, len(self.beginning.own))

    def _read(self, rows: Rows) -> None:
        shared, width = self.beginning.shared, max(len(self.beginning.own[row]) for row in rows)
        self.recorder.aim({})
        self.beginning.open()
        device = self.model.device
        self.recorder.aim({name: one.take(rows, shared, width, device) for name, one in self.selections.items()})
        self._forward(rows)
        states = self.recorder.collect()
        require_finite(self.model.anatomy, states.values(), lambda: self._forward(rows))
        for name, one in self.selections.items():
            one.sink.write(one.rows(rows), states[name])

    def _forward(self, rows: Rows) -> None:
        with suppress(Stop):
            if self.model.kind == "decoder":
                self.beginning.feed(rows, keep=False)
            else:
                self.beginning.encode(rows)
