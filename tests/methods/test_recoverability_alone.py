"""Recoverability without labels: what a network becomes depends on the texts alone."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_models import make_model

import infoplane as ip
from infoplane.methods import Recipe, finetune
from infoplane.models import LanguageModel, Select
from infoplane.objectives import Recoverability
from infoplane.tasks import Task

STATE = Select(layers=-1, tokens="content", reduce="mean")


def relabelled(task: Task) -> Task:
    """The same texts with the next label each."""
    splits = {name: replace(split, labels=(split.labels + 1) % len(task.labels)) for name, split in task.splits.items()}
    return replace(task, splits=splits)


@pytest.fixture(scope="module")
def lm() -> LanguageModel:
    return make_model("bert")


def states(lm: LanguageModel, task: Task, folder, **settings) -> np.ndarray:
    """Mean states of the test split after one epoch."""
    recipe = Recipe(epochs=1, batch_size=8, learning_rate=3e-3)
    objective = Recoverability(warm=0, **settings)
    run = finetune(lm, task, objective=objective, recipe=recipe, out=folder, trackers=())
    return ip.load_model(run.path / "model").read(task.splits["test"].texts, STATE).array[:, 0]


def test_labels_play_no_part_where_it_is_not_supervised(lm, task, tmp_path):
    some = task.subset(32)
    before = lm.read(some.splits["test"].texts, STATE).array[:, 0]
    plain = states(lm, some, tmp_path / "plain", supervised=False)
    turned = states(lm, relabelled(some), tmp_path / "turned", supervised=False)
    np.testing.assert_array_equal(plain, turned)
    assert np.abs(plain - before).max() > 0.01
    told = states(lm, relabelled(some), tmp_path / "told")
    assert np.abs(told - states(lm, some, tmp_path / "other")).max() > 1e-4


def test_the_last_epoch_is_kept_where_labels_are_not_learnt(lm, task, tmp_path):
    """The head was never trained, so its accuracy says nothing about an epoch; patience does not count either."""
    recipe = Recipe(epochs=3, batch_size=16, learning_rate=3e-3, patience=1)
    objective = Recoverability(warm=0, supervised=False)
    run = finetune(lm, task.subset(32), objective=objective, recipe=recipe, out=tmp_path / "run", trackers=())
    assert (run.facts["epochs"], run.facts["chosen_epoch"]) == (3, 3)
