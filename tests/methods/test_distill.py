"""Distillation from end to end: who teaches, what is kept, what is read once, and that a stopped one goes on."""

import json
from dataclasses import replace

import pytest
from measures_tasks import moods_file
from tiny_models import make_model

import infoplane as ip
from infoplane._errors import InputError, ModelError, RunError
from infoplane.methods import Recipe, distill, finetune
from infoplane.methods._distilling import _course, _school
from infoplane.methods._training import _beside
from infoplane.methods._training._keeping import load_predictions
from infoplane.methods._training._trainee import Trainee
from infoplane.objectives import MaxCMI
from infoplane.tasks import load_task

QUICK = Recipe(epochs=2, batch_size=16, learning_rate=3e-3, max_length=32, max_steps=6)
HOW = {"recipe": QUICK, "teacher_recipe": QUICK, "trackers": ()}
LONG = replace(QUICK, epochs=16, batch_size=8, learning_rate=1e-3, max_steps=None, max_length=48)
WHOLE = {"teachers": ("cross-entropy",), "alphas": (0.5, 0.9), "temperatures": (2,), "trackers": ()}
WHOLE |= {"recipe": QUICK, "teacher_recipe": QUICK}
SMALL = {"alphas": (0.5,), "temperatures": (2.0,), "teachers": ("cross-entropy",), **HOW}


def numbers(run) -> list[dict]:
    """The ledger without what a clock says."""
    return [row for row in run.ledger.rows() if row["quantity"] != "seconds"]


@pytest.fixture(scope="module")
def bert():
    """A tiny random BERT without dropout."""
    return make_model("bert", hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)


@pytest.fixture(scope="module")
def taught(bert, task, tmp_path_factory):
    """A teacher, and students that learn from it at two shares of it."""
    return distill(bert, task, out=tmp_path_factory.mktemp("distill") / "run", **WHOLE)


@pytest.mark.heavy
def test_the_student_knows_what_its_teacher_knows_with_half_the_blocks(bert, task, tmp_path):
    how = {**SMALL, "recipe": LONG, "teacher_recipe": LONG}
    run = distill(bert, task, out=tmp_path / "run", **how)
    kept = load_predictions(run.path)
    test = task.splits["test"]
    for name in ("teacher.test", "test"):
        assert (kept[f"{name}.scores"].argmax(1) == test.labels).mean() > 0.9, name
    student = ip.load_model(run.path / "model")
    assert (student.layers, bert.layers) == (2, 4)
    assert student.lineage.labels == task.labels
    sizes = {row["method"]: row["value"] for row in run.ledger.filter(quantity="parameters")}
    assert sizes["distillation"] == sum(weight.numel() for weight in student.network.parameters())
    assert sizes["distillation"] < sizes["teacher"]


def test_every_student_has_its_number_and_the_best_of_them_is_kept(taught):
    held = taught.ledger.filter(quantity="accuracy", split="tune", method="distillation")
    assert [row["role"] for row in held] == ["alpha=0.5, T=2", "alpha=0.9, T=2"]
    best = max(held, key=lambda row: row["value"])
    assert best["role"] == f"alpha={taught.facts['alpha']:g}, T={taught.facts['temperature']:g}"
    kept = load_predictions(taught.path)
    assert (kept["tune.scores"].argmax(1) == kept["tune.labels"]).mean() == pytest.approx(best["value"])
    assert [row["value"] for row in taught.ledger.filter(quantity="configurations")] == [2]
    chosen = taught.ledger.filter(quantity="accuracy", split="test", role="chosen")
    assert [row["method"] for row in chosen] == ["teacher", "distillation", "cross-entropy"]
    differences = taught.ledger.filter(quantity="accuracy_difference")
    assert [row["role"] for row in differences] == ["teacher", "cross-entropy"]
    assert all("best of 2 configurations" in row["estimator"] for row in differences)
    assert not any("selected_on_reported" in row["flags"] for row in taught.ledger.rows())


