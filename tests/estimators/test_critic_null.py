import numpy as np
import pytest

from infoplane.estimators import mutual_information
from infoplane.estimators._critics._critic_null import SCALES, exchanged, null_draws
from infoplane.estimators._critics._critic_scores import critic_scores
from infoplane.estimators._folds import group_folds


def product(samples, seed):
    """y depends on the product of the first two columns of x only: no linear rule sees it."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, 3))
    return x, np.column_stack([x[:, 0] * x[:, 1] + 0.5 * rng.normal(size=samples), rng.normal(size=samples)])


def test_exchanged_pairs_are_what_the_bound_says_of_them():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    values, orders = rng.normal(size=(20, 20)), np.array([rng.permutation(20) for _ in range(5)])
    sums, levels = exchanged(torch.from_numpy(values), orders)

    def infonce(order, scale):
        pairs = scale * values[:, order]
        means = [np.log(np.exp(pairs).mean(axis=axis)) for axis in (0, 1)]
        return float((np.diag(pairs) - (means[0] + means[1]) / 2).mean())

    best = [max(infonce(order, scale) for scale in SCALES) for order in orders]
    assert null_draws(sums[None], levels[None], 20) == pytest.approx(best)


def test_a_critic_that_is_sure_says_nothing_about_exchanged_pairs():
    x, y = product(500, seed=1)
    folds = group_folds(np.arange(500), 5, 0)
    scores = critic_scores(x, y, folds, bound="infonce", batch=256, permutations=30)
    assert scores.unseen.mean() > 0.2
    assert -1e-9 <= scores.null.min() <= scores.null.max() < 0.02
    assert scores.null.shape == (30,)
    assert critic_scores(x, y, folds, bound="infonce", batch=256).null.shape == (0,)


def test_auto_finds_what_no_linear_rule_sees_and_draws_its_null():
    found = mutual_information(*product(500, seed=2), permutations=40)
    assert "critic" in found.estimator
    assert found.p_value == pytest.approx(1 / 41)
    assert found.low > found.null_high
