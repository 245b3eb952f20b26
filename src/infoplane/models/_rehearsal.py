"""Many plans tried on the same prompts, at the price of the tokens behind the first one they edit.

Every prompt is run plainly once, up to where a plan may begin to change it, and its cache is kept; a plan then runs the
rest. For plans that begin at the last token of a prompt that is one token and the labels.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from infoplane._errors import InputError, one_line
from infoplane._prompt import Prompt
from infoplane.models._batches import Rows
from infoplane.models._capture import require_finite
from infoplane.models._places import edited_tokens
from infoplane.models._plan import Plan
from infoplane.models._score import Scoring, last_tokens
from infoplane.models._select import Select
from infoplane.models._stream import Stream, pad_rows

if TYPE_CHECKING:
    from infoplane.models._language_model import LanguageModel

Floats = NDArray[np.float64]
Read = Callable[[Rows, Stream, Tensor], None]


@dataclass(frozen=True)
class Effects:
    """What a plan does to n prompts.

    scores      (n, K) log p(label | prompt) in nats, as `LanguageModel.score` gives them
    divergence  (n,) KL(steered || plain) in nats of the next token where the first token of a label is predicted
    """

    scores: Floats
    divergence: Floats


@dataclass(frozen=True)
class _Held:
    """A batch whose prompts have been run up to `starts`, tokens of each row that are in the cache of `stream`."""

    rows: Rows
    stream: Stream


class Rehearsal:
    """`prompts` of `lm`, held where a plan with `select` begins to edit them.

    Holds two vectors a layer for every held token, and plain log-probabilities of the next token (n, vocabulary) in
    float32. Raises InputError for an encoder, and in every method for a plan that edits a token that is held.
    """

    def __init__(
        self,
        lm: "LanguageModel",
        prompts: Sequence[Prompt | str],
        labels: Sequence[str],
        *,
        select: Select | None = None,
    ) -> None:
        lm.require_head("a rehearsal")
        if lm.steering is not None:
            raise InputError(one_line("a rehearsal inside steering", "a plain model", "make it outside lm.steer"))
        self.lm = lm
        self._scoring = Scoring(lm, prompts, labels)
        meant = select or Select()
        lengths = [len(prompt.ids) for prompt in self._scoring.prompts]
        first = (edited_tokens(meant, prompt) for prompt in self._scoring.prompts)
        starts = [int(one[0]) if len(one) else length - 1 for one, length in zip(first, lengths, strict=True)]
        self._starts = [max(min(start, length - 1), 0) for start, length in zip(starts, lengths, strict=True)]
        with lm.running():
            self._held = [self._hold(rows) for rows in self._scoring.batches()]

    def __len__(self) -> int:
        return len(self._starts)

    @cached_property
    def plain(self) -> Effects:
        """The labels' scores without a plan; a divergence of zeros."""
        return Effects(self._scores(None)[0], np.zeros(len(self)))

    def under(self, plan: Plan) -> Effects:
        """Scores and divergence under `plan`, row i of which goes with prompt i."""
        return Effects(*self._scores(plan))

    def divergence(self, plan: Plan) -> Floats:
        """(n,) KL(steered || plain) in nats of the next token; cheaper than `under`, as no label is scored."""
        found = np.zeros(len(self))
        self._run(plan, lambda rows, _, last: self._diverge(found, rows, last))
        return found

    def distribution(self, plan: Plan | None = None) -> NDArray[np.float32]:
        """(n, vocabulary) log-probabilities of the next token, under `plan` or plain."""
        if plan is None:
            return self._plain.cpu().numpy()
        found = np.empty(self._plain.shape, np.float32)

        def keep(rows: Rows, _: Stream, last: Tensor) -> None:
            found[rows] = self._log_probabilities(last).cpu().numpy()

        self._run(plan, keep)
        return found

    def _scores(self, plan: Plan | None) -> tuple[Floats, Floats]:
        found = np.zeros(len(self))

        def read(rows: Rows, stream: Stream, last: Tensor) -> None:
            self._scoring.finish(rows, stream, last)
            if plan is not None:
                self._diverge(found, rows, last)

        self._run(plan, read)
        return self._scoring.scores.copy(), found

    def _diverge(self, found: Floats, rows: Rows, last: Tensor) -> None:
        steered, plain = self._log_probabilities(last).double(), self._plain[torch.as_tensor(rows)].double()
        found[rows] = (steered.exp() * (steered - plain)).sum(-1).clamp_min(0).cpu().numpy()

    @cached_property
    def _plain(self) -> Tensor:
        kept: list[tuple[Rows, Tensor]] = []
        self._run(None, lambda rows, _, last: kept.append((rows, self._log_probabilities(last))))
        order = np.argsort(np.concatenate([rows for rows, _ in kept]))
        return torch.cat([found for _, found in kept])[torch.as_tensor(order)]

    def _log_probabilities(self, last: Tensor) -> Tensor:
        return self.lm.anatomy.logits(last).log_softmax(-1)

    def _run(self, plan: Plan | None, read: Read) -> None:
        """Run what is left of every prompt under `plan` and have `read` look at each batch."""
        if plan is not None:
            _ = self._plain  # made before hooks stand
        with self.lm.running(), nullcontext() if plan is None else self.lm.steer(plan):
            if plan is not None:
                self._require_untouched(plan)
            for held in self._held:
                stream, last = self._continue(held)
                require_finite(self.lm.anatomy, [last.float().cpu().numpy()], lambda held=held: self._continue(held))  # type: ignore[misc]
                read(held.rows, stream, last)

    def _require_untouched(self, plan: Plan) -> None:
        steering = self.lm.steering
        assert steering is not None
        edited = steering.begin(self._scoring.prompts, steps=self._scoring.steps)
        if any(token < start for token, start in zip(edited, self._starts, strict=True)):
            selects = "; ".join(str(edit.select) for edit in plan.edits)
            came = f"a plan that edits tokens before those of the rehearsal ({selects})"
            raise InputError(one_line(came, "the tokens it was made for", "pass its select to Rehearsal"))

    def _continue(self, held: _Held) -> tuple[Stream, Tensor]:
        """The rest of these prompts: the stream behind them and the states (rows, width) of their last tokens."""
        own = [self._scoring.contexts[row][self._starts[row] :] for row in held.rows]
        lengths = list(map(len, own))
        stream = held.stream.branch(self.lm.steering)
        final = stream.feed(pad_rows(own, self.lm.device), lengths)
        return stream, last_tokens(final, lengths)

    def _hold(self, rows: Rows) -> _Held:
        beginning = self._scoring.beginning
        shared = beginning.shared
        if min(self._starts[row] for row in rows) <= shared:
            for row in rows:
                self._starts[row] = shared
            return _Held(rows, beginning.open().spread(rows.tolist()))
        own = [beginning.own[row][: self._starts[row] - shared] for row in rows]
        stream = beginning.open().spread(rows.tolist())
        stream.feed(pad_rows(own, self.lm.device), list(map(len, own)))
        return _Held(rows, stream)