def test_no_checkpoint_is_left_and_the_same_call_does_nothing_more(taught, bert, task):
    assert not list((taught.path / "students").rglob("checkpoints"))
    assert distill(bert, task, out=taught.path, **WHOLE).ledger.rows() == taught.ledger.rows()
    with pytest.raises(RunError, match=r"alphas"):
        distill(bert, task, out=taught.path, **WHOLE | {"alphas": (0.5,)})


def test_logits_are_read_once_for_all_students_and_test_once_by_each(bert, task, tmp_path, monkeypatch):
    teacher = finetune(bert, task, out=tmp_path / "teacher", recipe=QUICK, trackers=())
    read, judged = [], []
    cached, predicted = _beside._cached, Trainee.predicted
    monkeypatch.setattr(
        _beside,
        "_cached",
        lambda store, name, *rest: (read.append(store.done(name).size), cached(store, name, *rest))[1],
    )
    monkeypatch.setattr(
        Trainee, "predicted", lambda self, split, *rest: (judged.append(split), predicted(self, split, *rest))[1]
    )
    how = {"teachers": (teacher.path,), "alphas": (0.2, 0.8), "temperatures": (1, 3), **HOW}
    distill(None, task, out=tmp_path / "run", **how)
    assert read[0] == 0
    assert set(read[1:]) == {len(task.splits["direction"])}  # nothing was left to read
    assert sum(split is task.splits["test"] for split in judged) == 3


class StopError(Exception):
    """What the progress of a test raises."""


@pytest.mark.heavy
@pytest.mark.parametrize(
    "when", ["teacher max-cmi-0.1: training", "alpha=0.5, T=1: training", "alpha=0, T=1: training"]
)
def test_a_stopped_one_goes_on_to_the_same_numbers(when, bert, task, tmp_path):
    how = {"teachers": ("cross-entropy", MaxCMI(0.1)), "alphas": (0.5, 0.9), "temperatures": (1,), **HOW}

    def stop(what: str, done: int, total: int) -> None:
        if what == when and done == 4:
            raise StopError

    with pytest.raises(StopError):
        distill(bert, task, out=tmp_path / "stopped", progress=stop, **how)
    stopped = distill(bert, task, out=tmp_path / "stopped", **how)
    whole = distill(bert, task, out=tmp_path / "whole", **how)
    assert numbers(stopped) == numbers(whole)
    files = [(run.path / "model" / "model.safetensors").read_bytes() for run in (stopped, whole)]
    assert files[0] == files[1]


def test_a_choice_that_was_written_down_stands_when_it_is_stopped_before_the_end(bert, task, tmp_path, monkeypatch):
    monkeypatch.setattr(_course, "save_model", lambda *_: (_ for _ in ()).throw(StopError))
    with pytest.raises(StopError):
        distill(bert, task, out=tmp_path / "run", **SMALL)
    monkeypatch.undo()
    monkeypatch.setattr(_school.Lesson, "_trained", lambda *_: pytest.fail("a student that was done is trained again"))
    assert distill(bert, task, out=tmp_path / "run", **SMALL).finished


def test_a_rule_that_asks_students_trains_a_short_one_of_each_teacher(bert, task, tmp_path):
    how = {**SMALL, "teachers": ("cross-entropy", "label-smoothing"), "rule": "student_dev"}
    run = distill(bert, task, out=tmp_path / "run", **how)
    short = {
        path.parent.name: json.loads(path.read_text()) for path in run.path.glob("students/*/*-epochs/result.json")
    }
    assert len(list(run.path.glob("students/*/*-epochs/result.json"))) == 2
    assert all(result["choice"] == {"alpha": 0.5, "temperature": 2.0} for result in short.values())
    assert run.facts["teacher"] in ("cross-entropy", "label-smoothing-0.1")


def test_selecting_on_the_reported_split_is_said_on_every_number(bert, task, tmp_path):
    run = distill(bert, task, out=tmp_path / "run", select_on="test", **SMALL)
    told = [row for row in run.ledger.filter(split="test") if row["units"] not in ("count", "seconds")]
    assert told
    assert all("selected_on_reported" in row["flags"] for row in told)


