"""Prompts of a decoder as rows of tokens, of which the part that all begin with is computed once.

Every batch continues the cache of that part without copying it; results agree with computing each row whole.
"""

from collections.abc import Sequence
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

from torch import Tensor

from infoplane.models._batches import Rows, plan_batches, worthwhile_prefix
from infoplane.models._capture import Stop
from infoplane.models._render import Encoded
from infoplane.models._stream import Stream, pad_rows

if TYPE_CHECKING:
    from infoplane.models._language_model import LanguageModel

# Steps of one token cost what the weights cost to fetch, so more rows are continued together than are read together.
_CONTINUED = 4


class Beginning:
    """What prompts begin with, `shared` tokens of it worth computing once, and the `own` tokens of every row.

    `steps`: how many will be run. `most`: how many tokens may be shared at most, because states of later ones are
    wanted of every row; where the model is steered, tokens that a plan edits are never shared.
    """

    def __init__(
        self, model: "LanguageModel", prompts: Sequence[Encoded], *, steps: int, most: int | None = None
    ) -> None:
        self.model, self._steps = model, steps
        ids = [prompt.ids for prompt in prompts]
        self._aim = model.aim(prompts, steps=steps)
        if self._aim is not None:
            most = min([*self._aim.firsts, *([] if most is None else [most])])
        self.shared = worthwhile_prefix(ids, most=most) if model.kind == "decoder" else 0
        self.own = [row[self.shared :] for row in ids]
        self._first = ids[0][: self.shared]
        self._stream: Stream | None = None

    def batches(self, beside: int = 0, *, continued: bool = False) -> list[Rows]:
        """Rows to be run together. `beside`: tokens each row keeps besides its own, for the memory they take.

        `continued`: more tokens will follow; padding in between must then not shift what a sliding window sees, so
        where the window is narrower than the rows no two lengths are mixed.
        """
        return plan_batches(
            list(map(len, self.own)),
            rows=self.model.batch_rows,
            tokens=self.model.batch_tokens * (_CONTINUED if continued else 1),
            beside=beside,
            one_length=continued and self.slides(beside),
        )

    def slides(self, beside: int) -> bool:
        """Whether the window of a sliding layer is narrower than the longest row with the tokens `beside` it."""
        window = self.model.stream().window
        return window is not None and window < max(map(len, self.own)) + beside

    def open(self) -> Stream:
        """The stream of one row that every batch continues; the shared part is run once, under the hooks that stand."""
        if self._stream is None:
            self._stream = self.model.stream(self._aim, room=self._steps)
            if self.shared:
                with suppress(Stop):
                    self._stream.feed(pad_rows([self._first], self.model.device), [self.shared])
        return self._stream

    def feed(self, rows: Rows, *, keep: bool = True) -> tuple[Stream, Tensor, list[int]]:
        """Run these rows: their stream, "final" states (rows, tokens, width) and lengths. `keep`: more will follow."""
        own = [self.own[row] for row in rows]
        lengths = list(map(len, own))
        stream = self.open().spread(rows.tolist())
        return stream, stream.feed(pad_rows(own, self.model.device), lengths, keep=keep), lengths

    def encode(self, rows: Rows) -> None:
        """Run these rows of an encoder; its states are seen by hooks."""
        own = [self.own[row] for row in rows]
        lengths = list(map(len, own))
        aim, starts = self._aim, [0] * len(own)
        with nullcontext() if aim is None else aim.at(rows.tolist(), starts, lengths, max(lengths)):
            self.model.encode_batch(own)
