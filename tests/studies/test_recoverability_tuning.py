"""The baselines of recoverability by hand, statistics of known answer, and the study at the smallest scale."""

import copy
import math

import numpy as np
import pandas as pd
import pytest
import recoverability_judging
import recoverability_numbers
import recoverability_training
import recoverability_tuning
import torch
from recoverability_goals import Denoising, Language, Recovery, RecoveryBeside, SentenceContrast, goals
from recoverability_judging import language_losses
from recoverability_numbers import Number, auc, numbers
from recoverability_reader import STATE, Reader, Texts
from recoverability_training import trained
from recoverability_tuning import BEFORE, cut, kept, main, plain, tables
from torch.nn.functional import normalize

from infoplane.models import LanguageModel, load_model
from infoplane.runs import Run
from infoplane.tasks import load_task

SAID = ["I lost my keys and then my phone.", "He lied.", "We are going to the sea in the morning, all of us."]


@pytest.fixture(scope="module")
def models() -> dict[str, LanguageModel]:
    names = {"decoder": "embedded", "encoder": "embedded-encoder"}
    return {kind: load_model(name, dtype="float32") for kind, name in names.items()}


@pytest.fixture(params=["decoder", "encoder"])
def lm(models, request) -> LanguageModel:
    return models[request.param]


def still(lm: LanguageModel) -> Reader:
    """A copy of the network without dropout, to be trained."""
    return Reader(lm, copy.deepcopy(lm.network).requires_grad_(True).eval())


