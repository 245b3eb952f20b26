import math

import numpy as np
import pytest
import torch

from infoplane.estimators._critics._bounds import bound_ceiling, bound_terms, objective_terms

from .known_truths import CORRELATED, correlated

BOUNDS = ("infonce", "nwj", "dv", "smile")


def true_ratios(rho, samples, seed=0):
    """The true log-ratio of every x with every y of a bivariate normal sample, (n, n)."""
    x, y = correlated(rho, samples, seed)
    rest = 1 - rho**2
    product = x @ y.T
    return torch.from_numpy(-0.5 * math.log(rest) + rho * (2 * product - rho * (x**2 + y[:, 0] ** 2)) / (2 * rest))


@pytest.mark.parametrize("bound", BOUNDS)
def test_the_true_ratio_reaches_the_information(bound):
    means = [bound_terms(bound, true_ratios(0.5, 1000, seed)).mean().item() for seed in range(5)]
    assert np.mean(means) == pytest.approx(CORRELATED[0.5], abs=0.02)


@pytest.mark.parametrize("bound", BOUNDS)
def test_a_constant_critic_knows_nothing(bound):
    assert bound_terms(bound, torch.zeros(3, 20, 20)).numpy() == pytest.approx(np.zeros((3, 20)), abs=1e-6)


def test_infonce_never_exceeds_the_logarithm_of_its_batch():
    perfect = 1e3 * torch.eye(16, dtype=torch.float64)
    assert bound_terms("infonce", perfect).mean().item() == pytest.approx(math.log(16))
    assert bound_ceiling("infonce", 16) == pytest.approx(math.log(16))
    assert bound_ceiling("nwj", 16) is None


@pytest.mark.parametrize("bound", ["nwj", "dv"])
def test_other_bounds_exceed_it(bound):
    assert bound_terms(bound, true_ratios(0.999, 16)).mean().item() > math.log(16) - 1


def test_infonce_does_not_see_constants_of_rows_and_dv_not_one_of_all():
    ratios = true_ratios(0.5, 50)
    assert bound_terms("dv", ratios + 3).mean().item() == pytest.approx(bound_terms("dv", ratios).mean().item())
    assert bound_terms("nwj", ratios + 3).mean().item() < bound_terms("nwj", ratios).mean().item() - 1


def test_smile_is_dv_where_nothing_is_clipped_and_less_strict_where_it_is():
    ratios = true_ratios(0.5, 200).clamp(-4.9, 4.9)
    assert torch.equal(bound_terms("smile", ratios), bound_terms("dv", ratios))
    wild = ratios + 10
    assert bound_terms("smile", wild).mean() > bound_terms("dv", wild).mean() + 1


def test_raising_a_critic_beyond_the_clip_raises_smile_and_not_its_objective():
    ratios = true_ratios(0.5, 200)
    assert bound_terms("smile", ratios + 100).mean() > bound_terms("smile", ratios).mean() + 50
    assert objective_terms("smile", ratios + 100).mean() < objective_terms("smile", ratios).mean()


@pytest.mark.parametrize("bound", BOUNDS)
def test_the_true_ratio_is_the_best_critic(bound):
    ratios = true_ratios(0.9, 2000)
    best = objective_terms(bound, ratios).mean()
    assert objective_terms(bound, 0.7 * ratios).mean() < best
    assert objective_terms(bound, 1.4 * ratios).mean() < best
