"""Many plans tried on the same prompts, at the price of the tokens behind the first one they edit.

Every prompt is run plainly once, up to where a plan may begin to change it, and its cache is kept; a plan then runs the
rest. For plans that begin at the last token of a prompt that is one token and the labels.
"""

from collections.abc import Sequence
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
from infoplane.models._held import Held, Look
from infoplane.models._plan import Plan
from infoplane.models._score import Scoring
from infoplane.models._select import Select
from infoplane.models._stream import Stream

if TYPE_CHECKING:
    from infoplane.models._language_model import LanguageModel

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Effects:
    """What a plan does to n prompts.

    scores      (n, K) log p(label | prompt) in nats, as `LanguageModel.score` gives them
    divergence  (n,) KL(steered || plain) in nats of the next token where the first token of a label is predicted
    """

    scores: Floats
    divergence: Floats


class Rehearsal:
    """`prompts` of `lm`, held where a plan with `select` begins to edit them.

    Holds two vectors a layer for every held token, and plain log-probabilities of the next token (n, vocabulary) in
    float32. Raises InputError for an encoder, inside steering, and in every method for a plan that edits a token that
    is held; ModelError where a plan leads to states that are not finite.
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
        self.lm = lm
        self._require_plain()
        self._scoring = Scoring(lm, prompts, labels)
        self._held = Held(self._scoring, select or Select())

    def __len__(self) -> int:
        return len(self._scoring.prompts)

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

        def look(rows: Rows, _: Stream, last: Tensor) -> Floats:
            found[rows] = self._divergence(rows, last)
            return found[rows]

        self._run(plan, look)
        return found

    def distribution(self, plan: Plan | None = None) -> NDArray[np.float32]:
        """(n, vocabulary) log-probabilities of the next token, under `plan` or plain."""
        if plan is None:
            self._require_plain()
            return self._plain.cpu().numpy().copy()
        found = np.empty(self._plain.shape, np.float32)

        def look(rows: Rows, _: Stream, last: Tensor) -> NDArray[np.float32]:
            found[rows] = self._log_probabilities(last).cpu().numpy()
            return found[rows]

        self._run(plan, look)
        return found

    def _scores(self, plan: Plan | None) -> tuple[Floats, Floats]:
        found = np.zeros(len(self))

        def look(rows: Rows, stream: Stream, last: Tensor) -> Floats:
            self._scoring.finish(rows, stream, last)
            if plan is not None:
                found[rows] = self._divergence(rows, last)
            return self._scoring.scores[rows]

        self._run(plan, look)
        return self._scoring.scores.copy(), found

    def _divergence(self, rows: Rows, last: Tensor) -> Floats:
        pair = self._log_probabilities(last), self._plain[torch.as_tensor(rows)]
        near = "cpu" if last.device.type == "mps" else last.device  # which has no float64
        steered, plain = (one.to(near).double() for one in pair)
        found: Floats = (steered.exp() * (steered - plain)).sum(-1).clamp_min(0).cpu().numpy()
        return found

    @cached_property
    def _plain(self) -> Tensor:
        kept: list[tuple[Rows, Tensor]] = []

        def look(rows: Rows, _: Stream, last: Tensor) -> NDArray[np.float32]:
            kept.append((rows, self._log_probabilities(last)))
            return last.float().cpu().numpy()

        self._run(None, look)
        order = np.argsort(np.concatenate([rows for rows, _ in kept]))
        return torch.cat([found for _, found in kept])[torch.as_tensor(order)]

    def _log_probabilities(self, last: Tensor) -> Tensor:
        return self.lm.anatomy.logits(last).log_softmax(-1)

    def _run(self, plan: Plan | None, look: Look) -> None:
        """Run what is left of every prompt under `plan` and have `look` see each batch."""
        self._require_plain()
        if plan is not None:
            _ = self._plain  # made before hooks stand
        with nullcontext() if plan is None else self.lm.steer(plan):
            self._held.run(look)

    def _require_plain(self) -> None:
        if self.lm.steering is not None:
            raise InputError(one_line("a rehearsal inside steering", "a plain model", "use it outside lm.steer"))
