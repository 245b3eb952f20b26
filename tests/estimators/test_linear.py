import numpy as np
import pytest
from scipy import stats

from infoplane._errors import InputError
from infoplane.estimators import linear_information

from .known_truths import CORRELATED, correlated, jittered


@pytest.mark.parametrize(("rho", "truth"), CORRELATED.items())
def test_a_bivariate_normal(rho, truth):
    assert linear_information(*correlated(rho, 4000, seed=0), noise=0).value == pytest.approx(truth, abs=0.03)


@pytest.mark.parametrize("pairs", [3, 8])
def test_independent_pairs_add_up(pairs):
    x, t = correlated(0.9, 4000, 1, pairs)
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(pairs, pairs)))[0]
    found = linear_information(x @ rotation, t * np.geomspace(1, 100, pairs), noise=0)
    assert found.value == pytest.approx(pairs * CORRELATED[0.9], rel=0.03)


@pytest.mark.parametrize("noise", [0.1, 0.5, 2.0])
def test_noise_gives_a_deterministic_map_a_finite_value_below_its_ceiling(noise):
    x = np.random.default_rng(2).normal(size=(3000, 4))
    found = linear_information(x, x @ np.diag([1, 2, 3, 4]), noise=noise)
    assert found.ceiling == pytest.approx(2 * np.log1p(noise**-2))
    assert found.value == pytest.approx(found.ceiling, rel=0.05)
    assert f"noise={noise:g}" in found.estimator


def test_without_noise_a_copy_is_finite_and_has_no_ceiling():
    x = np.random.default_rng(3).normal(size=(500, 2))
    found = linear_information(x, x, noise=0)
    assert 10 < found.value < 40
    assert found.ceiling is None


def test_unrelated_wide_vectors_give_nothing():
    rng = np.random.default_rng(4)
    found = linear_information(rng.normal(size=(200, 50)), rng.normal(size=(200, 250)), permutations=40)
    assert found.value == pytest.approx(0, abs=0.02)
    assert found.null_mean == pytest.approx(0, abs=0.02)
    assert found.p_value > 0.02


def test_p_values_are_uniform_without_information():
    rng = np.random.default_rng(5)
    values = [
        linear_information(rng.normal(size=(60, 2)), rng.normal(size=(60, 2)), permutations=19, seed=s).p_value
        for s in range(200)
    ]
    assert stats.kstest(jittered(values, 19), "uniform").pvalue > 0.01


def test_intervals_cover_the_truth():
    found = [linear_information(*correlated(0.5, 400, seed), noise=0, seed=seed) for seed in range(80)]
    assert np.mean([one.low <= CORRELATED[0.5] <= one.high for one in found]) >= 0.87


def test_copies_in_groups_do_not_inform_each_other():
    rng = np.random.default_rng(6)
    x, t = (np.repeat(rng.normal(size=(40, 10)), 8, axis=0) for _ in range(2))
    grouped = linear_information(x, t, groups=np.repeat(np.arange(40), 8), permutations=40)
    assert grouped.value < 0.2
    assert grouped.p_value > 0.02
    assert linear_information(x, t).value > 1


def test_scale_and_order_of_rows_do_not_matter():
    x, t = correlated(0.7, 100, seed=7, pairs=3)
    groups, order = np.arange(100) // 2, np.random.default_rng(0).permutation(50)
    rows = (2 * order[:, None] + [0, 1]).ravel()
    first = linear_information(x, t, groups=groups, noise=0).value
    assert linear_information(1e3 * x[rows] - 5, t[rows] / 1e4, groups=groups[rows], noise=0).value == pytest.approx(
        first, abs=1e-6
    )


def test_more_components_than_columns_and_unequal_widths():
    x, t = correlated(0.9, 1000, seed=8, pairs=2)
    noise = np.random.default_rng(0).normal(size=(1000, 5))
    assert linear_information(x, np.hstack([t, noise]), noise=0).value == pytest.approx(2 * CORRELATED[0.9], rel=0.06)


def test_states_that_are_all_equal_say_nothing():
    found = linear_information(np.ones((100, 3)), np.random.default_rng(0).normal(size=(100, 3)), permutations=20)
    assert found.value == 0
    assert "constant_state" in found.flags


def test_what_kind_of_number_it_is_stands_in_the_flags():
    assert "gaussian_usable" in linear_information(*correlated(0.5, 50, seed=0)).flags


@pytest.mark.parametrize(
    ("options", "message"),
    [({"noise": -1}, "noise -1"), ({"components": 0}, "0 components"), ({"folds": 60}, "60 folds")],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        linear_information(*correlated(0.5, 50, seed=0), **options)


def test_unequal_lengths_are_refused():
    with pytest.raises(InputError, match="3 rows of x and 4 of t"):
        linear_information(np.zeros((3, 1)), np.zeros((4, 1)))
