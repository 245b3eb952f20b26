"""The states that stand for a text, read once into the run's store."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane.measures._numbers import Progress
from infoplane.models import Layer, Select

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.runs import StateStore
    from infoplane.tasks import Slots

POOLINGS = {
    "mean": ("content", "mean"),
    "last": ("content", "last"),
    "cls": ("0", "last"),
    "own": ("content", "none"),
}
OWN = "own"
_CHUNK = 256


def check_poolings(lm: "LanguageModel", poolings: Sequence[str] | None) -> tuple[str, ...]:
    """The poolings to read, two that suit the model where none is named; InputError for one there is not."""
    names = tuple(dict.fromkeys(poolings or ("mean", "last" if lm.kind == "decoder" else "cls")))
    for name in names:
        if name not in POOLINGS:
            raise InputError(one_line(f"pooling {name!r}", f"one of {', '.join(POOLINGS)}", "use one of these"))
        if name == "cls" and lm.kind == "decoder":
            came = f"pooling cls of {lm.name}, whose first token sees nothing of the text"
            raise InputError(one_line(came, "mean or last for a decoder", "leave cls out"))
    return names


@dataclass(frozen=True, eq=False)
class TextStates:
    """States of all `texts` in `store` under `key`; "own" has one state for each word of `asked`, others one a text."""

    lm: "LanguageModel"
    texts: tuple[str, ...]
    asked: "Slots"
    layers: tuple[Layer, ...]
    store: "StateStore"
    told: Progress
    key: str = ""

    def read(self, poolings: Sequence[str]) -> None:
        """Read what is not in the store yet."""
        selects = {name: self._select(name) for name in poolings if name != OWN}
        told = lambda done, total: self.told(f"reading {self.key}texts", done, total)  # noqa: E731
        if selects:
            self.lm.read(self.texts, selects, store=self.store, key=self.key, progress=told)
        if OWN in poolings:
            self._read_own()

    def layer(self, pooling: str, at: int) -> NDArray[np.float32]:
        """States (n, width) of the layer that is number `at` of `layers`."""
        return np.asarray(self.store.load(self.key + pooling, at), np.float32)

    def _select(self, pooling: str) -> Select:
        tokens, reduce = POOLINGS[pooling]
        return Select(layers=self.layers, tokens=tokens, reduce=reduce)

    def _read_own(self) -> None:
        """Of every word asked for, the state of its last token."""
        done = len(self.store.done(self.key + OWN))
        starts = np.searchsorted(self.asked.rows, np.arange(0, len(self.texts) + _CHUNK, _CHUNK))
        for chunk, (start, stop) in enumerate(pairwise(starts.tolist())):
            texts = self.texts[chunk * _CHUNK : (chunk + 1) * _CHUNK]
            if stop > max(done, start):
                states = self.lm.read(texts, self._select(OWN))
                offsets = states.offsets
                assert offsets is not None, "one state a token"
                slots = self.asked.take(np.arange(start, stop))
                rows = slots.rows - chunk * _CHUNK
                at = offsets[rows] + _last_tokens(self.lm.renderer.encode(texts), texts, rows, slots.spans)
                self.store.write(self.key + OWN, np.arange(start, stop), states.array[at])
            self.told("reading words", min((chunk + 1) * _CHUNK, len(self.texts)), len(self.texts))


def _last_tokens(
    encoded: Sequence[Any], texts: Sequence[str], rows: NDArray[np.int64], spans: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Which content token of its text is the last that stands for some character of each word."""
    starts = [one.spans[one.content, 0] - one.text.index(text) for one, text in zip(encoded, texts, strict=True)]
    ends = zip(rows.tolist(), spans[:, 1].tolist(), strict=True)
    return np.array([max(0, int(np.searchsorted(starts[row], end)) - 1) for row, end in ends], np.int64)
