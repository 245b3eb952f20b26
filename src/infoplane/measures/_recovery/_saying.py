"""What decoders say of the words asked of the test texts, kept in the run's store so that no fit is made twice."""

from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import permute_rows
from infoplane.measures._recovery._states import OWN

if TYPE_CHECKING:
    from infoplane.measures._recovery._asking import Asking
    from infoplane.measures._recovery._decoder_reader import Family
    from infoplane.measures._recovery._decoder_slots import Asked
    from infoplane.measures._recovery._decoders import Decoder, Said
    from infoplane.runs import StateStore

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
States = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Heard:
    """What the decoder of a layer `said` of the test texts.

    exchanged  (draws, m) log shares of the right words where it was given states of other documents
    chance     (draws,) share of words that it told right then
    tuned      its mean log share on the tune texts, by which a layer may be chosen
    opening    what it said of the first words of the test texts, where its states are of texts
    """

    said: "Said"
    exchanged: Floats
    chance: Floats
    tuned: float
    opening: "Said | None" = None


@dataclass(frozen=True)
class Saying:
    """What decoders of one `family` and `width` say of the words that `asking` asks.

    draws  how often the test texts are given states of other documents, for the null
    """

    asking: "Asking"
    store: "StateStore"
    family: "Family"
    width: int | None
    draws: int

    def keep_asked(self) -> None:
        """Keep the text, the place and the type of every word asked of the test texts, as rows of "asked"."""
        asked = self.asking.asked.take(self.asking.own["test"])
        self._keep("asked", np.stack([asked.rows, asked.places, asked.targets], axis=-1))

    def floor(self) -> "Said":
        """What is said of a word whose place alone is known."""
        return self._kept("floor", lambda: self._fit(None, "", None, 0)).said

    def of(self, key: str, states: Callable[[], States], pooling: str, names: Ints | None = None) -> Heard:
        """What the decoder of a layer says, kept under `key`.

        states: gives (n, d), when they are needed   names: (types,) what the words are called instead, without a null
        """
        return self._kept(key, lambda: self._fit(states(), pooling, names, self.draws if names is None else 0))

    def _fit(self, states: States | None, pooling: str, names: Ints | None, draws: int) -> Heard:
        from infoplane.measures._recovery._decoders import fit_decoders

        asking, alone = self.asking, pooling == OWN
        train, tune, test = (asking.of(split, alone, names) for split in ("train", "tune", "test"))
        (decoder,) = fit_decoders(
            None if states is None else states[:, None],
            train,
            tune,
            types=asking.target.types,
            places=asking.places,
            family=self.family,
            width=self.width,
            seed=asking.seed,
        )
        others = []
        if states is not None and draws:
            others = list(_by_other_states(decoder, states, test, asking.documents(alone), draws, asking.seed))
        return Heard(
            said=decoder.read(states, test),
            exchanged=np.array([one.log_shares for one in others]).reshape(-1, len(asking.test)),
            chance=np.array([(one.ranks == 0).mean() for one in others]),
            tuned=float(decoder.read(states, tune).log_shares.mean()),
            opening=None if states is None or alone else decoder.read(states, asking.opening),
        )

    def _kept(self, key: str, make: Callable[[], Heard]) -> Heard:
        """What stands in the store under `key`; made and put there where nothing does."""
        said, null, chance, tuned, opening = (f"{what}.{key}" for what in ("said", "null", "chance", "tune", "opening"))
        if not len(self.store.done(tuned)):
            heard = make()
            self._keep(said, np.stack(astuple(heard.said), axis=-1))
            self._keep(null, heard.exchanged.T)
            self._keep(chance, heard.chance[None])
            if heard.opening is not None:
                self._keep(opening, np.stack(astuple(heard.opening), axis=-1))
            self._keep(tuned, np.array([heard.tuned]))
        return Heard(
            said=self._said(said),
            exchanged=self.store.load(null).T,
            chance=self.store.load(chance)[0],
            tuned=float(self.store.load(tuned)[0]),
            opening=self._said(opening) if len(self.store.done(opening)) else None,
        )

    def _said(self, name: str) -> "Said":
        from infoplane.measures._recovery._decoders import Said

        shares, ranks, guesses, confidence = self.store.load(name).T
        return Said(shares, ranks.astype(np.int64), guesses.astype(np.int64), confidence)

    def _keep(self, name: str, array: NDArray[Any]) -> None:
        self.store.write(name, np.arange(len(array)), array)


def _by_other_states(
    decoder: "Decoder", states: States, asked: "Asked", documents: Ints, draws: int, seed: int
) -> "Iterator[Said]":
    """What is said where the states asked are those of other documents; documents (n,) of every state."""
    rows, other = np.unique(asked.rows), np.arange(len(documents))
    for draw in permute_rows(documents[rows], np.zeros_like(rows), draws, seed):
        other[rows] = rows[draw]
        yield decoder.read(states, replace(asked, rows=other[asked.rows]))
