"""Measures that steer, on a tiny random network: planted directions are found, others are not; kill, refuse, warn."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from measures_tasks import moods_file
from tiny_models import hook_count, make_model

from infoplane._errors import InputError
from infoplane.measures import measure, measure_saved, plan
from infoplane.models import LanguageModel
from infoplane.runs import Run, StateStore
from infoplane.spaces import TaskSpace
from infoplane.tasks import Task, load_task

Load = Callable[[bool], Task]
WORDS = ("angry", "joyful", "storm")
LIVE = ("dose", "key_steps", "read_write")
QUICK: dict[str, Any] = {"permutations": 30, "max_examples": 48, "measures": LIVE}


@pytest.fixture(scope="module")
def moods(tmp_path_factory: pytest.TempPathFactory) -> Load:
    """The task of the room with labels of one token each."""
    folder = tmp_path_factory.mktemp("words")

    def load(told: bool) -> Task:
        path = moods_file(folder / f"{told}.csv", told=told, moods=WORDS)
        return load_task(str(path), text="text", label="label", aspect="mood")

    return load


@pytest.fixture(scope="module")
def planted(lm: LanguageModel, moods: Load) -> TaskSpace:
    """A space with what the head reads of each label at its last layer, and its own directions elsewhere."""
    space = TaskSpace.build(lm, moods(True), contexts=6)
    first = [lm.tokenizer(answer, add_special_tokens=False)["input_ids"][0] for answer in moods(True).answers]
    head = lm.network.get_output_embeddings().weight[first].double().numpy()
    head = head - head.mean(axis=0)
    directions, sizes = space.directions.copy(), space.sizes.copy()
    directions[-1] = head / np.linalg.norm(head, axis=1, keepdims=True)
    sizes[-1] = space.norms[-1]
    return replace(space, directions=directions, sizes=sizes, curves=())


@pytest.fixture(scope="module")
def run(lm: LanguageModel, moods: Load, planted: TaskSpace, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All three measures, another task beside them."""
    out = tmp_path_factory.mktemp("live") / "run"
    return measure(lm, moods(True), out=out, space=planted, elsewhere=moods(False).subset(40), **QUICK)


def one(run: Run, **where: Any) -> dict[str, Any]:
    [found] = run.ledger.filter(**where)
    return found


def test_every_quantity_is_there_and_every_number_has_an_interval(run: Run) -> None:
    expected = {
        "dose": {
            *("divergence", "transferred_information", "transfer_efficiency"),
            *("label_gain", "neutral_loss", "elsewhere_accuracy"),
        },
        "key_steps": {"steered_accuracy", "steered_macro_f1", "label_information"},
        "read_write": {"label_information", "write_gain", "read_write_correlation"},
    }
    rows = run.ledger.rows()
    for measured, quantities in expected.items():
        assert {row["quantity"] for row in rows if row["measure"] == measured} == quantities
    for row in rows:
        assert row["split"] == "measure"
        if row["estimator"] != "constant":
            assert row["low"] - 1e-9 <= row["value"] <= row["high"] + 1e-9, row


def test_every_number_is_judged_or_is_itself_a_control(run: Run) -> None:
    for row in run.ledger.rows():
        if row["quantity"] != "divergence" and row["estimator"] != "constant":
            assert (row["p_value"] is None) == ("control" in row["flags"]), row
            assert (row["null_mean"] is None) == (row["p_value"] is None)


def test_what_the_head_reads_is_written_where_it_was_planted_and_random_directions_write_less(run: Run) -> None:
    gain = one(run, quantity="write_gain", layer=4)
    assert gain["low"] > gain["null_high"]
    assert gain["p_value"] < 0.05


def test_texts_that_name_their_label_are_read_early_where_nothing_of_it_is_written(run: Run) -> None:
    read = one(run, measure="read_write", quantity="label_information", layer=1)
    early, late = (one(run, quantity="write_gain", layer=layer)["value"] for layer in (1, 4))
    assert read["low"] > read["null_high"]
    assert early < late / 2


def test_adding_the_planted_direction_answers_the_gold_label_and_subtracting_it_never_does(run: Run) -> None:
    added = one(run, quantity="steered_accuracy", method="oracle add", layer=4, step=1)
    taken = one(run, quantity="steered_accuracy", method="oracle subtract", role="3-4", step=1)
    assert added["value"] > 0.95
    assert taken["value"] < 0.1
    for row in (added, taken):
        assert "oracle" in row["flags"]
        assert row["p_value"] < 0.05
    other = one(run, quantity="steered_accuracy", method="other add", role="3-4", step=1)
    assert other["value"] < 0.1


def test_plain_answers_are_those_of_label_scoring(run: Run, lm: LanguageModel, moods: Load) -> None:
    split = moods(True).subset(48).splits["measure"]
    scores = lm.score([moods(True).prompt(text) for text in split.texts], moods(True).answers)
    hits = (scores.argmax(axis=1) == split.labels).mean()
    assert one(run, quantity="steered_accuracy", method="plain")["value"] == pytest.approx(hits)


