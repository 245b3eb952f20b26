"""The whole measure on a tiny random network: known truths, nulls, resume, saved states, bad input."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_models import hook_count, make_model

from infoplane._errors import InputError, ModelError, RunError
from infoplane.measures import measure, measure_saved, plan
from infoplane.models import LanguageModel
from infoplane.runs import Run
from infoplane.spaces import TaskSpace
from infoplane.tasks import Task

Load = Callable[[bool], Task]
QUICK: dict[str, Any] = {"permutations": 20, "max_examples": 120}


@pytest.fixture(scope="module")
def told(lm: LanguageModel, moods: Load, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A measured run on texts that name their label, with the paper's recipe."""
    return measure(lm, moods(True), out=tmp_path_factory.mktemp("told") / "run", mode="paper", **QUICK)


def row(run: Run, **where: Any) -> dict[str, Any]:
    [found] = run.ledger.filter(**where)
    return found


def numbers(run: Run) -> list[dict[str, Any]]:
    return run.ledger.rows()


def test_every_quantity_is_there_with_interval_null_and_ceiling(told: Run, lm: LanguageModel) -> None:
    rows = numbers(told)
    for measured, quantities in {
        "space": {"sign_rate", "agreement", "size"},
        "plane": {
            *("label_entropy", "prompt_accuracy", "prompt_macro_f1", "label_information", "label_information_share"),
            *("probe_accuracy", "input_information", "lens_accuracy", "space_information"),
        },
        "best_layer": {"chosen_layer_information", "best_layer_information", "best_layer_accuracy"},
        "paper": {"paper_label_information", "paper_input_information", "paper_leak"},
    }.items():
        assert {one["quantity"] for one in rows if one["measure"] == measured} == quantities
    information = [one for one in rows if one["quantity"] == "label_information" and one["measure"] == "plane"]
    assert len(information) == 2 * (lm.layers + 1)
    for one in information:
        assert one["low"] <= one["value"] <= one["high"]
        assert one["null_mean"] is not None
        assert one["ceiling"] == pytest.approx(row(told, quantity="label_entropy")["value"], abs=0.02)
        assert one["kind"] == "lower_bound"


def test_texts_that_name_their_label_give_nearly_all_of_its_entropy(told: Run) -> None:
    read = row(told, measure="plane", quantity="label_information", layer=0, role="content")
    assert read["value"] > 0.9 * math.log(3)
    assert read["p_value"] < 0.05
    assert row(told, measure="plane", quantity="probe_accuracy", layer=0, role="content")["value"] > 0.97


def test_layer_0_of_a_shared_last_token_knows_nothing_and_says_why(told: Run) -> None:
    read = row(told, measure="plane", quantity="label_information", layer=0, role="last")
    assert abs(read["value"]) < 0.05
    assert "constant_state" in read["flags"]


def test_lens_at_the_last_layer_is_what_the_model_says(told: Run, lm: LanguageModel) -> None:
    lens = row(told, quantity="lens_accuracy", layer=lm.layers)["value"]
    scores = told.states.load("measure.lens", lm.layers)
    assert lens == pytest.approx((scores.argmax(1) == labels_of(told)).mean())


def labels_of(run: Run) -> np.ndarray:
    about = json.loads((run.artifacts / "saved.json").read_text())
    return np.array(about["splits"]["measure"]["labels"])


def test_best_layer_is_quoted_from_the_split_that_did_not_choose_it(told: Run) -> None:
    best = row(told, quantity="best_layer_information", role="content")
    assert best["split"] == "tune"
    assert "fresh_split" in best["flags"]
    assert best["p_value"] <= 0.05
    assert row(told, quantity="chosen_layer_information", role="content")["p_value"] <= 0.05


def test_coin_flip_labels_stay_inside_their_null(lm: LanguageModel, moods: Load, tmp_path: Path) -> None:
    run = measure(lm, moods(False), out=tmp_path / "run", measures=("plane", "best_layer"), **QUICK)
    plane = [one for one in numbers(run) if one["quantity"] == "label_information"]
    above = [one for one in plane if "not_above_null" not in one["flags"]]
    assert len(above) <= 2
    assert all(abs(one["value"]) < 0.15 for one in plane)
    assert row(run, quantity="chosen_layer_information", role="last")["p_value"] > 0.05


