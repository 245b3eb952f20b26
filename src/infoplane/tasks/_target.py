"""What is to be read back from a state: the words of its text, each at its place."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infoplane._errors import InputError, one_line
from infoplane.tasks._words import Piece, words_of

OTHER = "OTHER"


@dataclass(frozen=True, eq=False)
class Slots:
    """What may be asked of some texts: entry i of every array is about slot i, texts and words in order.

    rows: (m,) int64, which text   places: (m,) int64, the place of the word in its text, from 0
    targets: (m,) int64, the code of the word   spans: (m, 2) int64, its first character in the text and the one behind
    """

    rows: NDArray[np.int64]
    places: NDArray[np.int64]
    targets: NDArray[np.int64]
    spans: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, chosen: ArrayLike) -> Self:
        """The slots `chosen`, by number or by mask, in that order."""
        at = np.asarray(chosen)
        return type(self)(self.rows[at], self.places[at], self.targets[at], self.spans[at])

    def ask(self, per_text: int | None = None, seed: int = 0) -> Self:
        """`per_text` random slots of every text, all places of it alike; all slots without a number.

        A text with fewer slots gives those it has. Raises InputError for a number below 1.
        """
        if per_text is None:
            return self
        if per_text < 1:
            raise InputError(one_line(f"{per_text} slots of every text", "at least 1", "ask for more, or for all"))
        return self.take(_some_of_each(self.rows, per_text, seed))

    def one_per_document(self, documents: ArrayLike, seed: int = 0) -> Self:
        """One random slot of every document, so that slots are as independent as documents: for certificates.

        documents: (n,) the document of every text, for example `Texts.documents[Texts.rows["test"]]`
        """
        return self.take(_some_of_each(np.asarray(documents)[self.rows], 1, seed))


@dataclass(frozen=True, eq=False)
class TokenTarget:
    """A vocabulary to read words back in: the most frequent ones of the train texts, and code 0 for all others.

    words: code -> word, "OTHER" first, then from frequent to rare   counts: (types,) int64, of each in the train texts
    tokenizer: where it was fitted for one, that model's tokens stand for words

    Words are the same for all models, so numbers of models that cut text into other tokens can be compared. A model's
    own tokens are for curves inside that model: a nat per token means another thing for each tokenizer.
    """

    words: tuple[str, ...]
    counts: NDArray[np.int64]
    tokenizer: Any = field(default=None, repr=False)

    @classmethod
    def fit(cls, texts: Sequence[str], size: int = 8000, tokenizer: Any = None) -> Self:
        """The target of at most `size` types, OTHER among them, from the train texts; equally frequent ones by letter.

        Words that occur once are OTHER, too: their share is about that of words never seen (Good 1953), so that a
        decoder has met as many as it will be asked.
        tokenizer: a fast tokenizer of Hugging Face, for a target of its tokens. Raises InputError for another one, a
        size below 2 and texts in which no word occurs twice.
        """
        if size < 2:
            raise InputError(one_line(f"a target of {size} types", "at least 2", "raise size"))
        if tokenizer is not None and not getattr(tokenizer, "is_fast", False):
            came = f"tokenizer {type(tokenizer).__name__}"
            raise InputError(one_line(came, "a fast one, which knows its characters", "use the words of all models"))
        seen = Counter(piece for pieces in _pieces(texts, tokenizer) for piece, _ in pieces)
        ranked = sorted(seen, key=lambda word: (-seen[word], word))
        common = [word for word in ranked[: size - 1] if seen[word] > 1]
        if not common:
            raise InputError(one_line(f"{len(texts)} texts in which no word is twice", "some words", "give more texts"))
        counts = [seen[word] for word in common]
        return cls((OTHER, *common), np.array([seen.total() - sum(counts), *counts], np.int64), tokenizer)

    @property
    def types(self) -> int:
        """How many codes there are, that of OTHER included."""
        return len(self.words)

    def slots(self, texts: Sequence[str]) -> Slots:
        """Every word of every text, in order; places of a model's own tokens may exceed the number of words."""
        found = [
            (row, place, self._codes.get(piece, 0), *span)
            for row, pieces in enumerate(_pieces(texts, self.tokenizer))
            for place, (piece, span) in enumerate(pieces)
        ]
        table = np.array(found, np.int64).reshape(-1, 5)
        return Slots(table[:, 0], table[:, 1], table[:, 2], table[:, 3:])

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {word: code for code, word in enumerate(self.words) if code}


def _pieces(texts: Sequence[str], tokenizer: Any) -> Iterator[list[Piece]]:
    """What each text consists of: words or, with a tokenizer, its tokens."""
    for text in texts:
        if tokenizer is None:
            yield words_of(text)
        else:
            read = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
            yield list(zip(read.tokens(), read["offset_mapping"], strict=True))


def _some_of_each(groups: NDArray[np.int64], most: int, seed: int) -> NDArray[np.int64]:
    """Indices, in order, of at most `most` random members of every group."""
    order = np.lexsort((np.random.default_rng([seed, 6]).random(len(groups)), groups))
    _, starts, sizes = np.unique(groups[order], return_index=True, return_counts=True)
    ranks = np.arange(len(groups)) - np.repeat(starts, sizes)
    return np.sort(order[ranks < most])