def test_the_dose_asked_for_is_spent_and_never_less_than_what_it_transfers(run: Run) -> None:
    for dose in (0.1, 0.3, 1.0):
        for method in ("add", "random"):
            where = {"method": method, "dose": dose, "role": "2"}
            spent = one(run, quantity="divergence", **where)
            passed = one(run, quantity="transferred_information", **where)
            share = one(run, quantity="transfer_efficiency", **where)
            assert spent["value"] == pytest.approx(dose, rel=0.25) or "dose_off" in spent["flags"]
            assert 0 <= passed["value"] <= min(spent["value"], math.log(3)) + 1e-9
            assert share["value"] == pytest.approx(passed["value"] / spent["value"])


def test_directions_that_mean_nothing_to_the_network_do_as_random_ones(run: Run) -> None:
    erased = run.ledger.filter(quantity="steered_accuracy", method="oracle erase", layer=2)
    assert {row["step"] for row in erased} >= {0, 1}
    assert all("like_control" in row["flags"] for row in erased)


def test_neutral_text_a_random_network_cannot_know_is_flagged(run: Run) -> None:
    plain = one(run, quantity="neutral_loss", method="plain")
    assert plain["value"] > math.log(400)
    assert {"foreign_text", "control"} <= set(plain["flags"])
    assert plain["n"] == 16


def test_tokens_of_every_step_are_shown_for_some_examples(run: Run) -> None:
    view = json.loads((run.artifacts / "key_steps.json").read_text())
    assert view["methods"] == ["plain", "oracle add", "oracle erase", "random add", "other add"]
    for example in view["examples"]:
        assert set(example["tokens"]) == set(view["methods"])
        assert example["label"] in WORDS


def test_the_network_is_left_as_it_was(run: Run, lm: LanguageModel) -> None:
    assert run.finished
    assert hook_count(lm.network) == 0


def test_a_run_that_is_killed_ends_with_the_same_numbers(
    run: Run, lm: LanguageModel, moods: Load, planted: TaskSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, left = StateStore.write, [40, 150]

    def killed(store: StateStore, *args: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            left.pop(0)
            raise KeyboardInterrupt
        written(store, *args)

    monkeypatch.setattr(StateStore, "write", killed)
    again = lambda: measure(  # noqa: E731
        lm, moods(True), out=tmp_path / "run", space=planted, elsewhere=moods(False).subset(40), **QUICK
    )
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            again()
        left.append(10**9)
    assert again().ledger.rows() == run.ledger.rows()


def test_a_dose_that_cannot_be_reached_is_said(
    lm: LanguageModel, moods: Load, planted: TaskSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infoplane.measures._read_write.DOSE", 1e4)
    found = measure(lm, moods(True), out=tmp_path / "run", space=planted, **QUICK | {"measures": ("read_write",)})
    assert all("dose_not_reached" in row["flags"] for row in found.ledger.filter(quantity="write_gain"))


def test_few_layers_cannot_be_correlated(run: Run) -> None:
    found = one(run, quantity="read_write_correlation")
    assert found["n"] == 4
    assert "few_layers" in found["flags"]


def test_saved_states_cannot_be_steered(run: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="dose and key_steps of saved states") as error:
        measure_saved(run.path, out=tmp_path / "again", measures=("plane", "dose", "key_steps"))
    assert "\n" not in str(error.value)
    assert not (tmp_path / "again").exists()


def test_an_encoder_is_not_steered(moods: Load, tmp_path: Path) -> None:
    found = measure(make_model("bert"), moods(True), out=tmp_path / "run", **QUICK)
    assert found.finished
    assert found.ledger.rows() == []


def test_neutral_text_of_too_few_words_is_refused_before_anything_is_read(
    lm: LanguageModel, moods: Load, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="passages"):
        measure(lm, moods(True), out=tmp_path / "run", neutral=["Just one."], **QUICK)
    assert not (tmp_path / "run").exists()


def test_a_plan_counts_what_would_be_steered(run: Run, lm: LanguageModel, moods: Load) -> None:
    planned = plan(lm, moods(True), **QUICK)
    kept = [name for name in run.states.names() if len(run.states.done(name)) > 1]
    for name in ("key_steps", "read_write"):
        assert planned["plans"][name] == sum(one.startswith(f"{name}.") for one in kept)
    assert planned["plans"]["dose"] == 2 * 5 * (3 + 1) + 1
    assert planned["expected_seconds"]["steering"] > 0
    assert plan(lm, moods(True), **QUICK | {"measures": ("plane",)})["plans"] == {}
    assert plan(make_model("bert"), moods(True), **QUICK)["plans"] == {}
