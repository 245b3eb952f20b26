"""Fine-tuning from end to end: it learns, is judged on what it never saw, and splitting a batch changes nothing."""

import numpy as np
import pytest
import torch
from tiny_models import make_model

import infoplane as ip
from infoplane._errors import InputError, RunError
from infoplane.methods import Recipe, finetune
from infoplane.methods._training._keeping import load_predictions
from infoplane.objectives import MaxCMI, MinCMI, TaskSpaceMSE

QUICK = Recipe(epochs=2, batch_size=16, learning_rate=3e-3, max_length=48)
STILL = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


def rows(run, **where):
    """The rows of a run's ledger at these coordinates, as (value, flags)."""
    return [(row["value"], row["flags"]) for row in run.ledger.filter(**where)]


@pytest.mark.parametrize(("family", "head"), [("bert", "class"), ("llama", "class"), ("llama", "labels")])
def test_what_the_texts_say_is_learnt_and_loads_again(family, head, task, tmp_path):
    lm = make_model(family, **(STILL if family == "bert" else {}))
    recipe = Recipe(epochs=24, batch_size=16, learning_rate=3e-3, max_length=48, head=head)
    run = finetune(lm, task, out=tmp_path / "run", recipe=recipe, trackers=())
    (accuracy, _), *_ = rows(run, quantity="accuracy", split="test")
    assert accuracy > 0.9
    child = ip.load_model(run.path / "model")
    assert child.descends_from(lm.fingerprint)
    assert child.lineage.head == head
    kept = load_predictions(run.path)
    test = task.splits["test"]
    assert (kept["test.scores"].argmax(1) == test.labels).mean() == accuracy
    if head == "labels":
        told = child.score([task.prompt(text) for text in test.texts], task.answers)
        np.testing.assert_allclose(told, kept["test.scores"], atol=1e-3)


def test_the_epoch_is_the_best_on_held_out_examples(task, tmp_path):
    run = finetune(make_model("bert"), task, out=tmp_path / "run", recipe=QUICK, trackers=())
    by_epoch = [value for value, _ in rows(run, quantity="accuracy", split="tune")]
    assert len(by_epoch) == 2
    assert run.facts["chosen_epoch"] == 1 + int(np.argmax(by_epoch))
    kept = load_predictions(run.path)
    assert (kept["tune.scores"].argmax(1) == kept["tune.labels"]).mean() == max(by_epoch)


def test_selecting_on_the_reported_split_is_said_on_every_number(task, tmp_path):
    run = finetune(make_model("bert"), task, out=tmp_path / "run", recipe=QUICK, select_on="test", trackers=())
    flagged = [flags for _, flags in rows(run, measure="finetune", split="test", role="chosen")]
    assert len(flagged) == 2
    flagged += [flags for _, flags in rows(run, split="test")]
    assert len(flagged) > len(rows(run, measure="cmi", split="test")) > 0
    assert all("selected_on_reported" in flags for flags in flagged)
    assert not any("selected_on_reported" in flags for _, flags in rows(run, split="tune"))
    sound = finetune(make_model("bert"), task, out=tmp_path / "sound", recipe=QUICK, trackers=())
    assert not any("selected_on_reported" in flags for _, flags in rows(sound))


def weights(run):
    """The weights of a run's network."""
    from safetensors.torch import load_file

    return load_file(run.path / "model" / "model.safetensors")


@pytest.mark.parametrize(
    "objective",
    ["min-cmi", MinCMI(1.0, "inbatch"), MaxCMI(0.5), "supervised-contrastive", "centre", TaskSpaceMSE(tokens="all")],
)
def test_parts_of_a_batch_take_the_same_step_as_the_whole(objective, task, tmp_path):
    lm, found = make_model("bert", **STILL), []
    for parts in (1, 3):
        recipe = Recipe(epochs=1, batch_size=16, max_steps=3, max_length=48, accumulate=parts, warmup=0.0)
        out = tmp_path / str(parts)
        found.append(weights(finetune(lm, task, objective=objective, out=out, recipe=recipe, trackers=())))
    for name, weight in found[0].items():
        if name.endswith("key.bias"):  # softmax does not feel it: its gradient is rounding, whose sign Adam follows
            continue
        torch.testing.assert_close(weight, found[1][name], atol=3e-5, rtol=0, msg=name)


