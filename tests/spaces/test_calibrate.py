"""Doses of a real, if tiny, network: reached, interpolated, kept, the same for every batch and padding."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_models import make_model

from infoplane._errors import InputError
from infoplane.models import LanguageModel, Rehearsal, Select
from infoplane.spaces import TaskSpace
from infoplane.spaces._calibrate import told_labels
from infoplane.tasks import Task


def spent(space: TaskSpace, lm: LanguageModel, task: Task, seed: int = 0, **plan: object) -> float:
    """Mean divergence of a plan on the prompts a calibration used."""
    tune = task.splits["tune"].stratified(64, seed)
    prompts = [task.prompt(text) for text in tune.texts]
    rehearsal = Rehearsal(lm, prompts, task.answers, select=Select(tokens=plan.get("tokens", "last")))
    return float(rehearsal.divergence(space.plan(told_labels(space.labels, len(tune), seed), **plan)).mean())


@pytest.mark.parametrize("tokens", ["last", "all"])
def test_a_built_space_spends_what_is_asked(space: TaskSpace, lm: LanguageModel, task: Task, tokens: str) -> None:
    (curve,) = (curve for curve in space.curves if curve.how.tokens == tokens)
    assert curve.how.layers == space.band()
    assert len(curve.doses) >= 3
    for dose in curve.doses:
        assert dose.divergence.value == pytest.approx(dose.target, rel=0.02)
        assert spent(space, lm, task, dose=dose.target, tokens=tokens) == pytest.approx(dose.target, rel=0.02)
        assert dose.divergence.low is not None
        assert dose.divergence.low < dose.target


def test_between_doses_the_coefficient_rises_and_costs_about_what_is_asked(
    space: TaskSpace, lm: LanguageModel, task: Task
) -> None:
    curve = space.curves[0]
    between = np.geomspace(curve.doses[0].target, curve.doses[-1].target, 40)
    coefficients = [curve.coefficient(float(dose)) for dose in between]
    assert (np.diff(coefficients) > 0).all()
    assert spent(space, lm, task, dose=0.17) == pytest.approx(0.17, rel=0.1)


@pytest.mark.parametrize("options", [{"operation": "subtract"}, {"keep_norm": True}, {"layers": "2-4"}])
def test_other_manners_have_curves_of_their_own(
    space: TaskSpace, lm: LanguageModel, task: Task, options: dict[str, object]
) -> None:
    with pytest.raises(InputError, match=r"call space = space.calibrate"):
        space.plan("glad", dose=0.1, **options)
    with_more = space.calibrate(lm, task, doses=(0.1,), **options)
    assert len(with_more.curves) == len(space.curves) + 1
    assert spent(with_more, lm, task, dose=0.1, **options) == pytest.approx(0.1, rel=0.02)
    with pytest.raises(InputError, match=r"0.1 to 0.1, as calibrated"):
        with_more.plan("glad", dose=0.2, **options)


def test_later_steps_are_dosed_where_they_emit_their_token(space: TaskSpace, lm: LanguageModel, task: Task) -> None:
    """Against hooks of our own on the prompt and what the plain model said, one prompt after the other."""
    dosed = space.calibrate(lm, task, doses=(0.2,), steps="3", prompts=28)
    (dose,) = dosed.curves[-1].doses
    tune = task.splits["tune"].stratified(28, 0)
    prompts = [task.prompt(text) for text in tune.texts]
    said = lm.generate(prompts, max_new_tokens=3).tokens
    told = told_labels(space.labels, 28, 0)
    (layer,) = space.band()
    costs = []
    for prompt, tokens, label in zip(prompts, said, told, strict=True):
        before = lm.renderer.encode([prompt])[0].ids
        answer = replace(prompt, prefix=prompt.prefix + lm.tokenizer.decode(tokens[:2]))
        if len(tokens) < 3 or lm.renderer.encode([answer])[0].ids != before + tokens[:2]:
            continue
        move = torch.tensor(dose.coefficient * space.vectors(layer)[space.labels.index(label)]).float()

        def steer(_module, _args, output, move=move):
            output[:, -1] += move
            return output

        ids = torch.tensor([before + tokens[:2]])
        with torch.inference_mode():
            plain = lm.network(ids).logits[0, -1].log_softmax(-1)
            handle = lm.network.model.layers[layer - 1].register_forward_hook(steer)
            steered = lm.network(ids).logits[0, -1].log_softmax(-1)
            handle.remove()
        costs.append(float((steered.exp() * (steered - plain)).sum()))
    assert dose.divergence.n == len(costs) > 2
    assert np.mean(costs) == pytest.approx(0.2, rel=0.02)
    assert dosed.curves[-1].how.steps == "3"


def test_steps_that_begin_as_all_steps_do_take_their_doses(space: TaskSpace, lm: LanguageModel, task: Task) -> None:
    def moved(plan):
        return plan.edits[0].changes[0].vectors

    for steps, tokens in (("1", "last"), ("0", "last"), ("1-5", "last"), ("0", "all"), ("0-1", "all")):
        alike = space.plan("glad", dose=0.1, tokens=tokens)
        np.testing.assert_array_equal(
            moved(space.plan("glad", dose=0.1, steps=steps, tokens=tokens)), moved(alike), err_msg=f"{steps} {tokens}"
        )
    dosed = space.calibrate(lm, task, doses=(0.1,), steps="1-2", prompts=10)
    (dose,) = dosed.curves[-1].doses
    assert dose.divergence.n > 10
    np.testing.assert_array_equal(
        moved(dosed.plan("glad", dose=0.1, steps="1-2")), moved(space.plan("glad", coefficient=dose.coefficient))
    )
    alone = space.calibrate(lm, task, doses=(0.1,), steps="1").curves[-1].doses[0]
    assert alone.coefficient == pytest.approx(space.curves[0].coefficient(0.1), rel=5e-3)


@pytest.mark.parametrize(("steps", "tokens"), [("2", "last"), ("4-5", "last"), ("1", "all"), ("2", "all")])
def test_other_steps_have_no_dose_until_they_are_calibrated(space: TaskSpace, steps: str, tokens: str) -> None:
    """At step 1 only the last token is steered, whatever `tokens` is: not what a dose of all tokens was measured on."""
    with pytest.raises(InputError, match=rf"tokens={tokens} steps={steps} operation=add.*call space = space.calibrate"):
        space.plan("glad", dose=0.1, steps=steps, tokens=tokens)


def test_a_step_that_answers_do_not_reach_is_named(
    space: TaskSpace, lm: LanguageModel, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate = LanguageModel.generate

    def short(*args, **options):
        return generate(*args, **options | {"max_new_tokens": 2})

    monkeypatch.setattr(LanguageModel, "generate", short)
    with pytest.raises(InputError, match=r"step 4, which 0 of 10 answers reach"):
        space.calibrate(lm, task, steps="4", prompts=10)


def test_calibrating_again_replaces_the_curve(space: TaskSpace, lm: LanguageModel, task: Task) -> None:
    again = space.calibrate(lm, task, doses=(0.2, 0.1), prompts=10, seed=5)
    assert len(again.curves) == len(space.curves)
    curve = again.curves[-1]
    assert [dose.target for dose in curve.doses] == [0.1, 0.2]
    assert (curve.prompts, curve.seed) == (10, 5)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("batch", [1, 3])
def test_doses_do_not_depend_on_batches_and_padding(space: TaskSpace, task: Task, batch: int, side: str) -> None:
    lm = make_model("llama", batch_size=batch)
    lm.tokenizer.padding_side = side
    again = space.calibrate(lm, task, doses=(0.03, 0.3))
    for dose in again.curves[-1].doses:
        assert dose.coefficient == pytest.approx(space.curves[0].coefficient(dose.target), rel=5e-3)


def test_same_seed_same_curve_another_seed_another(space: TaskSpace, lm: LanguageModel, task: Task) -> None:
    one, two, other = (space.calibrate(lm, task, doses=(0.1,), prompts=12, seed=seed).curves[-1] for seed in (1, 1, 2))
    assert one == two
    assert one.doses != other.doses


def test_told_labels_are_balanced_and_know_no_gold() -> None:
    for rows in (2, 7, 64):
        told = told_labels(("a", "b", "c"), rows, seed=3)
        counts = Counter(told)
        assert sum(counts.values()) == rows
        assert max(counts.values()) - min(counts.get(label, 0) for label in "abc") <= 1
    assert len({tuple(told_labels(("a", "b", "c"), 9, seed)) for seed in range(20)}) > 10


def test_the_whole_curve_is_kept_on_disk(space: TaskSpace, tmp_path: Path) -> None:
    folder = space.save(tmp_path / "space")
    assert TaskSpace.load(folder).curves == space.curves
    kept = json.loads((folder / "space.json").read_text())["curves"][0]
    assert kept["select"] == str(Select(layers=space.band()))
    assert kept["how"]["operation"] == "add"
    assert (kept["prompts"], kept["seed"], kept["task_fingerprint"]) == (28, 0, space.about["task_fingerprint"])
    assert kept["doses"][0]["divergence"]["low"] < kept["doses"][0]["dose"]
    tried = np.array(kept["tried"])
    assert (np.diff(tried[:, 0]) > 0).all()
    assert len(tried) > 10


def test_a_space_saved_before_there_were_doses_still_loads(space: TaskSpace, tmp_path: Path) -> None:
    folder = space.save(tmp_path / "space")
    about = json.loads((folder / "space.json").read_text())
    del about["curves"]
    (folder / "space.json").write_text(json.dumps(about))
    old = TaskSpace.load(folder)
    assert old.curves == ()
    with pytest.raises(InputError, match=r"call space = space.calibrate"):
        old.plan("glad", dose=0.1)
    (folder / "space.json").write_text(json.dumps(about | {"curves": [{"how": "fast"}]}))
    with pytest.raises(InputError, match="doses that cannot be read"):
        TaskSpace.load(folder)


def test_doses_out_of_reach_are_told_apart(space: TaskSpace, lm: LanguageModel, task: Task) -> None:
    curve = space.calibrate(lm, task, doses=(0.1, 500.0)).curves[-1]
    assert curve.unreached == (500.0,)
    with pytest.raises(InputError, match=r"0.1 to 0.1, as calibrated \(the most that was reached: "):
        curve.coefficient(500.0)
    with pytest.raises(InputError, match=r"dose 500.0 nats: expected at most the"):
        space.calibrate(lm, task, doses=(500.0,))


def test_an_encoder_has_no_doses_and_says_so(task: Task) -> None:
    lm = make_model("bert")
    space = TaskSpace.build(lm, task, contexts=5)
    assert space.curves == ()
    with pytest.raises(InputError, match="not calibrated: a rehearsal with bert"):
        space.plan("glad", dose=0.3)
    with pytest.raises(InputError, match="a decoder with its head"):
        space.calibrate(lm, task)
    assert space.plan("glad", coefficient=1).rows is None


def test_what_cannot_be_calibrated(space: TaskSpace, lm: LanguageModel, task: Task) -> None:
    with pytest.raises(InputError, match="a dose of erase"):
        space.calibrate(lm, task, operation="erase")
    with pytest.raises(InputError, match="task space of model llama"):
        space.calibrate(make_model("gpt2"), task)
    with pytest.raises(InputError, match="no doses"):
        space.calibrate(lm, task, doses=())
    with pytest.raises(InputError, match="two groups in the tune split"):
        space.calibrate(lm, task, prompts=1)


def test_a_null_is_calibrated_anew_and_swapped_labels_are_not(space: TaskSpace, lm: LanguageModel, task: Task) -> None:
    with pytest.raises(InputError, match="call space"):
        space.random().plan("glad", dose=0.1)
    null = space.random().calibrate(lm, task, doses=(0.1,))
    assert spent(null, lm, task, dose=0.1) == pytest.approx(0.1, rel=0.02)
    assert space.swapped().curves == space.curves
