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
from infoplane.models._batches import plan_batches, run_halving, worthwhile_prefix
from infoplane.models._capture import Recorder, Stop, Take, Want, take_pooled, take_positions, take_tokens
from infoplane.models._render import Encoded
from infoplane.models._select import Select
from infoplane.models._states import Rows, Sink, States, Store, ragged_rows
from infoplane.models._stream import Stream, pad_rows

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
    if 0 not in select.resolve_steps(0):
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

    def __init__(
        self, model: "LanguageModel", encoded: Sequence[Encoded], selections: Mapping[str, _Selection]
    ) -> None:
        self.model, self.encoded, self.selections = model, encoded, selections
        first = min(int(tokens[0]) for one in selections.values() for tokens in one.tokens)
        ids = [prompt.ids for prompt in encoded]
        self.shared = worthwhile_prefix(ids, most=first) if model.kind == "decoder" else 0
        self.own = [row[self.shared :] for row in ids]
        self.prefix: Stream | None = None
        self.recorder = Recorder(model.anatomy, {name: one.want for name, one in selections.items()})

    def run(self, progress: Progress | None) -> None:
        batches = plan_batches(list(map(len, self.own)), rows=self.model.batch_rows, tokens=self.model.batch_tokens)
        done = 0
        with self.model.running(), self.recorder.attached():
            for rows in batches:
                if not all(one.sink.has(one.rows(rows)) for one in self.selections.values()):
                    run_halving(rows, self._read)
                done += len(rows)
                if progress:
                    progress(done, len(self.encoded))

    def _read(self, rows: Rows) -> None:
        states = self._forward(rows)
        for name, one in self.selections.items():
            one.sink.write(one.rows(rows), states[name])

    def _forward(self, rows: Rows) -> dict[str, NDArray[np.float32]]:
        device, own = self.model.device, [self.own[row] for row in rows]
        ids, lengths = pad_rows(own, device, fill=self.model.pad), list(map(len, own))
        start = self._start() if self.model.kind == "decoder" else None
        self.recorder.aim(
            {name: one.take(rows, self.shared, ids.shape[1], device) for name, one in self.selections.items()}
        )
        with suppress(Stop):
            if start is None:
                self.model.encode_batch(ids, lengths)
            else:
                start.spread(len(rows)).feed(ids, lengths, keep=False)
        return self.recorder.collect()

    def _start(self) -> Stream:
        """The stream that every batch continues: empty, or holding what all prompts begin with."""
        if self.prefix is None:
            self.recorder.aim({})
            self.prefix = self.model.stream()
            with suppress(Stop):
                self.prefix.begin(self.encoded[0].ids[: self.shared])
        return self.prefix
