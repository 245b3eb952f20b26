"""Comparisons from beginning to end, on a tiny model."""

import json
from dataclasses import replace

import numpy as np
import pytest

from infoplane._cli._method_tables import method_table
from infoplane._errors import InputError, RunError, TaskError
from infoplane.methods import METHODS, compare
from infoplane.methods._answering import COSTS
from infoplane.runs import Run

SCORED = ("prompt-calibrated", "prompt+vote", "ic-icl+vote")
SOME = ("prompt", "prompt-calibrated", "icl", "knn-vote")
TIMES = ("seconds", "retrieval_seconds", "prefill_seconds", "decode_seconds", "relative_seconds")


class Stopped(BaseException):
    """A kill, as far as a run can tell."""


@pytest.fixture(scope="session")
def run(lm, task, space, tmp_path_factory) -> Run:
    """Every method on 40 items."""
    return compare(lm, task, out=tmp_path_factory.mktemp("whole") / "run", space=space, examples=3, max_examples=40)


def without_times(run: Run) -> list[dict]:
    """All numbers but those of the clock."""
    return [row for row in run.ledger.rows() if row["quantity"] not in TIMES]


def test_every_method_has_its_numbers_with_intervals(run):
    assert run.finished
    for name, method in METHODS.items():
        rows = {row["quantity"]: row for row in run.ledger.filter(method=name) if row["role"] in (None, "prompt")}
        assert ("coverage" in rows) is (name not in SCORED)
        for quantity in ("accuracy", "macro_f1", "answer_accuracy", "seconds", "prefill_tokens"):
            row = rows[quantity]
            assert (row["measure"], row["split"], row["n"]) == ("compare", "test", 40)
            assert row["low"] <= row["value"] <= row["high"] + 1e-12
        parts = sum(rows[f"{part}_seconds"]["value"] for part in ("retrieval", "prefill", "decode"))
        assert rows["seconds"]["value"] == pytest.approx(parts)
        assert ("relative_seconds" in rows) is (name != "prompt")
        steered = "divergence" in rows
        assert steered is ("anti_steered" in rows)
        assert not (steered and rows["divergence"]["value"] < 0)
        assert method.oracle is bool(
            not run.ledger.filter(method=name, quantity="accuracy_difference") and name != "prompt"
        )


@pytest.mark.parametrize("name", SCORED)
def test_a_method_that_adds_to_the_scores_answers_with_the_label_it_scores_highest(run, name):
    """And not with what the model generates to the same prompt, which is another method's answer."""
    costs = dict(zip(COSTS, run.states.load(f"{name.replace('+', '-and-')}.answers").T, strict=True))
    scores = run.states.load(f"{name.replace('+', '-and-')}.scores")
    np.testing.assert_array_equal(costs["said"], scores.argmax(axis=1))
    assert (costs["prefill_seconds"] > 0).all()
    assert not costs["decode_seconds"].any()
    assert not costs["decode_tokens"].any()
    (answered,), (scored,) = (run.ledger.filter(method=name, quantity=of) for of in ("answer_accuracy", "accuracy"))
    assert answered["value"] == scored["value"]


def test_answers_that_are_scored_have_no_coverage_to_show(run):
    """It is left out of the table, and a person sees a dash."""
    table = json.loads((run.artifacts / "methods.json").read_text())
    assert all(("coverage" in one) is (one["method"] not in SCORED) for one in table["methods"])
    shares = dict(zip(METHODS, method_table(table).columns[5].cells, strict=True))
    assert {name for name, share in shares.items() if share == "-"} == set(SCORED)
    assert shares["knn-vote"] == "100.0 %"


def test_who_adds_a_vote_steers_no_one_the_wrong_way_by_it(run):
    """ic-icl+vote steers as ic-icl does: the vote on top is no part of what its steering did."""
    of_steering, with_vote = (
        run.ledger.filter(method=name, quantity="anti_steered")[0] for name in ("ic-icl", "ic-icl+vote")
    )
    assert with_vote["value"] == of_steering["value"]


def test_every_pair_that_matters_is_tested_and_corrected(run):
    pairs = run.ledger.filter(quantity="accuracy_difference")
    named = [(row["method"], row["role"]) for row in pairs]
    assert ("icl", "prompt") in named
    assert ("knn-vote", "icl") in named
    assert len(set(named)) == len(named)
    accuracy = {row["method"]: row["value"] for row in run.ledger.filter(quantity="accuracy")}
    for row in pairs:
        assert row["value"] == pytest.approx(accuracy[row["method"]] - accuracy[row["role"]])
        assert row["low"] <= row["value"] <= row["high"]
        assert 0 <= row["p_value"] <= 1
        assert f"Holm over {len(pairs)}" in row["estimator"]


