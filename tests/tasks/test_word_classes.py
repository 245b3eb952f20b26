import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.tasks import TokenTarget, word_classes

TEXTS = ["Yesterday I met Anna, and 3 dogs didn't bark.", "“Why,” Bob said. Nobody knew!"]


def by_word(texts: list[str], tagger=None) -> dict[str, str]:
    """The kind of every word, bands of frequency apart."""
    target = TokenTarget.fit(texts * 2)
    slots = target.slots(texts)
    classes = word_classes(texts, slots, tagger)
    said = np.array([texts[row][start:end] for row, (start, end) in zip(slots.rows, slots.spans, strict=True)])
    kinds = {name: mask for name, mask in classes.items() if not name.startswith("frequency")}
    assert sum(mask.astype(int) for mask in kinds.values()).tolist() == [1] * len(slots)
    return {word: name for name, mask in kinds.items() for word in said[mask].tolist()}


def test_spelling_tells_function_words_names_numbers_and_punctuation() -> None:
    kinds = by_word(TEXTS)
    assert {word for word, kind in kinds.items() if kind == "name"} == {"Anna"}
    assert {word for word, kind in kinds.items() if kind == "number"} == {"3"}
    assert {word for word, kind in kinds.items() if kind == "punctuation"} == set(",'.“”!")
    function = {"I", "and", "didn", "t", "Why", "Nobody"}
    assert {word for word, kind in kinds.items() if kind == "function word"} == function
    # A capital that begins a sentence or stands behind a quotation mark says nothing.
    content = {"Yesterday", "met", "dogs", "bark", "Bob", "said", "knew"}
    assert {word for word, kind in kinds.items() if kind == "content word"} == content


def test_bands_are_ranks_in_the_train_texts() -> None:
    words = [f"w{rank:04d}" for rank in range(1, 1203)]  # equally frequent, so ranked by letter
    target = TokenTarget.fit(words * 2, size=1101)
    slots = target.slots([" ".join(words)])
    classes = word_classes([" ".join(words)], slots)
    bands = {name: np.flatnonzero(mask) for name, mask in classes.items() if name.startswith("frequency")}
    assert list(bands) == ["frequency 1-100", "frequency 101-1000", "frequency 1001+", "frequency other"]
    assert [(band[0], band[-1], len(band)) for band in bands.values()] == [
        (0, 99, 100),
        (100, 999, 900),
        (1000, 1099, 100),
        (1100, 1201, 102),
    ]
    assert word_classes(["w0001"], target.slots(["w0001"])).keys() == {"frequency 1-100", "content word"}


def test_a_tagger_gives_parts_of_speech_to_the_words_its_tokens_begin() -> None:
    def tagger(text: str) -> list[tuple[int, int, str]]:
        return [(0, 3, "DET"), (4, 8, "NOUN"), (9, 14, "MD")]

    assert by_word(["The dogs can't go"], tagger) == {
        "The": "determiner",
        "dogs": "noun",
        "can": "MD",
        "'": "MD",
        "t": "MD",
        "go": "unclassed",
    }


def test_a_spacy_pipeline_is_loaded_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    spacy = ModuleType("spacy")

    class Token(SimpleNamespace):
        def __len__(self) -> int:
            return 3

    def load(name: str):
        if name != "tiny":
            raise OSError(name)
        return lambda _: [Token(idx=0, pos_="ADV"), Token(idx=4, pos_="VERB")]

    spacy.load = load
    monkeypatch.setitem(sys.modules, "spacy", spacy)
    assert by_word(["Now run"], "tiny") == {"Now": "adverb", "run": "verb"}
    with pytest.raises(InputError, match=r"tagger huge \(OSError\): expected an installed spaCy pipeline"):
        by_word(["Now run"], "huge")
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(InputError, match="pip install spacy"):
        by_word(["Now run"], "tiny")
