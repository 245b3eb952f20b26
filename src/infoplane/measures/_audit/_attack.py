"""What an attacker who holds the embedding of a text reads of its private parts, and one who does not.

The attacker has trained a decoder on other texts and their embeddings. It writes the span of a kind, which it may never
have seen, letter by letter; and it is shown the true value among others and says which one is in the text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import permute_labels
from infoplane.measures._audit._asked import END, LONGEST, SYMBOLS, Asked, as_symbols, spelt
from infoplane.measures._audit._lineup import Lineup
from infoplane.measures._recovery._sequences import Floats, Ints, Sequences

if TYPE_CHECKING:
    from infoplane.measures._recovery._sequence_decoder import SequenceReader

CANDIDATES = 50
DRAWS = 20

# How well every held-out span was read, (n,), by quantity; exchanged embeddings are read `DRAWS` times, (DRAWS, n).
Scores = dict[str, Floats]


@dataclass(frozen=True)
class Outcome:
    """What was `written` for the spans of a kind, how well they were read, and how well from others' embeddings.

    `candidates`: at most so many values a true one was picked from.
    """

    written: Sequence[bytes]
    scores: Scores
    candidates: int = 0
    exchanged: Scores = field(default_factory=dict)


@dataclass(frozen=True)
class Attack:
    """The spans that are `asked`, and how well they are guessed without any embedding."""

    asked: Asked
    seed: int

    def read(self, states: NDArray[np.floating]) -> dict[str, Outcome]:
        """What is read of `states` (texts, d), by kind."""
        reader = self._fit(states)
        return {kind: self._outcome(reader, kind) for kind in self.asked.kinds}

    @cached_property
    def guessed(self) -> dict[str, Outcome]:
        """What is guessed without an embedding, by kind."""
        found = {}
        for kind in self.asked.kinds:
            written = self._write(self._without, kind)
            scores = _written_scores(written, self.asked.values("test", kind))
            if candidates := self.candidates(kind):
                lineup = self._lineup("test", kind)
                scores["span_identification"] = lineup.first(lineup.alone, 0.0)
            found[kind] = Outcome(written, scores, len(candidates) + 1)
        return found

    def candidates(self, kind: str) -> list[bytes]:
        """Values that a true one is shown among, none where there are fewer than two.

        They are of the tune texts, which the decoders were not fitted on, as the test texts: else a value could be
        told by its being new.
        """
        values = sorted(set(self.asked.values("tune", kind)))
        order = np.random.default_rng([self.seed, 24]).permutation(len(values))
        return [values[at] for at in order[: CANDIDATES - 1]] if len(values) > 1 else []

    def _outcome(self, reader: "SequenceReader", kind: str) -> Outcome:
        true, written = self.asked.values("test", kind), self._write(reader, kind)
        exchanged = permute_labels(np.arange(len(true)), permutations=DRAWS, seed=self.seed)
        scores = _written_scores(written, true)
        draws = [_written_scores([written[at] for at in draw], true) for draw in exchanged]
        if candidates := self.candidates(kind):
            weight = self._lineup("tune", kind).best_weight(self._told(reader, "tune", kind))
            lineup, told, rows = self._lineup("test", kind), self._told(reader, "test", kind), self._rows("test", kind)
            for into, order in ((scores, np.arange(len(rows))), *zip(draws, exchanged, strict=True)):
                own = self._totals(reader, kind, rows[order], true)
                into["span_identification"] = lineup.first(np.column_stack([own, told[order, 1:]]), weight)
        stacked = {name: np.stack([draw[name] for draw in draws]) for name in scores}
        return Outcome(written, scores, len(candidates) + 1, stacked)

    def _lineup(self, split: str, kind: str) -> Lineup:
        """The values of `kind` in `split` among the candidates."""
        true, candidates = self.asked.values(split, kind), self.candidates(kind)
        values = [*true, *candidates]
        totals = self._totals(self._without, kind, np.zeros(len(values), np.int64), values)
        own, others = totals[: len(true), None], np.tile(totals[len(true) :], (len(true), 1))
        return Lineup(true, candidates, np.hstack([own, others]))

    def _told(self, reader: "SequenceReader", split: str, kind: str) -> Floats:
        """Log q (n, 1 + candidates) of the true value and the candidates from every text's embedding."""
        rows, candidates = self._rows(split, kind), self.candidates(kind)
        values = [one for true in self.asked.values(split, kind) for one in (true, *candidates)]
        return self._totals(reader, kind, np.repeat(rows, 1 + len(candidates)), values).reshape(len(rows), -1)

    def _totals(self, reader: "SequenceReader", kind: str, rows: Ints, values: Sequence[bytes]) -> Floats:
        """Log q of a value of `kind` for each of `rows`, (m,)."""
        kinds = np.full(len(rows), self.asked.kinds.index(kind))
        totals: Floats = reader.log_shares(Sequences(rows, kinds, as_symbols(values))).sum(axis=1)
        return totals

    def _write(self, reader: "SequenceReader", kind: str) -> list[bytes]:
        rows = self._rows("test", kind)
        kinds = np.full(len(rows), self.asked.kinds.index(kind))
        return [spelt(row) for row in reader.write(rows, kinds, end=END, longest=LONGEST + 1)]

    def _rows(self, split: str, kind: str) -> Ints:
        return self.asked.sequences[split].rows[self.asked.of_kind(split, kind)]

    @cached_property
    def _without(self) -> "SequenceReader":
        """The decoder without an embedding."""
        return self._fit(np.zeros((len(self.asked.rows), 0)))

    def _fit(self, states: NDArray[np.floating]) -> "SequenceReader":
        from infoplane.measures._recovery._sequence_decoder import fit_sequence_reader

        train, tune = self.asked.sequences["train"], self.asked.sequences["tune"]
        return fit_sequence_reader(states, train, tune, symbols=SYMBOLS, kinds=len(self.asked.kinds), seed=self.seed)


def _written_scores(written: Sequence[bytes], true: Sequence[bytes]) -> Scores:
    """Whether every value was written exactly, and the share of its letters that are at their place."""
    pairs = list(zip(written, true, strict=True))
    return {
        "span_recovery": np.array([float(read == value) for read, value in pairs]),
        "span_characters": np.array([_alike(read, value) for read, value in pairs]),
    }


def _alike(first: bytes, second: bytes) -> float:
    """Letters equal at their place over those of the longer one."""
    return sum(a == b for a, b in zip(first, second, strict=False)) / max(len(first), len(second))