def test_paper_recipe_leaks_even_on_coin_flips_and_says_how_much(
    lm: LanguageModel, moods: Load, tmp_path: Path
) -> None:
    run = measure(lm, moods(False), out=tmp_path / "run", mode="paper", measures=(), **QUICK)
    found = row(run, quantity="paper_label_information", layer=2, method="d_k=1")
    leak = row(run, quantity="paper_leak", layer=2, method="d_k=1")
    assert "leaky_recipe" in found["flags"]
    assert found["value"] > 0.5
    assert leak["value"] == pytest.approx(found["value"], abs=0.25)


def test_saved_states_give_the_same_numbers_without_the_model(told: Run, tmp_path: Path) -> None:
    again = measure_saved(told.path, out=tmp_path / "again", permutations=20)
    kept = [one for one in numbers(told) if one["measure"] != "paper"]
    assert numbers(again) == kept


def test_batch_size_and_threads_change_no_number_but_by_what_training_makes_of_last_bits(
    told: Run, moods: Load, tmp_path: Path
) -> None:
    small = measure(make_model("llama", batch_size=7), moods(True), out=tmp_path / "run", measures=("plane",), **QUICK)
    for one in numbers(small):
        where = {key: one[key] for key in ("quantity", "layer", "role", "method", "measure")}
        trained = one["estimator"].startswith("stacked")
        tolerance = (one["high"] - one["low"]) / 2 if trained else 2e-3
        assert row(told, **where)["value"] == pytest.approx(one["value"], abs=tolerance)


def test_a_finished_run_is_left_alone_and_the_network_too(lm: LanguageModel, moods: Load, told: Run) -> None:
    before = (told.path / "ledger.jsonl").read_bytes()
    measure(lm, moods(True), out=told.path, mode="paper", **QUICK)
    assert (told.path / "ledger.jsonl").read_bytes() == before
    assert hook_count(lm.network) == 0


def test_another_configuration_in_the_same_directory_is_refused(lm: LanguageModel, moods: Load, told: Run) -> None:
    with pytest.raises(RunError, match="seed"):
        measure(lm, moods(True), out=told.path, mode="paper", seed=1, **QUICK)


def test_an_encoder_has_a_plane_but_no_steps(moods: Load, tmp_path: Path) -> None:
    run = measure(make_model("bert"), moods(True), out=tmp_path / "run", **QUICK)
    quantities = {one["quantity"] for one in numbers(run)}
    assert {"label_information", "space_information", "best_layer_information"} <= quantities
    assert not quantities & {"prompt_accuracy", "lens_accuracy", "answers_running"}
    assert {one["role"] for one in run.ledger.filter(quantity="label_information")} == {"content"}


def test_a_space_of_another_model_is_refused_before_anything_is_written(
    lm: LanguageModel, moods: Load, tmp_path: Path
) -> None:
    space = TaskSpace.build(make_model("gpt2"), moods(True), contexts=5)
    with pytest.raises(InputError, match="task space of model gpt2"):
        measure(lm, moods(True), out=tmp_path / "run", space=space, **QUICK)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("asked", "said"),
    [({"measures": ("planes",)}, "measure 'planes'"), ({"mode": "papr"}, "mode 'papr'"), ({"layers": "9"}, "9")],
)
def test_what_there_is_not_is_named(
    lm: LanguageModel, moods: Load, tmp_path: Path, asked: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said) as error:
        measure(lm, moods(True), out=tmp_path / "run", **asked)
    assert "\n" not in str(error.value)


def test_nan_weights_are_named_and_nothing_is_measured(moods: Load, tmp_path: Path) -> None:
    broken = make_model("llama")
    next(iter(broken.network.parameters())).data.fill_(float("nan"))
    with pytest.raises(ModelError, match="finite"):
        measure(broken, moods(True), out=tmp_path / "run", **QUICK)
    assert not (tmp_path / "run" / "ledger.jsonl").exists()


def test_plan_says_what_would_be_done_and_does_nothing(lm: LanguageModel, moods: Load) -> None:
    planned = plan(lm, moods(True), **QUICK)
    assert planned["examples"]["measure"] == len(labels_under(moods(True)))
    assert planned["layers"] == [0, 1, 2, 3, 4]
    assert planned["states_megabytes"] > 0
    assert planned["expected_seconds"]["reading"] > 0


def labels_under(task: Task) -> np.ndarray:
    return task.subset(QUICK["max_examples"]).splits["measure"].labels
