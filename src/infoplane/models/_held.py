"""Prompts that were run plainly up to where plans may begin to change them, and are continued from there."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from infoplane._errors import InputError, one_line
from infoplane.models._aim import Aim
from infoplane.models._batches import Rows, run_halving
from infoplane.models._beginning import Beginning
from infoplane.models._capture import require_finite
from infoplane.models._places import edited_tokens
from infoplane.models._render import Encoded
from infoplane.models._score import Scoring, last_tokens
from infoplane.models._select import Select
from infoplane.models._stream import Stream, pad_rows

# Looks at rows whose last tokens gave these states, behind which labels may be fed; what it finds must be finite.
Look = Callable[[Rows, Stream, Tensor], NDArray[Any]]


class Held:
    """The contexts of `scoring` in caches, each up to the first token that `select` edits."""

    def __init__(self, scoring: Scoring, select: Select) -> None:
        self._scoring, self._model = scoring, scoring.model
        self._starts = [_first_edited(select, prompt) for prompt in scoring.prompts]
        scoring.beginning = Beginning(self._model, scoring.prompts, steps=scoring.steps, most=min(self._starts))
        self._batches: list[tuple[Rows, Stream]] = []
        with self._model.running():
            for rows in scoring.batches():
                run_halving(rows, self._hold)

    def run(self, look: Look) -> None:
        """Run what is left of every prompt and have `look` see each batch, under the steering that stands.

        Raises InputError where that edits a token that is held, ModelError for states that are not finite.
        """
        aim = self._model.aim(self._scoring.prompts, steps=self._scoring.steps)
        if aim is not None and any(first < start for first, start in zip(aim.firsts, self._starts, strict=True)):
            came = "a plan that edits tokens before those of the rehearsal"
            raise InputError(one_line(came, "the tokens it was made for", "pass the plan's select to Rehearsal"))
        with self._model.running():
            for rows, stream in self._batches:
                run_halving(np.arange(len(rows)), partial(self._look, look, aim, rows, stream))

    def _look(self, look: Look, aim: Aim | None, rows: Rows, stream: Stream, some: Rows) -> None:
        """Continue `some` of the rows of a batch and see that what is found in them is finite."""
        if len(some) < len(rows):
            rows, stream = rows[some], stream.pick(torch.as_tensor(some, device=self._model.device))
        found = look(rows, *self._continue(rows, stream.branch(aim)))
        require_finite(self._model.anatomy, [found], lambda: self._continue(rows, stream.branch(aim)))

    def _continue(self, rows: Rows, stream: Stream) -> tuple[Stream, Tensor]:
        """The stream behind the rest of these prompts and the states (rows, width) of their last tokens."""
        final, lengths = self._feed(stream, [self._scoring.contexts[row][self._starts[row] :] for row in rows])
        return stream, last_tokens(final, lengths)

    def _hold(self, rows: Rows) -> None:
        """Run these rows up to their starts; to the first one where padding in between would shift a sliding window."""
        beginning = self._scoring.beginning
        first, shared = min(self._starts[row] for row in rows), beginning.shared
        if first == shared or beginning.slides(self._scoring.beside):
            for row in rows:
                self._starts[row] = first
        stream = beginning.open().spread(rows.tolist())
        if first > shared:
            self._feed(stream, [beginning.own[row][: self._starts[row] - shared] for row in rows])
        self._batches.append((rows, stream))

    def _feed(self, stream: Stream, pieces: Sequence[Sequence[int]]) -> tuple[Tensor, list[int]]:
        lengths = list(map(len, pieces))
        return stream.feed(pad_rows(pieces, self._model.device), lengths), lengths


def _first_edited(select: Select, prompt: Encoded) -> int:
    """Position of the first edited token of a prompt; of its last where only the answer is edited."""
    edited = edited_tokens(select, prompt)
    return int(edited[0]) if len(edited) else len(prompt.ids) - 1
