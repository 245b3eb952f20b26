"""The whole run on planted states whose information is known: what no state holds must not come out as read."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from infoplane.measures import recoverability
from infoplane.measures._recovery._saying import _by_other_states
from infoplane.measures._recovery._states import _last_tokens
from infoplane.models import Renderer
from infoplane.runs import Run
from infoplane.tasks import Texts
from infoplane.tasks._words import words_of

States = Callable[[Sequence[str]], np.ndarray]


class Planted:
    """Stands for a language model of one layer whose mean states are `states` of the texts."""

    name, fingerprint, kind, layers, width = "planted", "planted", "encoder", 0, 8

    def __init__(self, states: States) -> None:
        self.states = states

    def read(self, texts: Sequence[str], selects: dict[str, Any], *, store: Any, key: str, **_: Any) -> None:
        for name in selects:
            store.write(key + name, np.arange(len(texts)), self.states(texts)[:, None].astype(np.float32))


def noise(texts: Sequence[str]) -> np.ndarray:
    return np.random.default_rng(1).standard_normal((len(texts), 8))


def made(texts: Sequence[str], documents: Sequence[int] | None = None) -> Texts:
    """A third of the documents each for train, tune and test."""
    of_text = np.arange(len(texts)) if documents is None else np.asarray(documents)
    split = np.random.default_rng(2).integers(3, size=of_text.max() + 1)[of_text]
    rows = {name: np.flatnonzero(split == at) for at, name in enumerate(("train", "tune", "test"))}
    return Texts("made", tuple(texts), of_text, rows)


def found(states: States, texts: Texts, out: Path, **settings: Any) -> Run:
    return recoverability(Planted(states), texts, out=out / "run", poolings=("mean",), **settings)  # type: ignore[arg-type]


def row(run: Run, quantity: str) -> dict[str, Any]:
    (one,) = run.ledger.filter(quantity=quantity, method="state", label=None)
    return one


def test_what_the_place_tells_is_not_read(tmp_path: Path) -> None:
    """Every place has four words of its own: 1.4 nats a word are left, of which noise knows nothing."""
    rng = np.random.default_rng(0)
    texts = [" ".join(f"p{place}w{rng.integers(4)}" for place in range(16)) for _ in range(900)]
    run = found(noise, made(texts), tmp_path)
    assert row(run, "recovery_information")["low"] <= 0
    assert row(run, "certified_information")["value"] < 0
    assert row(run, "text_information")["low"] <= 0


def test_long_texts_weigh_no_more_in_the_entropy_than_in_the_loss(tmp_path: Path) -> None:
    """Short texts are of two words, long ones of twenty; noise knows neither."""
    rng = np.random.default_rng(0)
    short = [" ".join("ab"[int(rng.random() < 0.05)] for _ in range(8)) for _ in range(500)]
    long = [" ".join(f"w{rng.integers(20)}" for _ in range(32)) for _ in range(500)]
    run = found(noise, made([text for pair in zip(short, long, strict=True) for text in pair]), tmp_path)
    assert row(run, "recovery_information")["low"] <= 0
    assert row(run, "text_information")["low"] <= 0


def test_a_place_that_few_texts_have_bounds_nothing_of_all_texts(tmp_path: Path) -> None:
    """One text in ten has a word 20, which the state tells: 0.1 log 50 nats, and whether there is one."""
    rng = np.random.default_rng(0)
    texts = [" ".join(f"w{rng.integers(50)}" for _ in range(32 if at % 10 == 0 else 8)) for at in range(1500)]

    def states(texts: Sequence[str]) -> np.ndarray:
        split = [text.split() for text in texts]
        return np.eye(51)[[int(words[20][1:]) if len(words) > 20 else 50 for words in split]]

    run = found(states, made(texts), tmp_path)
    truth = 0.1 * np.log(50) - 0.1 * np.log(0.1) - 0.9 * np.log(0.9)
    assert row(run, "text_information")["low"] < truth


def test_what_the_state_tells_of_every_word_is_found(tmp_path: Path) -> None:
    """A text is one word of eight, eight times, and its state a noisy copy of it: log 8 nats, of a word and in all."""
    rng = np.random.default_rng(0)
    texts = [" ".join([f"w{rng.integers(8)}"] * 8) for _ in range(900)]

    def states(texts: Sequence[str]) -> np.ndarray:
        return np.eye(8)[[int(text[1]) for text in texts]] + 0.01 * noise(texts)

    run = found(states, made(texts), tmp_path)
    for quantity in ("recovery_information", "text_information"):
        one = row(run, quantity)
        assert 0.9 * np.log(8) < one["low"] <= one["value"] <= np.log(8)
    assert 0.3 * np.log(8) < row(run, "certified_information")["value"] < np.log(8)


def test_a_late_place_of_one_test_document_is_no_fault(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    documents = np.arange(300) // 5
    texts = [" ".join(f"w{rng.integers(50)}" for _ in range(32 if one == 7 else 12)) for one in documents]
    run = found(noise, made(texts, documents), tmp_path, per_text=32)
    assert run.finished


def test_the_null_gives_texts_the_states_of_other_documents() -> None:
    class Told:
        def read(self, _: np.ndarray, asked: Any) -> Any:
            return asked.rows

    from infoplane.measures._recovery._decoder_slots import Asked

    documents = np.arange(60) // 3
    rows = np.arange(60)
    draws = _by_other_states(Told(), np.empty((60, 1)), Asked(rows, rows * 0, rows * 0), documents, 50, seed=0)  # type: ignore[arg-type]
    for other in draws:
        given = documents[np.asarray(other)].reshape(20, 3)
        assert (given == given[:, :1]).all(), "a document takes the states of one document"
        assert sorted(np.unique(given[:, 0], return_counts=True)[1]) == [1] * 20


@pytest.mark.parametrize("text", ["I like 漢 and é too", "we saw 😀 there"])
def test_a_letter_of_several_bytes_ends_with_the_last_of_its_tokens(text: str) -> None:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    core = Tokenizer(models.BPE(vocab={one: at for at, one in enumerate(alphabet)}, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    (encoded,) = Renderer(PreTrainedTokenizerFast(tokenizer_object=core), 512, True).encode([text])
    spans = np.array([span for _, span in words_of(text)])
    chosen = _last_tokens([encoded], [text], np.zeros(len(spans), np.int64), spans)
    held = encoded.spans[encoded.content]
    for at, end in zip(chosen, spans[:, 1], strict=True):
        assert held[at, 1] >= end
        assert at == len(held) - 1 or held[at + 1, 0] >= end