def test_a_run_that_is_there_is_not_done_again_and_another_one_is_refused(task, tmp_path):
    lm = make_model("bert")
    first = finetune(lm, task, out=tmp_path / "run", recipe=QUICK, trackers=())
    again = finetune(lm, task, out=tmp_path / "run", recipe=QUICK, trackers=())
    assert again.ledger.rows() == first.ledger.rows()
    with pytest.raises(RunError, match=r"objective\.name was"):
        finetune(lm, task, objective="min-cmi", out=tmp_path / "run", recipe=QUICK, trackers=())


def test_what_an_objective_keeps_does_not_leak_into_the_next_run(task, tmp_path):
    lm, goal = make_model("bert"), MinCMI(1.0)
    runs = [finetune(lm, task, objective=goal, out=tmp_path / str(turn), recipe=QUICK, trackers=()) for turn in (0, 1)]
    for name, weight in weights(runs[0]).items():
        assert torch.equal(weight, weights(runs[1])[name]), name


def test_min_cmi_ends_with_less_cmi_and_max_cmi_with_more(task, tmp_path):
    lm, spread = make_model("bert", **STILL), {}
    recipe = Recipe(epochs=6, batch_size=16, learning_rate=2e-3, max_length=48)
    for goal in (MinCMI(5.0), "cross-entropy", MaxCMI(5.0)):
        run = finetune(lm, task, objective=goal, out=tmp_path / f"{len(spread)}", recipe=recipe, trackers=())
        (spread[len(spread)], _), *_ = rows(run, quantity="cmi", split="test")
    assert spread[0] < spread[1] < spread[2]


def test_language_weight_needs_a_speaker_and_changes_the_loss(task, tmp_path):
    recipe = Recipe(epochs=1, max_steps=2, language_weight=0.5, max_length=48)
    run = finetune(make_model("llama"), task, out=tmp_path / "run", recipe=recipe, trackers=())
    assert rows(run, quantity="training_loss", role="language")[0][0] > 1
    with pytest.raises(InputError, match=r"language_weight 0\.5 with bert"):
        finetune(make_model("bert"), task, out=tmp_path / "other", recipe=recipe, trackers=())


def test_patience_ends_training_early(task, tmp_path):
    recipe = Recipe(epochs=30, batch_size=64, learning_rate=1e-9, max_length=48, patience=2)
    run = finetune(make_model("bert"), task, out=tmp_path / "run", recipe=recipe, trackers=())
    assert run.facts["epochs"] == 3


def test_bfloat16_trains(task, tmp_path):
    recipe = Recipe(epochs=1, max_steps=3, precision="bf16", max_length=48)
    run = finetune(make_model("llama"), task, out=tmp_path / "run", recipe=recipe, trackers=())
    assert all(weight.dtype == torch.float32 for weight in weights(run).values())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"train_on": ("test",)}, "training on"),
        ({"train_on": ("tune",)}, "training on"),
        ({"train_on": ()}, "training on"),
        ({"train_on": "direction"}, "split 'd'"),
        ({"select_on": "dev"}, "split 'dev'"),
        ({"objective": "mincmi"}, "objective 'mincmi'"),
        ({"objective": "distillation"}, "without a teacher"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_line(wrong, said, task, tmp_path):
    with pytest.raises(InputError, match=said) as caught:
        finetune(make_model("bert"), task, out=tmp_path / "run", recipe=QUICK, trackers=(), **wrong)
    assert "\n" not in str(caught.value)
