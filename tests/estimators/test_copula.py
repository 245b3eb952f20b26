import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from infoplane._errors import InputError
from infoplane.estimators import copula, gaussian

from .gaussian_truths import autoregression, pairs_of, student
from .known_truths import CORRELATED, correlated, jittered


@pytest.mark.parametrize(("rho", "truth"), CORRELATED.items())
def test_warped_normals(rho, truth):
    x, y = correlated(rho, 20_000, seed=0)
    assert copula(np.exp(x), y**3).value == pytest.approx(truth, abs=0.015)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), power=st.sampled_from([3, 5]))
def test_monotone_changes_of_scale_change_nothing(seed, power):
    x, y = correlated(0.6, 80, seed, pairs=2)
    assert copula(np.exp(x), y**power).value == pytest.approx(copula(x, y).value, abs=1e-9)


@pytest.mark.parametrize(("pairs", "rho"), [(1, 0.0), (5, 0.9)])
def test_intervals_cover_the_truth_and_lie_around_it(pairs, rho):
    found = [copula(*correlated(rho, 200, seed, pairs)) for seed in range(100)]
    truth = pairs_of(rho, pairs)
    values = np.array([one.value for one in found])
    assert np.mean([one.low <= truth <= one.high for one in found]) >= 0.90
    assert abs(values.mean() - truth) < 3.5 * stats.sem(values)


def test_p_values_are_uniform_without_information():
    rng = np.random.default_rng(1)
    values = [copula(*rng.standard_t(1, (2, 50)), permutations=9, seed=seed).p_value for seed in range(80)]
    assert stats.kstest(jittered(values, 9), "uniform").pvalue > 0.01


def test_transfer_entropy_of_an_autoregression():
    x, y = autoregression(10_000, seed=0)
    assert copula(x[:-1], y[1:], given=y[:-1]).value == pytest.approx(0.07421, abs=0.012)


def test_heavy_tails_of_columns_are_no_matter_but_tails_that_come_together_are():
    x, y = correlated(0.7, 3000, seed=2)
    assert copula(np.sinh(3 * x), np.sinh(3 * y)).flags == ("no_null",)
    assert "heavy_tails" in gaussian(np.sinh(3 * x), np.sinh(3 * y)).flags
    assert {"heavy_tails", "not_gaussian"} <= set(copula(*student(2, 2, 3000, 3)[:2]).flags)


def test_ties_are_said():
    x, y = correlated(0.7, 500, seed=4)
    assert "ties" in copula(x.round(1), y).flags
    assert "ties" not in copula(x, y).flags


def test_the_seed_decides():
    x, y = correlated(0.7, 100, seed=5)
    assert copula(x, y, permutations=20, seed=1) == copula(x, y, permutations=20, seed=1)


def test_more_dimensions_than_samples_are_refused():
    with pytest.raises(InputError, match="use canonical_pairs"):
        copula(*correlated(0.5, 10, seed=6, pairs=6))
