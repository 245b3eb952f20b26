"""What a state saves of the code of its text: known truths, the null, and the same numbers every time."""

import numpy as np
import pytest

from infoplane.measures._recovery import _sequence_decoder
from infoplane.measures._recovery._codelength import Codelength
from infoplane.measures._recovery._sequences import Sequences
from infoplane.tasks import Slots

TEXTS, WORDS = 1200, 5
CHANCES = np.array([0.4, 0.2, 0.2, 0.1, 0.1])
ENTROPY = float(-(CHANCES * np.log(CHANCES)).sum())


@pytest.fixture(scope="module")
def words() -> np.ndarray:
    return np.random.default_rng(1).choice(len(CHANCES), size=(TEXTS, WORDS), p=CHANCES)


@pytest.fixture
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decoders that are hardly trained, for what does not depend on how well they read."""
    monkeypatch.setattr(_sequence_decoder, "_MOST_STEPS", 25)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decoders that soon stop where they no longer learn."""
    monkeypatch.setattr(_sequence_decoder, "_PATIENCE", 2)


def code_of(words: np.ndarray) -> Codelength:
    texts, length = words.shape
    rows, places = np.repeat(np.arange(texts), length), np.tile(np.arange(length), texts)
    slots = Slots(rows, places, words.ravel(), np.zeros((words.size, 2), np.int64))
    train, tune, test = np.split(np.arange(texts), [texts * 7 // 10, texts * 8 // 10])
    return Codelength(slots, {"train": train, "tune": tune, "test": test}, np.arange(texts) // 2, len(CHANCES))


@pytest.fixture(scope="module")
def code(words: np.ndarray) -> Codelength:
    return code_of(words)


def copies(words: np.ndarray, place: int) -> np.ndarray:
    """States that hold the word at `place` and nothing else."""
    return np.random.default_rng(2).normal(size=(len(CHANCES), 6))[words[:, place]]


def test_a_copied_word_saves_its_entropy(code: Codelength, words: np.ndarray) -> None:
    saved = code.saved(copies(words, 2))
    assert 0.9 * ENTROPY / WORDS < saved.value < 1.03 * ENTROPY / WORDS  # training leaves some, and texts are drawn
    assert saved.low < saved.value < saved.high
    assert saved.p_value < 0.05
    assert (saved.kind, saved.units, saved.n) == ("estimate", "nats", 240 * WORDS)


def test_a_state_that_has_nothing_to_do_with_its_text_saves_nothing(code: Codelength) -> None:
    saved = code.saved(np.random.default_rng(3).normal(size=(TEXTS, 6)))
    assert abs(saved.value) < 0.01
    assert saved.low < 0.005


def test_the_words_before_are_known_so_a_state_that_repeats_one_saves_nothing(words: np.ndarray) -> None:
    repeated = np.repeat(words[:600, :1], WORDS, axis=1)
    code = code_of(repeated)
    first = code.saved(copies(repeated, 0))
    assert first.value == pytest.approx(ENTROPY / WORDS, abs=0.04)  # of five equal words only the first is news


def test_the_null_exchanges_whole_documents(words: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[np.ndarray] = []

    class Listening:
        def log_shares(self, sequences: Sequences) -> np.ndarray:
            asked.append(sequences.rows)
            return np.zeros(sequences.symbols.shape)

    monkeypatch.setattr(Codelength, "_fit", lambda *_: Listening())
    code = code_of(words)
    code.saved(np.zeros((TEXTS, 1)), permutations=3)
    of_pairs = [code.documents[rows].reshape(-1, 2) for rows in asked[-3:]]  # documents are of two texts
    assert all((pairs[:, 0] == pairs[:, 1]).all() for pairs in of_pairs)
    assert all((pairs[:, 0] != code.documents[code.rows["test"]][::2]).mean() > 0.9 for pairs in of_pairs)


@pytest.mark.usefixtures("briefly")
def test_texts_of_different_length_count_by_words(words: np.ndarray) -> None:
    words = words[:60]
    whole = code_of(words)
    kept = (whole.slots.rows % 2 == 0) | (whole.slots.places < 2)
    code = Codelength(whole.slots.take(kept), whole.rows, whole.documents, whole.types)
    saved = code.saved(copies(words, 0), permutations=0)
    assert saved.n == kept[np.isin(whole.slots.rows, whole.rows["test"])].sum()
    assert "no_null" in saved.flags


@pytest.mark.usefixtures("briefly")
def test_the_same_seed_gives_the_same_number(words: np.ndarray) -> None:
    few = words[:60]
    first, again = (code_of(few).saved(copies(few, 1), permutations=3) for _ in range(2))
    assert first == again
