"""Plain texts in three splits that share no text and no document."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, TaskError, one_line
from infoplane.tasks._build import drawn
from infoplane.tasks._source import normalised
from infoplane.tasks._text_files import find_texts
from infoplane.tasks._words import words_of

_SHARES = {"train": 0.8, "tune": 0.1, "test": 0.1}


@dataclass(frozen=True, eq=False)
class Texts:
    """Texts without labels; row i of `texts` and of `documents` is text i.

    train: decoders are fitted on it   tune: they are stopped and calibrated on it   test: numbers are told on it

    documents: (n,) int64, equal for texts of one document, which is in one split only
    rows: "train", "tune", "test" -> indices of their texts, in order   excluded: reason -> number of texts left out
    """

    name: str
    texts: tuple[str, ...]
    documents: NDArray[np.int64]
    rows: Mapping[str, NDArray[np.int64]]
    excluded: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.texts)

    def of(self, split: str) -> tuple[str, ...]:
        """The texts of a split, in the order of its `rows`."""
        return tuple(self.texts[row] for row in self.rows[split])

    @cached_property
    def byte_counts(self) -> NDArray[np.int64]:
        """Bytes of every text in UTF-8, (n,): what makes numbers of different vocabularies comparable."""
        return np.array([len(text.encode()) for text in self.texts], np.int64)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the texts, their documents and their splits, in order."""
        told = hashlib.sha256(repr(self.texts).encode())
        told.update(self.documents.tobytes())
        for split in sorted(self.rows):
            told.update(split.encode() + self.rows[split].tobytes())
        return told.hexdigest()


def load_texts(
    source: str | Path | Sequence[str],
    *,
    text: str | None = None,
    group: str | None = None,
    shortest: int = 8,
    longest: int = 32,
    max_texts: int | None = None,
    seed: int = 0,
) -> Texts:
    """Texts to read back from states; the same arguments always give the same splits.

    source: a file with one text a line, a table (CSV, TSV, JSONL, Parquet), a list of texts, or any other name or
        folder `load_task` knows: the texts of all its parts, of pairs both (no label is used, so official tests may be
        trained on here)
    text, group: columns of a table, "text" if not given; texts of one group are a document. Without `group`, every
        text is one; a task's groups are its documents
    shortest, longest: in words, where a punctuation mark is a word; longer texts are cut, shorter ones left out
    max_texts: at most so many, drawn at random
    seed: which texts are drawn, and which documents go to which split

    Train holds about 80 % of the documents, tune and test 10 % each; the split of a document depends on nothing but
    the seed and the document. Left out and counted: short texts, and texts that after the cut have the same words as an
    earlier one, whatever their case and white space.
    Raises TaskError or InputError, in one line, for anything that cannot be read or leaves a split empty.
    """
    if not 1 <= shortest <= longest:
        raise InputError(one_line(f"texts of {shortest} to {longest} words", "1 <= shortest <= longest", "change them"))
    if max_texts is not None and max_texts < 1:
        raise InputError(one_line(f"max_texts {max_texts}", "at least 1", "ask for more, or leave it out for all"))
    found = find_texts(source, text, group, seed)
    excluded: Counter[str] = Counter()
    kept: dict[str, tuple[str, str]] = {}
    for one, document in zip(found.texts, found.documents, strict=True):
        cut, words = _cut(one, longest)
        key = normalised(" ".join(words))
        if len(words) < shortest:
            excluded[f"under {shortest} words"] += 1
        elif key in kept:
            excluded["duplicate text"] += 1
        else:
            kept[key] = cut, document
    left = list(kept.values())
    if max_texts is not None and len(left) > max_texts:
        excluded[f"beyond {max_texts} texts"] = len(left) - max_texts
        chosen = np.random.default_rng([seed, 5]).permutation(len(left))[:max_texts]
        left = [left[row] for row in np.sort(chosen)]
    return _split(found.name, left, excluded, seed)


def _cut(text: str, longest: int) -> tuple[str, list[str]]:
    """The text up to its last word that is allowed, and its words up to there."""
    pieces = words_of(text)[:longest]
    return text[: pieces[-1][1][1]] if pieces else "", [word for word, _ in pieces]


def _split(name: str, left: Sequence[tuple[str, str]], excluded: Counter[str], seed: int) -> Texts:
    codes = {document: code for code, document in enumerate(dict.fromkeys(document for _, document in left))}
    splits = np.array([drawn(_SHARES, document, seed) for _, document in left])
    rows = {split: np.flatnonzero(splits == split) for split in _SHARES}
    for split, own in rows.items():
        if not len(own):
            out = ", ".join(f"{count} {reason}" for reason, count in excluded.items()) or "none"
            came = f"{name} with {len(left)} usable texts of {len(codes)} documents (left out: {out}), none in {split}"
            raise TaskError(one_line(came, "some in train, tune and test", "give more documents, or another seed"))
    return Texts(
        name=name,
        texts=tuple(text for text, _ in left),
        documents=np.array([codes[document] for _, document in left], np.int64),
        rows=rows,
        excluded=dict(excluded),
    )
