import numpy as np
import pytest
import torch

from infoplane.estimators._arrays import as_groups
from infoplane.estimators._critics._critic import Critics, pauses, trained
from infoplane.estimators._critics._critic_inputs import FEW_COORDINATES, fit_inputs
from infoplane.estimators._critics._critic_scores import critic_scores
from infoplane.estimators._folds import group_folds

from .known_truths import correlated


def folds_of(samples):
    return group_folds(as_groups(None, samples), 5, 0)


def rings(samples, seed=0):
    """Y = |X| + noise in two dimensions: no correlation, and yet information."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, 2))
    return x, np.abs(x) + 0.3 * rng.normal(size=(samples, 2))


def test_an_untrained_critic_is_the_gaussian_ratio_but_for_a_little():
    x, y = correlated(0.8, 300, 0, pairs=2)
    critics = Critics.start(list(fit_inputs(x, y, folds_of(300), 0)), 0)
    rows = torch.arange(50).repeat(5, 1)
    difference = critics.values(rows) - critics.base(rows)
    assert 0 < difference.abs().mean() < 0.3
    assert critics.base(rows).std() > 1


def test_one_critic_alone_is_the_one_among_others():
    x, y = correlated(0.8, 200, 0, pairs=3)
    critics = Critics.start(list(fit_inputs(x, y, folds_of(200), 0)), 0)
    rows = torch.arange(30).repeat(5, 1)
    alone = critics.one(3).values(rows[:1])
    assert torch.allclose(alone[0], critics.values(rows)[3], atol=1e-5)


def test_inputs_use_no_row_outside_the_training_set():
    x, y = correlated(0.8, 200, 0, pairs=2)
    folds = folds_of(200)
    changed = np.where((folds == 0)[:, None], 1e3, x)
    before, after = (next(iter(fit_inputs(side, y, folds, 0))) for side in (x, changed))
    assert np.array_equal(before.x[before.train], after.x[after.train])
    assert np.array_equal(before.rho, after.rho)


def test_many_columns_are_read_by_their_leading_variates():
    x, y = correlated(0.8, 1000, 0, pairs=30)
    x[:, 3:] = np.random.default_rng(1).normal(size=(1000, 27))
    inputs = next(iter(fit_inputs(x, y, folds_of(1000), 0)))
    assert inputs.x.shape[1] <= FEW_COORDINATES
    assert np.abs(inputs.x).max() <= 4


def test_training_pauses_where_it_says_and_leaves_the_pairs_alone():
    x, y = correlated(0.8, 200, 0, pairs=2)
    inputs = list(fit_inputs(x, y, folds_of(200), 0))
    critics = Critics.start(inputs, 0)
    before = [part.clone() for part in critics.pairs]
    stops = sum(1 for _ in trained(critics, [item.train for item in inputs], "infonce", 64, 0))
    assert stops == len(pauses(200))
    assert all(torch.equal(old, new) for old, new in zip(before, critics.pairs, strict=True))


def test_fewer_samples_are_trained_on_for_fewer_steps():
    assert pauses(100)[-1] < pauses(1000)[-1] < pauses(100_000)[-1] == pauses(1_000_000)[-1]


def test_the_critic_finds_what_pairs_miss():
    x, y = rings(600)
    scores = critic_scores(x, y, folds_of(600), bound="infonce", batch=256)
    assert scores.base.mean() < 0.05
    assert scores.unseen.mean() > 1
    assert scores.seen.mean() > scores.unseen.mean()
    assert (scores.steps > 0).all()


def test_what_pairs_say_in_full_is_left_to_them():
    x, y = correlated(0.7, 600, 0, pairs=3)
    scores = critic_scores(x, y, folds_of(600), bound="infonce", batch=256)
    error = (scores.unseen - scores.base).std() / np.sqrt(600)
    assert scores.unseen.mean() >= scores.base.mean() - 2 * error
    assert (scores.steps == 0).sum() >= 3


def test_blocks_bound_the_ceiling():
    x, y = correlated(0.7, 400, 0)
    scores = critic_scores(x, y, folds_of(400), bound="infonce", batch=64, block=40)
    assert scores.ceiling == pytest.approx(np.log(40))
