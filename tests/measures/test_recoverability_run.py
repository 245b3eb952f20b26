"""The run that reads texts back from a model: which rows it writes, and that they say what is known to be so."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.measures import recoverability
from infoplane.measures._recovery._asking import Asking
from infoplane.measures._recovery._controls import relabelled, untrained
from infoplane.measures._recovery._states import TextStates, check_poolings
from infoplane.models import LanguageModel, load_model
from infoplane.runs import Run, StateStore
from infoplane.tasks import Texts, TokenTarget, load_texts

SETTINGS: dict[str, Any] = {"layers": "0,4", "poolings": ("mean", "last", "own"), "target_size": 120, "per_text": 4}


@pytest.fixture(scope="module")
def lm() -> LanguageModel:
    return load_model("embedded", device="cpu")


@pytest.fixture(scope="module")
def texts() -> Texts:
    return load_texts("embedded", max_texts=400)


@pytest.fixture(scope="module")
def run(lm: LanguageModel, texts: Texts, tmp_path_factory: pytest.TempPathFactory) -> Run:
    out = tmp_path_factory.mktemp("runs") / "run"
    return recoverability(lm, texts, out=out, controls=("untrained", "relabelled"), **SETTINGS)


def value(run: Run, quantity: str, pooling: str, layer: int, method: str = "state") -> dict[str, Any]:
    (row,) = run.ledger.filter(quantity=quantity, role=pooling, layer=layer, method=method, label=None)
    return row


def test_a_words_own_embedding_tells_the_word(run: Run) -> None:
    assert value(run, "recovery_accuracy", "own", 0)["low"] > 0.9
    bound, entropy = (value(run, name, "own", 0) for name in ("recovery_information", "text_entropy"))
    assert bound["value"] > 0.8 * entropy["value"]
    assert bound["null_high"] < bound["low"]
    accuracy = value(run, "recovery_accuracy", "own", 0)
    assert accuracy["null_high"] < 0.3
    assert accuracy["p_value"] < 0.05


def test_the_mean_of_embeddings_tells_less_and_a_last_token_nothing_at_layer_0(run: Run) -> None:
    mean, last = (value(run, "usable_information", pooling, 0) for pooling in ("mean", "last"))
    assert mean["low"] > 0.1
    assert mean["value"] < value(run, "usable_information", "own", 0)["value"]
    assert abs(last["value"]) < 0.1  # the full stop that most texts end with


@pytest.mark.parametrize("pooling", ["mean", "last", "own"])
def test_every_layer_has_bounds_in_their_order(run: Run, pooling: str) -> None:
    for layer in (0, 4):
        best = value(run, "recovery_information", pooling, layer)
        assert best["kind"] == "lower_bound"
        assert best["low"] <= best["value"] <= best["ceiling"]
        for fano in ("fano_information", "fano_prior_information", "fano_list_information"):
            row = value(run, fano, pooling, layer)
            assert ("dominated" in row["flags"]) == (row["value"] < best["value"] - 1e-9)
        certified = value(run, "certified_information", pooling, layer)
        assert certified["kind"] == "certificate"
        assert certified["value"] < best["value"]
        assert "family=24" in certified["estimator"]  # two layers, three poolings, two networks, two certificates


def test_the_gain_is_over_the_mean_of_layer_0(run: Run) -> None:
    assert value(run, "recovery_gain", "mean", 0)["value"] == 0
    gain = value(run, "recovery_gain", "own", 0)["value"]
    bounds = [value(run, "recovery_information", pooling, 0)["value"] for pooling in ("own", "mean")]
    assert gain == pytest.approx(bounds[0] - bounds[1], abs=1e-9)


def test_a_class_of_words_has_the_mean_of_its_words(run: Run) -> None:
    codes = run.states.load("asked")[:, 2]
    gains = run.states.load("said.mean.4")[:, 0] - run.states.load("said.floor")[:, 0]
    at = {"quantity": "usable_information", "role": "mean", "layer": 4, "method": "state"}
    (band,) = run.ledger.filter(**at, label="frequency 1-100")
    own = (codes >= 1) & (codes <= 100)
    assert band["n"] == own.sum()
    assert band["value"] == pytest.approx(gains[own].mean())
    assert value(run, "usable_information", "mean", 4)["value"] == pytest.approx(gains.mean())


def test_controls_have_rows_of_their_own(run: Run) -> None:
    assert value(run, "recovery_accuracy", "own", 0, "relabelled")["value"] > 0.5  # names of words, learnt by heart
    assert value(run, "recovery_selectivity", "own", 0, "relabelled")["value"] < 0.5
    assert value(run, "recovery_information", "mean", 4, "untrained")["kind"] == "lower_bound"
    states = run.states
    assert not np.allclose(states.load("mean", 1), states.load("untrained.mean", 1))


def test_the_place_alone_is_a_control(run: Run) -> None:
    (place,) = run.ledger.filter(quantity="recovery_information", method="position")
    usable, bound = (value(run, name, "mean", 4)["value"] for name in ("usable_information", "recovery_information"))
    assert bound - place["value"] == pytest.approx(usable, abs=1e-9)
    assert place["layer"] is place["role"] is None


def test_a_run_that_was_stopped_ends_with_the_same_numbers(
    lm: LanguageModel, texts: Texts, run: Run, tmp_path: Path
) -> None:
    class StopError(Exception):
        pass

    def stop(what: str, done: int, _: int) -> None:
        if what == "reading last back" and done == 1:
            raise StopError

    how = SETTINGS | {"controls": ("untrained", "relabelled")}
    with pytest.raises(StopError):
        recoverability(lm, texts, out=tmp_path / "run", progress=stop, **how)
    again = recoverability(lm, texts, out=tmp_path / "run", **how)
    assert again.ledger.path.read_bytes() == run.ledger.path.read_bytes()


def test_the_decoder_never_sees_a_test_text(lm: LanguageModel, texts: Texts) -> None:
    asking = Asking(texts, TokenTarget.fit(texts.of("train"), 100), 4, 0)
    rows = {split: set(asking.of(split, alone=False).rows.tolist()) for split in ("train", "tune", "test")}
    assert not rows["train"] & rows["test"]
    assert not rows["tune"] & rows["test"]
    documents = {split: set(texts.documents[list(own)].tolist()) for split, own in rows.items()}
    assert not documents["train"] & documents["test"]


def test_the_bytes_of_the_words_of_a_text_add_up(texts: Texts) -> None:
    asking = Asking(texts, TokenTarget.fit(texts.of("train"), 100), 10**6, 0)
    rows = asking.asked.rows[asking.own["test"]]
    sums = np.bincount(rows, asking.sizes, minlength=len(texts))
    np.testing.assert_allclose(sums[texts.rows["test"]], texts.byte_counts[texts.rows["test"]])


def test_own_is_the_state_of_the_words_last_token(lm: LanguageModel, tmp_path: Path) -> None:
    """A word of several tokens: its state is that of a prompt that ends behind it."""
    given = ("I zqxj the dog", "My unbelievablez cat")
    slots = TokenTarget.fit(given * 2, 100).slots(given)
    states = TextStates(lm, given, slots, (0, 3), StateStore(tmp_path), lambda *_: None)
    states.read(["own"])
    found = np.stack([states.layer("own", at) for at in (0, 1)], axis=1)
    for at, (row, (_, end)) in enumerate(zip(slots.rows.tolist(), slots.spans.tolist(), strict=True)):
        from infoplane.models import Select

        alone = lm.read([given[row][:end]], Select(layers="0,3", tokens="content", reduce="last")).array[0]
        np.testing.assert_allclose(found[at], alone, atol=1e-4)


def test_an_untrained_network_is_another_and_the_same_for_a_seed(lm: LanguageModel) -> None:
    one, same, other = (untrained(lm, seed) for seed in (1, 1, 2))
    assert one.fingerprint == same.fingerprint
    assert len({one.fingerprint, other.fingerprint, lm.fingerprint}) == 3


def test_names_at_random_are_as_frequent_as_the_words(texts: Texts) -> None:
    target = TokenTarget.fit(texts.of("train"), 200)
    names = relabelled(target, 0)
    assert len(names) == target.types
    assert 1 < len(np.unique(names)) < target.types


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"poolings": ("middle",)}, "pooling 'middle'"),
        ({"poolings": ("cls",)}, "pooling cls"),
        ({"decoder": "deep"}, "decoder 'deep'"),
        ({"controls": ("none",)}, "control 'none'"),
        ({"delta": 1.5}, "delta 1.5"),
        ({"width": 100_000}, "width 100000"),
        ({"tagger": "no_such_tagger"}, "tagger no_such_tagger"),
        ({"layers": "9"}, "layer 9"),
        ({"per_text": 0}, "0 slots"),
        ({"target_size": 1}, "1 types"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(
    lm: LanguageModel, texts: Texts, tmp_path: Path, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        recoverability(lm, texts, out=tmp_path / "run", **settings)
    assert not (tmp_path / "run").exists()


def test_one_document_in_test_is_refused_before_anything_is_written(
    lm: LanguageModel, texts: Texts, tmp_path: Path
) -> None:
    few = replace(texts, rows=texts.rows | {"test": texts.rows["test"][:1]})
    with pytest.raises(InputError, match="one document in test"):
        recoverability(lm, few, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_an_encoder_is_read_at_cls(lm: LanguageModel) -> None:
    assert check_poolings(lm, None) == ("mean", "last")
    assert check_poolings(load_model("embedded-encoder", device="cpu"), None) == ("mean", "cls")
