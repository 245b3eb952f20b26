import json
from dataclasses import asdict

import decoder_training
import pytest
import torch
from decoder_model import Recipe, make_network, packed, train_tokenizer
from decoder_text import Conversation, documents, is_labelled, read_conversations
from decoder_training import Training, rate
from pretrain_decoder import Corpus, estimate, main, pretrain

from infoplane._errors import RunError
from infoplane.models import load_model
from infoplane.runs import Run
from infoplane.tasks._template import default_template

TINY = Recipe(depth=1, vocabulary=300, context=32, epochs=2, rows=4)
EMOTIONS = ("proud", "sad")


def made_up(count: int, prefix: str = "made") -> list[Conversation]:
    return [
        Conversation(
            f"{prefix}:{number}",
            f"My {number % 7}th boat {'won' if number % 2 else 'sank'}, again.",
            EMOTIONS[(number + 1) % 2],
            ("Speaker: It was there and then it was not.", "Listener: Oh!"),
        )
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def corpus():
    return Corpus(made_up(40), made_up(6, "unseen"), TINY)


def test_a_conversation_is_read_turn_by_turn(tmp_path):
    path = tmp_path / "train.csv"
    path.write_text(
        "conv_id,utterance_idx,context,prompt,speaker_idx,utterance\n"
        "c1,1,proud,I won_comma_ at last.,7,Look!\n"
        "c1,2,proud,I won_comma_ at last.,8,Oh_comma_ great.\n"
        "c2,1,sad,It sank.,8,My boat.\n"
    )
    first, second = read_conversations(path)
    assert first.plain == "Situation: I won, at last.\nSpeaker: Look!\nListener: Oh, great."
    assert second.labelled == "Dialogue: It sank.\nEmotion: sad"


def test_the_labelled_form_is_the_prompt_that_is_asked_later():
    three = made_up(3)
    told = [(one.situation, one.emotion) for one in three[:2]]
    asked = default_template("emotion").few_shot(told, three[2].situation)
    assert "\n\n".join(one.labelled for one in three) == f"{asked.text}\n{asked.prefix} {three[2].emotion}"


def test_every_conversation_stands_plainly_and_only_the_labelled_ones_with_their_label():
    conversations = made_up(200)
    found = documents(conversations, 3, "0 0")
    assert sorted(text for text in found if text.startswith("Situation:")) == sorted(one.plain for one in conversations)
    runs = [text.split("\n\n") for text in found if text.startswith("Dialogue:")]
    told = [one.labelled for one in conversations if is_labelled(one.name, 3)]
    assert sorted(block for run in runs for block in run) == sorted(told)
    assert {len(run) for run in runs} <= {1, 2, 3, 4, 5, 6}
    assert 30 < len(told) < 90
    assert documents(conversations, 3, "0 0") == found
    assert documents(conversations, 3, "0 1") != found


def test_the_labelled_conversations_are_those_of_the_decoder_beside(shared):
    names = [one.name for one in read_conversations(shared / "data" / "empathetic_dialogues" / "train.csv")]
    listed = json.loads((shared / "models" / "ed-decoder" / "labelled_conversations.json").read_text())
    assert sorted(name for name in names if is_labelled(name, 3)) == sorted(listed)


def test_packed_rows_are_the_documents_one_behind_the_other(corpus):
    tokenizer = corpus.tokenizer
    rows = packed(["A boat.", "It sank, it sank and it sank."] * 5, tokenizer, 16)
    text = tokenizer.decode(rows.flatten())
    assert text.startswith("<s>A boat.</s><s>It sank, it sank and it sank.</s><s>A boat.</s>")
    assert rows.shape[1] == 16


def test_every_label_survives_the_tokenizer(corpus):
    for emotion in EMOTIONS:
        text = f"Dialogue: It sank.\nEmotion: {emotion}"
        assert corpus.tokenizer.decode(corpus.tokenizer(text)["input_ids"], skip_special_tokens=True) == text


def test_the_rate_rises_then_falls_to_a_fiftieth():
    rates = [rate(TINY, step, 100) for step in range(100)]
    assert rates[4] == max(rates) == TINY.learning_rate
    assert rates[:5] == sorted(rates[:5])
    assert rates[5:] == sorted(rates[5:], reverse=True)
    assert rate(TINY, 100, 100) == pytest.approx(TINY.learning_rate / 50)


def test_training_learns(corpus):
    recipe = Recipe(**asdict(TINY) | {"learning_rate": 1e-2})
    training = Training(make_network(TINY, corpus.tokenizer), recipe, 40, torch.device("cpu"))
    batch = corpus.epoch(0)[0]
    losses = [training.learn(batch) for _ in range(15)]
    assert losses[-1] < losses[0] - 1


class _Killed(Exception):  # noqa: N818
    pass


def test_a_killed_run_continues_to_the_same_weights(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(decoder_training, "EVERY", 2)
    pretrain(corpus, tmp_path / "whole", "cpu")
    learn, calls = Training.learn, []

    def killed(training, batch):
        calls.append(training.step)
        if len(calls) == corpus.batches + 2:
            raise _Killed
        return learn(training, batch)

    monkeypatch.setattr(Training, "learn", killed)
    with pytest.raises(_Killed):
        pretrain(corpus, tmp_path / "killed", "cpu")
    said = pretrain(corpus, tmp_path / "killed", "cpu")
    assert "nats" in said
    assert calls.count(corpus.batches) <= 2
    for name in ("model/model.safetensors", "ledger.jsonl", "model/tokenizer.json"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def test_the_folder_is_a_model_with_its_card_and_what_to_leave_out(corpus, tmp_path):
    pretrain(corpus, tmp_path / "run", "cpu")
    folder = tmp_path / "run" / "model"
    lm = load_model(folder)
    assert (lm.layers, lm.kind, lm.context) == (1, "decoder", TINY.context)
    assert lm.tokenizer("I")["input_ids"][0] == lm.tokenizer.bos_token_id
    assert json.loads((folder / "labelled_conversations.json").read_text()) == corpus.labelled
    text = (folder / "README.md").read_text()
    assert "license: cc-by-nc-4.0" in text
    assert f"{lm.network.num_parameters():,} parameters" in text
    losses = [row["value"] for row in Run.open(tmp_path / "run", None).ledger.rows()]
    assert len(losses) == TINY.epochs
    assert all(f"{loss:.3f}" in text for loss in losses)


def test_the_weights_are_those_of_the_lowest_validation_loss(corpus, tmp_path, monkeypatch):
    told = iter([[1.0, 1.1], [2.0, 2.1]])
    monkeypatch.setattr(Training, "losses", lambda *_: next(told))
    kept = []
    epoch = Training.epoch
    monkeypatch.setattr(
        Training, "epoch", lambda self, *a, **k: (epoch(self, *a, **k), kept.append(_copied(self.network)))[0]
    )
    pretrain(corpus, tmp_path / "run", "cpu")
    written = _copied(load_model(tmp_path / "run" / "model").network)
    assert all(torch.equal(written[name], kept[0][name]) for name in kept[0])
    assert any(not torch.equal(written[name], kept[1][name]) for name in kept[1])


def test_another_recipe_is_refused_in_the_same_directory(corpus, tmp_path):
    Run.open(tmp_path / "run", {"depth": 9}).close()
    with pytest.raises(RunError, match="depth"):
        pretrain(corpus, tmp_path / "run", "cpu")


def test_the_cost_is_told_before_it_is_paid(corpus):
    said = estimate(corpus, "cpu")
    assert f"{corpus.steps} steps" in said
    assert "hours on cpu" in said


def test_missing_data_is_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--data", str(tmp_path), "--out", str(tmp_path / "run")])
    assert ended.value.code == 2
    assert "train.csv" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def _copied(network):
    return {name: value.clone() for name, value in network.named_parameters()}


def test_a_small_vocabulary_is_trained():
    tokenizer = train_tokenizer([one.plain for one in made_up(20)], TINY)
    assert len(tokenizer) <= TINY.vocabulary
    assert tokenizer("boat")["input_ids"][0] == tokenizer.bos_token_id
