"""Retrieval: the examples of the pool nearest to each query, less those that are the query itself."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane.methods._encoders import TFIDF, Encoder, encoder_of, words
from infoplane.methods._kernels import add_postings, largest
from infoplane.methods._neighbours import Neighbours

if TYPE_CHECKING:
    from infoplane.methods._setting import Setting
    from infoplane.tasks import Split

# Queries whose similarities to the pool are held at once.
_BLOCK = 256
# Two texts of a larger cosine of their words are the same example (A22).
_DUPLICATE = 0.98
# Cosines are rounded to this many digits, so that equal ones are equal on every machine; ties go to the earlier row.
_DIGITS = 9


@dataclass(frozen=True, eq=False)
class Retrieval:
    """A pool with its encodings by words, which tell duplicates, and by the encoder that ranks.

    `alike`: the rows of every wording in the pool, as texts without a word have no encoding by words.
    """

    pool: "Split"
    alike: Mapping[tuple[str, ...], list[int]] = field(repr=False)
    words: Encoder = field(repr=False)
    encoder: Encoder = field(repr=False)
    pool_words: Any = field(repr=False)
    pool_encoded: Any = field(repr=False)

    @classmethod
    def of(cls, setting: "Setting") -> "Retrieval":
        """The pool of `setting`, encoded by its retriever."""
        pool, by_words = setting.pool, words(setting.pool)
        pool_words, alike = by_words(pool).T.tocsr(), defaultdict(list)
        for row, wording in enumerate(_wordings(pool)):
            alike[wording].append(row)
        if setting.retriever == TFIDF:
            return cls(pool, dict(alike), by_words, by_words, pool_words, pool_words)
        encoder = encoder_of(setting.retriever, setting)
        return cls(pool, dict(alike), by_words, encoder, pool_words, encoder(pool).T)

    def nearest(self, queries: "Split", k: int) -> Neighbours:
        """The `k` examples of the pool most similar to each query, the nearest first; ties go to the earlier row.

        An example of the query's own group (conversation), and one whose words are the query's (cosine > 0.98, or the
        same text but for case and outer spaces), is left out and counted. Raises InputError where fewer than `k` are
        left.
        """
        if not 1 <= k <= len(self.pool):
            came = f"{k} examples of a pool of {len(self.pool)}"
            raise InputError(one_line(came, f"1 to {len(self.pool)}", "ask for fewer, or give more examples"))
        blocks = [
            self._block(queries.take(np.arange(start, min(start + _BLOCK, len(queries)))), k)
            for start in range(0, len(queries), _BLOCK)
        ]
        rows, similarities, dropped = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
        return Neighbours(rows, self.pool.labels[rows], similarities, dropped)

    def _block(self, queries: "Split", k: int) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
        by_words = _products(self.words(queries), self.pool_words)
        found = by_words if self.encoder is self.words else _products(self.encoder(queries), self.pool_encoded)
        own = (by_words > _DUPLICATE) | (self.pool.groups == queries.groups[:, None])
        for row, wording in enumerate(_wordings(queries)):
            own[row, self.alike.get(wording, [])] = True
        left = own.shape[1] - own.sum(1)
        if left.min() < k:
            came = f"{left.min()} examples left for a query once its own conversation and duplicates are out"
            raise InputError(one_line(came, f"at least {k}", "ask for fewer, or give a larger pool"))
        found[own] = -np.inf
        rows = largest(found, k)
        return rows, np.take_along_axis(found, rows, 1), own.sum(1)


def _wordings(examples: "Split") -> Iterator[tuple[str, ...]]:
    """Every text, or both of a pair, in one case and without outer spaces."""
    columns = (examples.texts,) if examples.pairs is None else (examples.texts, examples.pairs)
    return zip(*([text.strip().casefold() for text in column] for column in columns), strict=True)


def _products(queries: Any, pool: Any) -> NDArray[np.float64]:
    """Cosines (queries, pool), rounded, of dense rows or of sparse ones."""
    if isinstance(queries, np.ndarray):
        return np.asarray(np.round(queries @ pool, _DIGITS))
    found = np.zeros((queries.shape[0], pool.shape[1]))
    lists = (pool.indptr, pool.indices, pool.data)
    add_postings(queries.indptr, queries.indices, queries.data, *lists, found)
    return np.round(found, _DIGITS, out=found)