def test_distilbert_is_taught_and_loads_again(bert, task, tmp_path):
    run = distill(bert, task, out=tmp_path / "run", architecture="distilbert", **SMALL)
    student = ip.load_model(run.path / "model")
    assert type(student.network).__name__ == "DistilBertForSequenceClassification"
    assert "token_type_ids" not in student.tokenizer("a text")
    again = finetune(student, task, out=tmp_path / "again", recipe=QUICK, trackers=())
    assert again.finished


def test_a_decoder_that_says_labels_teaches_one_of_fewer_blocks(task, tmp_path):
    run = distill(make_model("llama"), task, out=tmp_path / "run", layers="last", depth=3, **SMALL)
    student = ip.load_model(run.path / "model")
    assert student.layers == 3
    assert student.lineage.head == "labels"
    assert student.score([task.prompt("On day 1 I went out")], task.answers).shape == (1, 3)


def test_a_student_of_its_own_need_not_share_a_classifiers_vocabulary(bert, task, tmp_path):
    run = distill(bert, task, student=make_model("distilbert"), out=tmp_path / "run", **SMALL)
    assert ip.load_model(run.path / "model").layers == 4


def test_a_student_of_another_vocabulary_is_refused_where_tokens_are_said(task, tmp_path):
    lm, other = make_model("llama"), make_model("llama")
    other.tokenizer.add_tokens(["another"])
    with pytest.raises(InputError, match="expected one vocabulary"):
        distill(lm, task, student=other, out=tmp_path / "run", **SMALL)
    assert not (tmp_path / "run").exists()


def test_a_teacher_of_other_labels_is_refused(bert, task, tmp_path):
    path = moods_file(tmp_path / "two.csv", told=True, moods=("calm", "glad"))
    two = load_task(str(path), aspect="mood")
    teacher = finetune(bert, two, out=tmp_path / "teacher", recipe=QUICK, trackers=())
    with pytest.raises(InputError, match=r"of 2 labels .*: expected the 3 of"):
        distill(None, task, out=tmp_path / "run", **{**SMALL, "teachers": (teacher.path,)})


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"alphas": (0.0, 0.5)}, "alphas above 0"),
        ({"alphas": ()}, "at least one of each"),
        ({"alphas": (0.5, 0.5)}, "once"),
        ({"alphas": (1.5,)}, "a share from 0 to 1"),
        ({"temperatures": (0.0,)}, "a number above 0"),
        ({"teachers": ()}, "at least one"),
        ({"teachers": ("cross-entropy", "cross-entropy")}, "each once"),
        ({"teachers": ("max-cmi:much",)}, "a number behind the colon"),
        ({"teachers": ("nobody",)}, "the folder of a run of finetune, or one of cross-entropy"),
        ({"teachers": ("max-cmi:-1",)}, "0 or more"),
        ({"rule": "best"}, "one of cmi, ratio, student_dev"),
        ({"layers": (0, 4)}, "blocks from 0 to 3"),
        ({"layers": "every_other", "depth": 3}, "expected 2 blocks"),
        ({"depth": 5}, "expected 1 to 4"),
        ({"architecture": "lstm"}, "one of same, distilbert"),
        ({"train_on": ("test",)}, "splits that are not judged on"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is(asked, said, bert, task, tmp_path):
    with pytest.raises(InputError, match=said):
        distill(bert, task, out=tmp_path / "run", **SMALL | asked)
    assert not (tmp_path / "run").exists()


def test_what_needs_another_network_is_refused_before_anything_is(bert, task, tmp_path):
    with pytest.raises(InputError, match="a model to train them from"):
        distill(None, task, out=tmp_path / "run", **SMALL)
    with pytest.raises(ModelError, match="expected a BERT"):
        distill(make_model("roberta"), task, out=tmp_path / "run", architecture="distilbert", **SMALL)
    assert not (tmp_path / "run").exists()