def test_a_vote_on_texts_that_say_their_label_is_right(run):
    found = {row["method"]: row["value"] for row in run.ledger.filter(quantity="accuracy")}
    assert found["knn-vote-tuned"] >= 0.95
    assert found["prompt"] < 0.7  # random weights


def test_the_table_says_what_the_ledger_says(run):
    table = json.loads((run.artifacts / "methods.json").read_text())
    assert [method["method"] for method in table["methods"]] == list(METHODS)
    for method in table["methods"]:
        row = run.ledger.filter(method=method["method"], quantity="accuracy")[0]
        assert (method["accuracy"], method["low"], method["high"]) == (row["value"], row["low"], row["high"])
        assert method["seconds"] > 0
        kept = json.loads((run.artifacts / "choices" / f"{method['method']}.json").read_text())
        assert method["choices"] == kept
    for pair in table["pairs"]:
        assert pair["difference"] == pytest.approx((pair["only_method"] - pair["only_against"]) / table["n"])
    assert len(table["items"]) == 12
    assert set(table["items"][0]["predicted"]) == set(METHODS)


def test_a_finished_run_is_not_run_again(run, lm, task, space, monkeypatch):
    monkeypatch.setattr("infoplane.methods._compare.score_items", None)
    again = compare(lm, task, out=run.path, space=space, examples=3, max_examples=40)
    assert again.ledger.rows() == run.ledger.rows()


@pytest.mark.parametrize("calls", [1, 3, 5, 9, 11])
def test_a_comparison_that_was_stopped_goes_on_to_the_same_numbers(run, lm, task, space, tmp_path, calls):
    left = calls

    def stop(what: str, done: int, total: int) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Stopped

    asked = {"out": tmp_path / "run", "methods": SOME, "space": space, "examples": 3, "max_examples": 40}
    with pytest.raises(Stopped):
        compare(lm, task, progress=stop, **asked)
    before = Run.open(tmp_path / "run", None)
    assert not before.finished
    kept = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*.safetensors")}
    done = compare(lm, task, **asked)
    assert done.finished
    assert all(path.read_bytes() == data for path, data in kept.items())
    whole = [row for row in without_times(run) if row["method"] in SOME and row["role"] in (None, *SOME)]
    found = without_times(done)
    assert [row["quantity"] for row in found] == [row["quantity"] for row in whole]
    for one, other in zip(found, whole, strict=True):
        if one["quantity"] != "accuracy_difference":  # whose p is corrected over fewer pairs
            assert one == other


def test_items_are_drawn_from_the_split_that_is_named(lm, task, tmp_path):
    done = compare(lm, task, out=tmp_path / "run", methods=("knn-vote",), split="tune", max_examples=None)
    rows = done.ledger.rows()
    assert {row["split"] for row in rows} == {"tune"}
    assert rows[0]["n"] == len(task.splits["tune"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"methods": ("prompt", "prompting")}, "method 'prompting': expected one of prompt, "),
        ({"methods": ()}, "some of prompt"),
        ({"methods": "prompt"}, "some of prompt"),
        ({"split": "direction"}, "which examples are retrieved from: expected one of measure, tune, test"),
        ({"split": "dev"}, "split 'dev'"),
        ({"examples": 5000, "methods": ("icl",)}, "5000 examples of a pool of"),
    ],
)
def test_what_there_is_not(lm, task, tmp_path, changes, said):
    with pytest.raises(InputError, match=said) as left:
        compare(lm, task, out=tmp_path / "run", max_examples=20, **changes)
    assert "\n" not in str(left.value)


def test_an_encoder_does_not_predict(task, tmp_path):
    from tiny_models import make_model

    with pytest.raises(InputError, match="a decoder with its head"):
        compare(make_model("bert"), task, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_task_of_scores_has_no_labels_to_predict(lm, task, tmp_path):
    with pytest.raises(TaskError, match="gives scores"):
        compare(lm, replace(task, label_names=()), out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_space_of_another_model(space, task, tmp_path):
    from tiny_models import make_model

    with pytest.raises(InputError, match="task space of model"):
        compare(make_model("gpt2"), task, out=tmp_path / "run", space=space)


def test_another_configuration_is_another_run(run, lm, task, space):
    with pytest.raises(RunError, match="examples was 3, is 4"):
        compare(lm, task, out=run.path, space=space, examples=4, max_examples=40)


def test_the_scores_that_are_kept_are_those_of_the_model(run, lm, task):
    items = task.splits["test"].stratified(40, 0)
    plain = lm.score([task.prompt(text) for text in items.texts], task.answers)
    assert np.array_equal(run.states.load("prompt.scores"), plain)
