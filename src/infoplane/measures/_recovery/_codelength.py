"""How much shorter the code of a text becomes when its writer knows a state of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import Estimate, bootstrap_mean, permute_rows, with_null
from infoplane.measures._recovery._sequence_decoder import SequenceReader, fit_sequence_reader
from infoplane.measures._recovery._sequences import PADDING, Floats, Ints, Sequences

if TYPE_CHECKING:
    from infoplane.tasks import Slots

_SHARES = (0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999)


@dataclass(frozen=True)
class Codelength:
    """Codes of held-out texts, word by word, by a decoder that knows a state of the text and by one that does not.

    slots      every word of every text                  rows   "train", "tune", "test": the texts of each split
    documents  (n,) what texts belong to, for intervals  types  of words
    """

    slots: "Slots"
    rows: Mapping[str, Ints]
    documents: Ints
    types: int
    seed: int = 0

    def saved(self, states: NDArray[np.floating], *, permutations: int = 20) -> Estimate:
        """(CE_0 - CE_AR) / words of the held-out texts, in nats a word; `states` (n, d), one a text.

        CE_AR = -sum_i log q(t_i | E, t_<i), CE_0 = -sum_i log q_0(t_i | t_<i), both `SequenceDecoder`s trained alike;
        q is mixed with q_0 in the proportion that reads the tune texts best. An estimate of I(X;E) a word and no bound
        on it, since no CE_0 is as low as H(X). The interval draws documents, the null gives held-out documents each
        other's states. Source: after the recoverability paper, arXiv 2505.23790, the chain over the tokens of a text.
        """
        reader, tune, test = self._fit(states), self._split("tune"), self._split("test")
        told, alone = test.symbols != PADDING, self._without
        share = _best_share(reader.log_shares(tune), alone["tune"])
        groups = self.documents[test.rows]
        exchanged = test.rows[permute_rows(groups, np.zeros_like(groups), permutations, self.seed)]
        saved, *draws = (
            _gain(reader.log_shares(Sequences(rows, test.kinds, test.symbols)), alone["test"], share)[told]
            for rows in (test.rows, *exchanged)
        )
        documents = np.broadcast_to(groups[:, None], told.shape)[told]
        found = bootstrap_mean(saved, documents, seed=self.seed)
        null = np.array([draw.mean() for draw in draws])
        return with_null(found, null, estimator="codelength saved by a recurrent decoder")

    @cached_property
    def _without(self) -> dict[str, Floats]:
        """Log q_0 of every word of the tune and test texts."""
        reader = self._fit(np.zeros((len(self.documents), 0)))
        return {name: reader.log_shares(self._split(name)) for name in ("tune", "test")}

    def _fit(self, states: NDArray[np.floating]) -> SequenceReader:
        return fit_sequence_reader(
            states, self._split("train"), self._split("tune"), symbols=self.types, seed=self.seed
        )

    def _split(self, name: str) -> Sequences:
        rows = self.rows[name]
        return Sequences(rows, np.zeros(len(rows), np.int64), self._words[rows])

    @cached_property
    def _words(self) -> Ints:
        """The words of every text (n, longest)."""
        words = np.full((len(self.documents), 1 + int(self.slots.places.max())), PADDING, np.int64)
        words[self.slots.rows, self.slots.places] = self.slots.targets
        return words


def _gain(given: Floats, alone: Floats, share: float) -> Floats:
    """log(share q + (1 - share) q_0) - log q_0 of log-shares `given`, `alone` (m, longest)."""
    gain: Floats = np.logaddexp(np.log(share) + given - alone, np.log1p(-share))
    return gain


def _best_share(given: Floats, alone: Floats) -> float:
    """The share of the decoder with a state that gains most."""
    return float(max(_SHARES, key=lambda share: _gain(given, alone, share).sum()))
