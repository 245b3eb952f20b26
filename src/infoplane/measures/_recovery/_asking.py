"""Which words of which texts are asked for, and what is known of them without any state."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import TargetSlots
from infoplane.tasks import Slots, Texts, TokenTarget

if TYPE_CHECKING:
    from infoplane.measures._recovery._decoder_slots import Asked

Ints = NDArray[np.int64]
SPLITS = ("train", "tune", "test")


@dataclass(frozen=True, eq=False)
class Asking:
    """`per_text` words of every text at random, to be read back among the `target` types of the train texts."""

    texts: Texts
    target: TokenTarget
    per_text: int
    seed: int

    @cached_property
    def every(self) -> Slots:
        """All words of all texts."""
        return self.target.slots(self.texts.texts)

    @cached_property
    def asked(self) -> Slots:
        """The words that are asked for."""
        return self.every.ask(self.per_text, self.seed)

    @cached_property
    def own(self) -> Mapping[str, Ints]:
        """By split, which of `asked` are of its texts."""
        return {split: np.flatnonzero(np.isin(self.asked.rows, self.texts.rows[split])) for split in SPLITS}

    @property
    def places(self) -> int:
        """Kinds of places that are told apart."""
        return 1 + int(_coarse(self.every.places).max())

    def of(self, split: str, alone: bool, names: Ints | None = None) -> "Asked":
        """What a decoder is asked of a split: of the state of each text or, `alone`, of each word.

        names: (types,) what the words are called instead
        """
        at = self.own[split]
        asked = _asked(self.asked.take(at), at if alone else self.asked.rows[at])
        return asked if names is None else replace(asked, targets=names[asked.targets])

    def documents(self, alone: bool) -> Ints:
        """The document of every text or, `alone`, of every word asked."""
        documents = self.texts.documents
        return documents[self.asked.rows] if alone else documents

    @cached_property
    def test(self) -> TargetSlots:
        """The words asked of the test texts."""
        return self._slots(self.asked.take(self.own["test"]))

    @cached_property
    def others(self) -> TargetSlots:
        """Those asked of the tune texts, which help to say how frequent words are; train chose the types."""
        return self._slots(self.asked.take(self.own["tune"]))

    @cached_property
    def opening(self) -> "Asked":
        """The words of the test texts at the places that all texts have: what is read of one holds for every text."""
        return _asked(self._opening("test"), self._opening("test").rows)

    @cached_property
    def by_place(self) -> Mapping[int, tuple[Ints, TargetSlots, TargetSlots]]:
        """Which of `opening` stand at each place, their types, and those of the tune texts there."""
        test, tune = self._opening("test"), self._opening("tune")
        rows = {place: np.flatnonzero(test.places == place) for place in np.unique(test.places).tolist()}
        return {
            place: (at, self._slots(test.take(at)), self._slots(tune.take(tune.places == place)))
            for place, at in rows.items()
        }

    def _opening(self, split: str) -> Slots:
        shortest = int(np.bincount(self.every.rows).min())
        return self.every.take(np.isin(self.every.rows, self.texts.rows[split]) & (self.every.places < shortest))

    @cached_property
    def sizes(self) -> NDArray[np.float64]:
        """Bytes of its text for every word asked of the test texts, so that those of a text add up to it."""
        words = np.bincount(self.every.rows, minlength=len(self.texts))
        rows = self.asked.rows[self.own["test"]]
        return np.asarray(self.texts.byte_counts[rows] / words[rows], np.float64)

    def _slots(self, slots: Slots) -> TargetSlots:
        return TargetSlots.of(slots.targets, _coarse(slots.places), self.texts.documents[slots.rows])


def _coarse(places: Ints) -> Ints:
    """Places 0, 1-2, 3-6, 7-14, ... as 0, 1, 2, 3, ...: with more of them frequencies could not be told.

    Decoder and entropy know the same of the place, or what the place tells would count as read.
    """
    return np.log2(places + 1).astype(np.int64)


def _asked(slots: Slots, rows: Ints) -> "Asked":
    from infoplane.measures._recovery._decoder_slots import Asked

    return Asked(rows, _coarse(slots.places), slots.targets)
