import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from infoplane._errors import InputError
from infoplane.estimators import gaussian

from .gaussian_truths import autoregression, clusters_seen_twice, pairs_of, turned
from .known_truths import CORRELATED, correlated, jittered


@pytest.mark.parametrize(("rho", "truth"), CORRELATED.items())
def test_a_bivariate_normal(rho, truth):
    found = gaussian(*correlated(rho, 20_000, seed=0))
    assert found.value == pytest.approx(truth, abs=0.015)
    assert found.low < truth < found.high


@pytest.mark.parametrize("pairs", [3, 8])
def test_independent_pairs_add_up(pairs):
    found = gaussian(*turned(pairs, 0.9, 10_000, 1))
    assert found.value == pytest.approx(pairs * CORRELATED[0.9], abs=3 * np.sqrt(pairs * 0.81 / 10_000))


@pytest.mark.parametrize(("pairs", "samples", "rho"), [(1, 10, 0.5), (4, 20, 0.0), (4, 20, 0.8)])
def test_there_is_no_bias_at_any_number_of_samples(pairs, samples, rho):
    found = np.array([gaussian(*correlated(rho, samples, seed, pairs)).value for seed in range(400)])
    assert abs(found.mean() - pairs_of(rho, pairs)) < 3.5 * stats.sem(found)


@pytest.mark.parametrize(("pairs", "samples", "rho"), [(1, 50, 0.0), (1, 200, 0.5), (5, 200, 0.5), (5, 200, 0.9)])
def test_intervals_cover_the_truth(pairs, samples, rho):
    found = [gaussian(*correlated(rho, samples, seed, pairs)) for seed in range(100)]
    assert np.mean([one.low <= pairs_of(rho, pairs) <= one.high for one in found]) >= 0.90


def test_transfer_entropy_of_an_autoregression():
    x, y = autoregression(20_000, seed=0)
    forth, back = gaussian(x[:-1], y[1:], given=y[:-1]), gaussian(y[:-1], x[1:], given=x[:-1])
    assert forth.value == pytest.approx(0.07421, abs=0.01)
    assert forth.low < 0.07421 < forth.high
    assert back.low <= 0 <= back.high < 0.001


def test_a_common_cause_is_taken_out():
    rng = np.random.default_rng(0)
    cause = rng.normal(size=(2000, 2))
    x, y = (cause + rng.normal(size=(2000, 2)) for _ in range(2))
    assert gaussian(x, y).value > 0.2
    beside = gaussian(x, y, given=cause, permutations=100)
    assert beside.low < 0 < beside.high
    assert beside.p_value > 0.02


def test_p_values_are_uniform_without_information():
    rng = np.random.default_rng(1)
    values = []
    for seed in range(200):
        cause = rng.normal(size=(40, 1))
        x, y = cause + rng.normal(size=(40, 2)), cause + rng.normal(size=(40, 1))
        values.append(gaussian(x, y, given=cause, permutations=19, seed=seed).p_value)
    assert stats.kstest(jittered(values, 19), "uniform").pvalue > 0.01


def test_information_stands_out_of_its_null():
    found = gaussian(*correlated(0.5, 200, seed=0), permutations=99)
    assert found.p_value == pytest.approx(0.01)
    assert abs(found.null_mean) < 0.005


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), p=st.integers(1, 4), q=st.integers(1, 4))
def test_invertible_linear_maps_and_order_do_not_matter(seed, p, q):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(60, p))
    y = 0.5 * x[:, [0] * q] + rng.normal(size=(60, q))
    first = gaussian(x, y)
    mapped = gaussian(y @ rng.normal(size=(q, q)) * 1e3 + 7, x @ rng.normal(size=(p, p)))
    assert mapped.value == pytest.approx(first.value, abs=1e-6)
    assert (mapped.low, mapped.high) == pytest.approx((first.low, first.high), abs=1e-6)


def test_redundant_and_constant_columns_change_nothing():
    x, y = correlated(0.5, 300, seed=2, pairs=2)
    wide = np.hstack([x, x.sum(axis=1, keepdims=True), np.ones((300, 1))])
    assert gaussian(wide, y).value == pytest.approx(gaussian(x, y).value, abs=1e-9)


def test_copies_in_groups_widen_the_interval():
    x, y = correlated(0.5, 200, seed=3)
    groups = np.repeat(np.arange(200), 5)
    copied = gaussian(np.repeat(x, 5, axis=0), np.repeat(y, 5, axis=0), groups=groups)
    alone = gaussian(x, y)
    assert copied.high - copied.low == pytest.approx(alone.high - alone.low, rel=0.05)


def test_normal_data_carry_no_warning():
    found = [gaussian(*turned(pairs, 0.7, 500, seed)).flags for seed in range(30) for pairs in (1, 4)]
    assert sum(flags != ("no_null",) for flags in found) <= 1


def test_data_that_are_not_normal_do():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(2000, 2))
    assert "heavy_tails" in gaussian(*rng.standard_t(2, size=(2, 2000))).flags
    assert "not_gaussian" in gaussian(x, (x**2).sum(axis=1) + rng.normal(size=2000)).flags
    assert "not_gaussian" in gaussian(*clusters_seen_twice(3, 2, 0.1, 1000, 0)).flags


def test_a_linear_function_is_infinite_information_and_said_to_be():
    x = np.random.default_rng(5).normal(size=(300, 2))
    found = gaussian(x, x @ [1.0, 2.0])
    assert found.flags == ("no_null", "deterministic")
    assert 10 < found.value < 16


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        (np.eye(6, 3), np.eye(6, 3)[::-1], {}, "6 samples in 6 dimensions"),
        (np.eye(30, 3), np.eye(29, 3), {}, "30 rows of x and 29 of y"),
        (np.eye(30, 3), np.eye(30, 2), {"given": np.ones(3)}, "30 rows of x and 3 of given"),
        (np.eye(30, 3), np.eye(30, 2), {"groups": np.zeros(30)}, "one group"),
        (np.eye(30, 3), np.eye(30, 2), {"confidence": 2}, "confidence 2"),
        (np.full((30, 1), np.nan), np.eye(30, 2), {}, "x with NaN"),
    ],
)
def test_bad_input_is_refused(x, y, options, message):
    with pytest.raises(InputError, match=message):
        gaussian(x, y, **options)
