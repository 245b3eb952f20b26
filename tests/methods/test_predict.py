"""Predicting with one method."""

import json

import numpy as np
import pytest
from tiny_models import make_model

from infoplane._errors import InputError
from infoplane.methods import METHODS, compare, predict

TEXTS = ("On day 3 I went out and was glad", "On day 4 I went home and was cross")


@pytest.mark.parametrize("method", [name for name, one in METHODS.items() if not one.oracle])
def test_new_texts_get_a_label_each(lm, task, space, method):
    found = predict(lm, task, method=method, texts=TEXTS, space=space, examples=3)
    assert found.names == tuple(task.labels[label] for label in found.scores.argmax(axis=1))
    assert found.probabilities.sum(axis=1) == pytest.approx([1, 1])
    assert found.accuracy is None
    assert found.responses is None
    assert all(cost >= 0 for cost in found.costs.values())
    assert all(len(near) == len(set(near)) for near in found.neighbours)


def test_the_vote_reads_what_the_text_says(lm, task):
    found = predict(lm, task, method="knn-vote", texts=TEXTS)
    assert found.names == ("glad", "cross")
    assert [len(near) for near in found.neighbours] == [5, 5]


def test_a_text_that_is_in_the_pool_does_not_find_itself(lm, task):
    known = task.pool.texts[7]
    found = predict(lm, task, method="knn-vote", texts=[known, "On day 1000 I went out and was calm"])
    assert 7 not in found.neighbours[0]
    assert found.dropped == 1


def test_a_split_has_an_accuracy(lm, task):
    found = predict(lm, task, method="knn-vote", max_examples=30)
    assert len(found.items) == 30
    assert found.accuracy.value == pytest.approx((found.predicted == found.items.labels).mean())
    assert found.accuracy.low < found.accuracy.value
    assert found.macro_f1.value == pytest.approx(task.evaluate(found.items.labels, found.predicted)["macro_f1"])
    assert np.array_equal(predict(lm, task, method="knn-vote", max_examples=30).scores, found.scores)


def test_a_response_is_generated_behind_the_predicted_label(lm, task, monkeypatch):
    asked = []
    generate = lm.generate
    monkeypatch.setattr(lm, "generate", lambda prompts, **how: asked.append(prompts) or generate(prompts, **how))
    found = predict(lm, task, texts=TEXTS, respond=True)
    assert len(found.responses) == 2
    for prompt, text, name in zip(asked[-1], TEXTS, found.names, strict=True):
        assert prompt.text == f"Dialogue: {text}\nMood: {name}"
        assert prompt.prefix == "Response:"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"method": "guess"}, "method 'guess'"),
        ({"texts": []}, "texts that are not empty"),
        ({"texts": "one text"}, "a list of texts"),
        ({"texts": ["fine", " "]}, "texts that are not empty"),
        ({"texts": ["fine"], "pairs": ["too many"]}, "no second texts"),
        ({"split": "direction"}, "which examples are retrieved from"),
        ({"method": "icl", "retriever": "./nowhere"}, "nowhere"),
    ],
)
def test_what_cannot_be_predicted(lm, task, asked, said):
    with pytest.raises(InputError, match=said) as left:
        predict(lm, task, max_examples=4, **asked)
    assert "\n" not in str(left.value)


@pytest.mark.parametrize("method", [name for name, one in METHODS.items() if one.oracle])
def test_an_oracle_has_nothing_to_be_told(lm, task, space, method):
    with pytest.raises(InputError, match="texts with labels"):
        predict(lm, task, method=method, texts=TEXTS, space=space)


def test_what_a_comparison_chose_is_not_chosen_again(lm, task, tmp_path, monkeypatch):
    run = compare(lm, task, out=tmp_path / "run", methods=("prompt", "knn-vote-tuned"), examples=3, max_examples=20)
    monkeypatch.setattr("infoplane.methods._knn_vote._accuracy", None)
    found = predict(lm, task, method="knn-vote-tuned", texts=TEXTS, examples=3, chosen=run.path)
    assert [len(near) for near in found.neighbours] == [found.choices["k"]] * 2
    assert found.choices == json.loads((run.artifacts / "choices" / "knn-vote-tuned.json").read_text())
    for asked, said in [
        ({"method": "knn-vote-tuned", "examples": 4}, "with examples 3: expected 4"),
        ({"method": "knn-vote", "examples": 3}, "without method knn-vote"),
        ({"method": "knn-vote-tuned", "examples": 3, "seed": 5}, "with seed 0"),
    ]:
        with pytest.raises(InputError, match=said):
            predict(lm, task, texts=TEXTS, chosen=run.path, **asked)
    with pytest.raises(InputError, match="model_fingerprint"):
        predict(make_model("gpt2"), task, method="knn-vote-tuned", texts=TEXTS, examples=3, chosen=run.path)
