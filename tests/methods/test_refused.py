"""What methods are not run with: the split they chose on, nothing to choose on, numbers that mean nothing."""

from dataclasses import replace

import pytest

from infoplane._errors import InputError
from infoplane.methods import METHODS, Setting, compare, predict

TUNED = ("knn-vote-tuned", "prompt+vote", "ic-icl+vote", "in-context-vectors", "random", "oracle")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"split": "tune", "methods": ("prompt", "knn-vote-tuned")}, "split tune for knn-vote-tuned, which choose"),
        ({"split": "tune", "methods": ("knn-vote",), "retriever": "task-space"}, "split tune for retriever task-space"),
        ({"seed": -1}, "seed -1: expected 0 or more"),
        ({"max_examples": -5}, "-5 examples: expected at least 1"),
    ],
)
def test_what_is_not_compared(lm, task, tmp_path, asked, said):
    with pytest.raises(InputError, match=said) as left:
        compare(lm, task, out=tmp_path / "run", **{"methods": ("prompt",), "max_examples": 4} | asked)
    assert "\n" not in str(left.value)
    assert not (tmp_path / "run").exists()


def test_all_methods_are_not_compared_on_the_split_that_some_choose_on(lm, task, tmp_path):
    with pytest.raises(InputError, match="test or measure"):
        compare(lm, task, out=tmp_path / "run", split="tune")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"split": "tune", "method": "knn-vote-tuned"}, "split tune for knn-vote-tuned, which choose"),
        ({"seed": -1}, "seed -1: expected 0 or more"),
        ({"max_examples": -5}, "-5 examples: expected at least 1"),
        ({"texts": ["fine", None]}, "texts that are not empty"),
        ({"texts": ["fine", 3.5]}, "texts that are not empty"),
    ],
)
def test_what_is_not_predicted(lm, task, asked, said):
    with pytest.raises(InputError, match=said) as left:
        predict(lm, task, **{"max_examples": 4} | asked)
    assert "\n" not in str(left.value)


def test_a_second_text_that_is_none_is_not_predicted(lm, task):
    pairs = {name: replace(split, pairs=split.texts) for name, split in task.splits.items()}
    with pytest.raises(InputError, match="a second text for each"):
        predict(lm, replace(task, splits=pairs), method="knn-vote", texts=["fine", "well"], pairs=["fine", None])


def test_the_split_chosen_on_is_no_matter_where_nothing_is_chosen_or_texts_are_given(lm, task):
    assert len(predict(lm, task, method="knn-vote", split="tune", max_examples=4).items) == 4
    assert predict(lm, task, method="knn-vote-tuned", split="tune", texts=["I was glad"]).names == ("glad",)


@pytest.mark.parametrize("method", TUNED)
def test_nothing_to_choose_on_is_said(lm, task, space, method):
    splits = {**task.splits, "tune": task.splits["tune"].take([])}
    with pytest.raises(InputError, match="tune split without examples"):
        METHODS[method].choose(Setting(lm, replace(task, splits=splits), examples=3, given=space))


@pytest.mark.parametrize("method", ["knn-vote-tuned", "prompt+vote"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_pool_of_few_gives_a_vote_of_one(lm, task, method, size):
    splits = {**task.splits, "direction": task.pool.take(range(size))}
    assert METHODS[method].choose(Setting(lm, replace(task, splits=splits), examples=1))["k"] == 1
