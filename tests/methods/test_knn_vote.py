"""How many examples vote, and how much each counts."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from infoplane.methods import METHODS, Setting
from infoplane.tasks import Split

RIVALS = ("knn-vote-tuned", "prompt+vote", "ic-icl+vote")


def crowd(n: int, *, seed: int, told: int) -> Split:
    """Texts of one word out of two, which says the label of no more than `told` of ten."""
    rng = np.random.default_rng(seed)
    words = rng.integers(2, size=n)
    labels = np.where(rng.integers(10, size=n) < told, words, 1 - words)
    others = rng.choice(list("abcdefgh"), size=(n, 2))
    texts = tuple(f"{('sun', 'rain')[word]} " * 3 + " ".join(more) for word, more in zip(words, others, strict=True))
    return Split(texts, labels, 10_000 * seed + np.arange(n), texts)


@pytest.fixture(scope="module")
def many(lm, task, space) -> Setting:
    """A task that takes a crowd: the nearest examples are right a little more often than not."""
    splits = {"direction": crowd(620, seed=1, told=6), "tune": crowd(100, seed=2, told=10)}
    return Setting(lm, replace(task, splits={**task.splits, **splits}), given=space)


def test_a_crowd_is_asked_where_it_knows_more(many):
    choices = METHODS["knn-vote-tuned"].choose(many)
    tried = {(one["k"], one["temperature"]): one["accuracy"] for one in choices["tried"]}
    assert choices["k"] >= 80
    assert max(k for k, _ in tried) == 300
    assert tried[choices["k"], choices["temperature"]] == max(tried.values()) > tried[5, None]


@pytest.mark.parametrize("method", RIVALS)
def test_the_vote_has_the_same_choice_wherever_it_has_a_voice(many, method):
    tried = METHODS[method].choose(many)["tried"]
    sizes, temperatures = (1, 3, 5, 10, 20, 40, 80, 120, 200, 300), (None, 0.3, 0.1, 0.05)
    assert {(one["k"], one["temperature"]) for one in tried} == set(itertools.product(sizes, temperatures))


def test_a_crowd_is_heard_beside_a_model_that_is_sure_and_wrong(many, monkeypatch):
    sure = np.random.default_rng(0).standard_normal((len(many.tune), len(many.task.labels)))
    monkeypatch.setattr(Setting, "scores", lambda *_: sure)
    choices = METHODS["prompt+vote"].choose(replace(many, seed=1))
    quiet = max(one["accuracy"] for one in choices["tried"] if one["weight"] <= 3)
    assert choices["weight"] > 3
    assert choices["accuracy"] > quiet + 0.05


@pytest.mark.parametrize(("pool", "largest"), [(30, 10), (80, 40), (599, 200), (600, 300)])
def test_no_more_than_half_of_the_pool_votes(many, pool, largest):
    splits = {**many.task.splits, "direction": many.pool.take(range(pool))}
    tried = METHODS["knn-vote-tuned"].choose(replace(many, task=replace(many.task, splits=splits)))["tried"]
    assert max(one["k"] for one in tried) == largest
