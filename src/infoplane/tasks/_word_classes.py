"""Kinds of words, so that it can be asked which of them a layer forgets."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane.tasks._target import Slots

Mask = NDArray[np.bool_]
Tagger = Callable[[str], Iterable[tuple[int, int, str]]]

# Codes are ranks of frequency, so a band is a range of codes.
_BANDS = {"frequency 1-100": (1, 101), "frequency 101-1000": (101, 1001), "frequency 1001+": (1001, None)}
_UNIVERSAL = {
    "ADJ": "adjective",
    "ADP": "adposition",
    "ADV": "adverb",
    "AUX": "auxiliary",
    "CCONJ": "conjunction",
    "DET": "determiner",
    "INTJ": "interjection",
    "NOUN": "noun",
    "NUM": "numeral",
    "PART": "particle",
    "PRON": "pronoun",
    "PROPN": "proper noun",
    "PUNCT": "punctuation",
    "SCONJ": "conjunction",
    "SYM": "symbol",
    "VERB": "verb",
    "X": "unclassed",
}
_ENDS = frozenset(".!?:;…\"'“”‘’«»()[]")
# The closed classes of English; the last two lines are what is left of contractions that are split at the apostrophe.
_CLOSED = """
    a an the this that these those each every either neither some any no all both half such what which whose
    i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers
    herself it its itself they them their theirs themselves one oneself who whom whoever whatever whichever
    somebody someone something anybody anyone anything nobody nothing everybody everyone everything none
    about above across after against along amid among around as at before behind below beneath beside besides between
    beyond by despite down during except for from in inside into like near of off on onto out outside over past per
    since than through throughout till to toward towards under underneath until up upon via with within without
    and but or nor so yet if because although though while whereas unless whether once lest
    when where why how whenever wherever there here then
    am is are was were be been being have has had having do does did doing done
    can could may might must shall should will would ought need dare cannot
    not never only too also very just even still again
    don doesn didn isn aren wasn weren haven hasn hadn won wouldn couldn shouldn mustn needn ain
    s t m d ll re ve
"""
_FUNCTION_WORDS = frozenset(_CLOSED.split())


def word_classes(texts: Sequence[str], slots: Slots, tagger: Tagger | str | None = None) -> dict[str, Mask]:
    """Masks (m,) over `slots` of `texts` by name: bands of frequency, then kinds of words; a slot is in one of each.

    Bands are ranks among the words of the train texts, 1 the most frequent: "frequency 1-100", "frequency 101-1000",
    "frequency 1001+", "frequency other" for what the target does not hold. Classes without a slot are left out.
    tagger: gives the (start, end, part of speech) of every token of a text, in characters, or the name of a spaCy
        pipeline that is installed; tags of Universal Dependencies are written out ("NOUN" is "noun"), others kept. A
        word has the tag of the token its first character is in, "unclassed" if it has none.

    Without a tagger the kinds are no parts of speech but what spelling alone tells of English: "punctuation", "number"
    (begins with a digit), "function word" (of a list), "name" (capital inside a sentence), else "content word".
    Raises InputError for a spaCy pipeline that cannot be loaded.
    """
    classes = {name: _coded(slots, *ends) for name, ends in _BANDS.items()}
    classes["frequency other"] = slots.targets == 0
    if tagger is None:
        kinds = _spelled(texts, slots)
    else:
        kinds = _tagged(texts, slots, _pipeline(tagger) if isinstance(tagger, str) else tagger)
    classes |= {name: np.array([kind == name for kind in kinds], np.bool_) for name in sorted(set(kinds))}
    return {name: mask for name, mask in classes.items() if mask.any()}


def _coded(slots: Slots, first: int, behind: int | None) -> Mask:
    return (slots.targets >= first) & (slots.targets < (behind or np.inf))


def _spelled(texts: Sequence[str], slots: Slots) -> list[str]:
    """The kind of every slot by its spelling."""
    return [
        _kind(texts[row][start:end].strip(), texts[row][:start].rstrip())
        for row, (start, end) in zip(slots.rows.tolist(), slots.spans.tolist(), strict=True)
    ]


def _kind(word: str, before: str) -> str:
    if not any(map(str.isalnum, word)):
        return "punctuation"
    if word[0].isdigit():
        return "number"
    if word.lower() in _FUNCTION_WORDS:
        return "function word"
    return "name" if word[0].isupper() and before and before[-1] not in _ENDS else "content word"


def _tagged(texts: Sequence[str], slots: Slots, tagger: Tagger) -> list[str]:
    """The tag of every slot; only texts that are asked about are tagged."""
    tags: Mapping[int, Sequence[tuple[int, int, str]]] = {
        row: list(tagger(texts[row])) for row in np.unique(slots.rows).tolist()
    }
    return [
        _tag_at(tags[row], end - len(texts[row][start:end].lstrip()))
        for row, (start, end) in zip(slots.rows.tolist(), slots.spans.tolist(), strict=True)
    ]


def _tag_at(tags: Sequence[tuple[int, int, str]], character: int) -> str:
    own = next((tag for start, end, tag in tags if start <= character < end), "X")
    return _UNIVERSAL.get(own or "X", own)


def _pipeline(name: str) -> Tagger:
    """The parts of speech a spaCy pipeline gives."""
    try:
        read = import_module("spacy").load(name)
    except (ImportError, OSError, ValueError) as error:
        do = f"pip install spacy and python -m spacy download {name}, or leave the tagger out"
        raise InputError(
            one_line(f"tagger {name} ({type(error).__name__})", "an installed spaCy pipeline", do)
        ) from None
    return lambda text: [(token.idx, token.idx + len(token), token.pos_) for token in read(text)]
