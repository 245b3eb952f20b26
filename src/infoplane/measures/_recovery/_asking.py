"""Which words of which texts are asked for, and what is known of them without any state."""

from collections.abc import Mapping
from dataclasses import dataclass
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
        """Words of the longest text."""
        return 1 + int(self.every.places.max())

    def of(self, split: str, alone: bool, names: Ints | None = None) -> "Asked":
        """What a decoder is asked of a split: of the state of each text or, `alone`, of each word.

        names: (types,) what the words are called instead
        """
        from infoplane.measures._recovery._decoder_slots import Asked

        at = self.own[split]
        targets = self.asked.targets[at]
        rows = at if alone else self.asked.rows[at]
        return Asked(rows, self.asked.places[at], targets if names is None else names[targets])

    def documents(self, alone: bool) -> Ints:
        """The document of every text or, `alone`, of every word asked."""
        documents = self.texts.documents
        return documents[self.asked.rows] if alone else documents

    @cached_property
    def test(self) -> TargetSlots:
        """The words asked of the test texts."""
        return self._slots(self.asked.take(self.own["test"]))

    @cached_property
    def by_place(self) -> Mapping[int, Ints]:
        """The words asked of the test texts by their place, each text at most once."""
        places = self.asked.places[self.own["test"]]
        return {place: np.flatnonzero(places == place) for place in np.unique(places).tolist()}

    @cached_property
    def others(self) -> TargetSlots:
        """All words of the tune texts, which help to say how frequent words are; those of train chose the types."""
        return self._slots(self._of_tune)

    def others_at(self, place: int) -> TargetSlots | None:
        """Those of them at one place, None without any."""
        there = self._of_tune.places == place
        return self._slots(self._of_tune.take(there)) if there.any() else None

    @cached_property
    def _of_tune(self) -> Slots:
        return self.every.take(np.isin(self.every.rows, self.texts.rows["tune"]))

    @cached_property
    def sizes(self) -> NDArray[np.float64]:
        """Bytes of its text for every word asked of the test texts, so that those of a text add up to it."""
        words = np.bincount(self.every.rows, minlength=len(self.texts))
        rows = self.asked.rows[self.own["test"]]
        return np.asarray(self.texts.byte_counts[rows] / words[rows], np.float64)

    def _slots(self, slots: Slots) -> TargetSlots:
        """Positions in bins 0, 1-2, 3-6, 7-14, ...: with more of them frequencies could not be told."""
        bins = np.log2(slots.places + 1).astype(np.int64)
        return TargetSlots.of(slots.targets, bins, self.texts.documents[slots.rows])
