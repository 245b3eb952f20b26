"""The spans of some texts by split, spelt in bytes, which can spell any value."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from infoplane._errors import InputError, one_line
from infoplane.measures._audit._spans import Span
from infoplane.measures._recovery._sequences import PADDING, Ints, Sequences
from infoplane.tasks import Texts

END = 256
SYMBOLS = 257
LONGEST = 48  # bytes
FEWEST = 2  # documents of a split, of which an interval can be told
_DOCUMENTS = 30


@dataclass(frozen=True, eq=False)
class Asked:
    """What is to be read back: all spans of train and tune, and of test one span of a kind a document.

    rows    of the texts that have spans; sequences count in these     kinds   whose code is their place
    spans   by split, sequences are theirs in order                    counts  kind -> split -> spans
    excluded   reason -> spans left out
    """

    rows: Ints
    kinds: tuple[str, ...]
    spans: Mapping[str, Sequence[Span]]
    sequences: Mapping[str, Sequences]
    counts: Mapping[str, Mapping[str, int]]
    excluded: Mapping[str, int]

    def of_kind(self, split: str, kind: str) -> Ints:
        """Which sequences of `split` are of `kind`."""
        return np.flatnonzero(self.sequences[split].kinds == self.kinds.index(kind))

    def values(self, split: str, kind: str) -> list[bytes]:
        """The values of `kind` in `split`, spelt."""
        return [spelt(row) for row in self.sequences[split].symbols[self.of_kind(split, kind)]]


def spelt(symbols: Ints) -> bytes:
    """The bytes among `symbols`."""
    return bytes(symbols[(symbols != PADDING) & (symbols != END)].tolist())


def as_symbols(values: Sequence[bytes]) -> Ints:
    """Bytes, END and PADDING of every value, (n, LONGEST + 1)."""
    symbols = np.full((len(values), LONGEST + 1), PADDING, np.int64)
    for row, value in zip(symbols, values, strict=True):
        row[: len(value) + 1] = [*value, END]
    return symbols


def ask(texts: Texts, found: Sequence[Span], seed: int) -> Asked:
    """The spans `found` in `texts` that can be asked for; what is left out is counted.

    The case of letters is not asked for. Raises InputError for texts of fewer than 30 documents and where no kind has
    spans in train, in tune and in two documents of test.
    """
    if (documents := len(np.unique(texts.documents))) < _DOCUMENTS:
        came = f"{texts.name} with {documents} documents"
        raise InputError(one_line(came, f"at least {_DOCUMENTS}", "give more texts to audit"))
    split_of = {row: name for name, rows in texts.rows.items() for row in rows.tolist()}
    short = [span for span in found if len(_value(texts, span)) <= LONGEST]
    long = Counter(f"{span.kind} over {LONGEST} bytes" for span in found if len(_value(texts, span)) > LONGEST)
    spans = {name: [span for span in short if split_of[span.row] == name] for name in texts.rows}
    counts = {kind: _count(spans, kind) for kind in dict.fromkeys(span.kind for span in found)}
    spans["test"] = _one_a_document(spans["test"], texts.documents, seed)
    drawn = Counter(span.kind for span in spans["test"])
    kinds = tuple(k for k, had in counts.items() if had["train"] and had["tune"] and drawn[k] >= FEWEST)
    if not kinds:
        had = "; ".join(f"{kind} {_said(of)}" for kind, of in counts.items()) or "none"
        came = f"{texts.name} with too few spans to audit ({had})"
        raise InputError(one_line(came, "spans of a kind in train, tune and test", "give more texts, or other kinds"))
    few = {f"{kind}, too few spans in a split": sum(had.values()) for kind, had in counts.items() if kind not in kinds}
    kept = {name: [span for span in of if span.kind in kinds] for name, of in spans.items()}
    rows = np.unique([span.row for of in kept.values() for span in of])
    sequences = {name: _sequences(texts, of, rows, kinds) for name, of in kept.items()}
    return Asked(rows, kinds, kept, sequences, counts, dict(long) | few)


def _value(texts: Texts, span: Span) -> bytes:
    return texts.texts[span.row][span.start : span.end].casefold().encode()


def _count(spans: Mapping[str, Sequence[Span]], kind: str) -> dict[str, int]:
    return {name: sum(span.kind == kind for span in of) for name, of in spans.items()}


def _said(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} in {name}" for name, count in counts.items())


def _one_a_document(spans: Sequence[Span], documents: Ints, seed: int) -> list[Span]:
    """Of every document and kind one span at random, in order: certificates need independent draws."""
    order = np.random.default_rng([seed, 23]).permutation(len(spans))
    first: dict[tuple[int, str], int] = {}
    for at in order.tolist():
        first.setdefault((int(documents[spans[at].row]), spans[at].kind), at)
    return [spans[at] for at in sorted(first.values())]


def _sequences(texts: Texts, spans: Sequence[Span], rows: Ints, kinds: tuple[str, ...]) -> Sequences:
    return Sequences(
        np.searchsorted(rows, [span.row for span in spans]).astype(np.int64),
        np.array([kinds.index(span.kind) for span in spans], np.int64),
        as_symbols([_value(texts, span) for span in spans]),
    )