def test_mean_states_are_those_the_model_reads(lm):
    texts = Texts.of(lm, SAID)
    states, _ = still(lm).read(texts)
    torch.testing.assert_close(states.detach(), texts.before, rtol=1e-4, atol=1e-4)
    alone = still(lm).read(texts.take(torch.tensor([1])))[0]
    torch.testing.assert_close(alone[0], states[1], rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(texts.before.numpy(), lm.read(SAID, STATE).array[:, 0])


def test_contrast_is_in_nats_between_two_passes(lm):
    reader, texts = still(lm), Texts.of(lm, SAID)
    near = normalize(texts.before, dim=1)
    near = (near @ near.T / 0.05).double()
    expected = -near.log_softmax(1).diagonal().mean()
    assert SentenceContrast(reader, 0)(reader, texts).item() == pytest.approx(expected.item(), rel=1e-3, abs=1e-4)


def test_a_decoder_is_given_dropout_for_its_two_passes(models):
    reader, texts = still(models["decoder"]), Texts.of(models["decoder"], SAID)
    goal = SentenceContrast(reader, 0)
    reader.network.train()
    assert not torch.equal(reader.read(texts)[0], reader.read(texts)[0])
    assert goal(reader, texts).isfinite()


def test_a_decoders_language_is_the_loss_of_its_network(models):
    lm = models["decoder"]
    reader, texts = still(lm), Texts.of(lm, SAID)
    labels = texts.ids.masked_fill(~texts.mask, -100)
    with torch.no_grad():
        expected = reader.network(texts.ids, attention_mask=texts.mask.long(), labels=labels).loss
    assert Language(reader, 0)(reader, texts).item() == pytest.approx(expected.item(), rel=1e-5)
    by_text = language_losses(lm, texts)
    said = (texts.lengths - 1).numpy()
    assert (by_text * said).sum() / said.sum() == pytest.approx(expected.item(), rel=1e-4)


def test_an_encoder_is_asked_for_every_token_behind_its_own_mask(models):
    lm = models["encoder"]
    texts = Texts.of(lm, SAID[1:2])
    ids, losses = texts.ids[0], []
    for place in texts.content[0].nonzero()[:, 0].tolist():
        hidden = ids.clone()
        hidden[place] = lm.tokenizer.mask_token_id
        with torch.no_grad():
            losses.append(-lm.network(hidden[None]).logits[0, place].log_softmax(-1)[ids[place]].item())
    assert language_losses(lm, texts) == pytest.approx([np.mean(losses)], rel=1e-4)


def test_denoising_says_the_whole_text_from_what_is_left(lm):
    reader, texts = still(lm), Texts.of(lm, SAID)
    torch.manual_seed(0)
    goal = Denoising(reader, 0)
    loss = goal(reader, texts)
    loss.backward()
    assert 0.5 * math.log(reader.vocabulary) < loss.item()
    assert all(weight.grad is not None for weight in goal.block.parameters())
    touched = [w.grad.abs().max() for w in reader.watch.anatomy.blocks.parameters() if w.grad is not None]
    assert touched, "the gradient reaches the network through the state alone"
    assert max(touched) > 0


def test_recovery_with_a_language_model_is_its_loss_and_twice_the_rest(models):
    lm = models["decoder"]
    reader, texts = still(lm), Texts.of(lm, SAID)
    beside, alone = RecoveryBeside(reader, 3), Recovery(reader, 3)
    total, rest = beside(reader, texts).item(), alone(reader, texts).item()
    language = beside.objective.parts["cross_entropy"].item()
    assert total == pytest.approx(language + 2 * rest, rel=1e-5)
    assert language == pytest.approx(language_losses(lm, texts).mean(), rel=1e-4)


@pytest.mark.parametrize("name", goals(decoder=True) | goals(decoder=False))
def test_every_goal_trains_to_the_same_weights_again(models, name, monkeypatch):
    kind = "decoder" if name in goals(decoder=True) else "encoder"
    monkeypatch.setattr(recoverability_training, "BATCH", 2)
    lm, goal = models[kind], goals(decoder=kind == "decoder")[name]
    texts = Texts.of(lm, SAID)
    one, same, other = (trained(lm, texts, goal, 2, seed).read(SAID, STATE).array for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    moved = name not in ("recoverability", "recoverability alone")  # whose decoder warms up alone
    assert np.array_equal(one, other) != moved
    assert lm.read(SAID, STATE).array[:, 0] == pytest.approx(texts.before.numpy()), "the network given is left alone"


def test_auc_counts_pairs_in_order():
    assert auc(np.array([0.0, 1, 1, 0]), np.array([0.1, 0.4, 0.2, 0.3])) == 0.75
    assert auc(np.array([1.0, 0]), np.array([0.5, 0.5])) == 0.5
    assert auc(np.ones(3), np.arange(3.0)) == 0.5


def test_a_difference_is_bootstrapped_over_the_same_items():
    truth, groups = np.arange(200.0), np.arange(200) // 2
    number = Number("made", lambda true, given: float((given - true).mean()), truth, groups, "nats")
    noise = np.random.default_rng(0).normal(size=200)
    told = number.told({"first": [{"made": truth + noise}], "second": [{"made": truth + noise + 1}] * 2})
    gain = number.estimate(told["second"] - told["first"])
    assert (gain.value, gain.low, gain.high) == pytest.approx((1, 1, 1))
    alone = number.estimate(told["first"])
    assert alone.high - alone.low == pytest.approx(2 * 1.96 / np.sqrt(200), rel=0.25)


def pairs(count: int) -> pd.DataFrame:
    """The second text says the first again where the label is yes."""
    rows = []
    for row in range(count):
        text = f"the {('red', 'blue', 'old')[row % 3]} dog number {row} ran to the sea"
        other = f"to the sea ran number {row}" if row % 2 else f"nobody has seen the {row} cats that day"
        rows.append((text, other, ("no", "yes")[row % 2]))
    return pd.DataFrame(rows, columns=["sentence1", "sentence2", "label"])


def test_statistics_of_pairs_follow_the_labels_and_the_overlap(tmp_path):
    pairs(120).to_csv(tmp_path / "made.csv", index=False)
    task = load_task(tmp_path / "made.csv", text="sentence1", text_pair="sentence2", label="label")
    found = numbers([task], np.zeros(8))
    right = next(number for name, number in found.items() if name.endswith("cosine, AUC"))
    least = next(number for name, number in found.items() if name.endswith("least overlap"))
    assert len(least.truth) == math.ceil(len(right.truth) / 4)
    assert set(least.truth) == {0.0}, "those that say it again overlap more"
    perfect = {right.scores: right.truth}
    assert right.told({"made": [perfect]})["made"][0] == 1.0
    assert plain([task], "test", 3) == plain([task], "test", 3)
    assert max(len(text.split()) for text in plain([cut(task, 6)], "test", 99)) == 6


def test_the_study_is_made_and_continued(tmp_path, capsys, monkeypatch):
    folder = tmp_path / "paws"
    folder.mkdir()
    for part, some in (("train", pairs(120)[:90]), ("test", pairs(120)[90:])):
        some.to_csv(folder / f"{part}.tsv", sep="\t", index=False)
    monkeypatch.setattr(recoverability_tuning, "HELD", {"measure": 12, "tune": 8, "test": 8})
    monkeypatch.setattr(recoverability_training, "BATCH", 4)
    monkeypatch.setattr(recoverability_judging, "_EPOCHS", 1)
    monkeypatch.setattr(recoverability_numbers, "_DRAWS", 20)
    asked = ["--model", "embedded-encoder", "--task", str(folder), "--out", str(tmp_path / "runs")]
    asked += ["--texts", "16", "--steps", "2", "--seeds", "1", "--items", "20"]
    main(asked)
    first = capsys.readouterr().out
    for name in goals(decoder=False):
        assert f"{name} (seeds: 1)" in first
    assert "| paws cosine, AUC, least overlap |" in first
    monkeypatch.setattr(recoverability_tuning, "trained", None)
    main(asked)
    assert capsys.readouterr().out == first


def test_what_was_judged_is_not_judged_again(tmp_path):
    made = {"recovery": np.arange(3.0)}
    with Run.open(tmp_path / "run", {}) as run:
        assert kept(run, "a (b)", 1, lambda: made)["recovery"].tolist() == [0, 1, 2]
        assert kept(run, "a (b)", 1, dict)["recovery"].tolist() == [0, 1, 2]


def test_gains_that_are_not_zero_are_bold():
    texts = np.arange(50)
    number = Number("made", lambda _, given: float(given.mean()), np.zeros(50), texts)
    arms = {
        BEFORE: [{"made": texts / 50}],
        "recoverability": [{"made": texts / 50 + 0.25}],
        "other": [{"made": texts / 50}],
    }
    said = tables({"a number": number}, arms)
    assert "| a number | **+0.250 [+0.250, +0.250]** | +0.000 [+0.000, +0.000] |" in said


def test_bad_input_is_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--model", "embedded", "--task", str(tmp_path / "absent.csv"), "--out", str(tmp_path / "run")])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
