"""What steered numbers are judged against: nothing gives nothing, groups stay whole, p is uniform under the null."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest

from infoplane.estimators import Estimate
from infoplane.measures._contrast import against, group_weights, mean_row, ratio_row, swaps
from infoplane.measures._f1 import Tally
from infoplane.measures._numbers import Options
from infoplane.tasks import evaluate

GROUPS = np.arange(60) // 2
OPTIONS = Options(permutations=99, seed=3)
SHAPE = Estimate(value=0.0, units="score", n=60, estimator="ratio")


def test_a_number_that_is_its_control_differs_by_nothing() -> None:
    own = np.random.default_rng(0).normal(size=60)
    found = mean_row(own, own, GROUPS, OPTIONS)
    assert found.p_value == 1.0
    assert found.null_mean == pytest.approx(found.value)
    assert "like_control" in found.flags


def test_a_large_difference_is_as_rare_as_the_draws_can_say_in_both_directions() -> None:
    control = np.random.default_rng(1).normal(size=60)
    for shift in (5.0, -5.0):
        found = mean_row(control + shift, control, GROUPS, OPTIONS)
        assert found.p_value == pytest.approx(0.01)
        assert found.flags == ()


def test_p_values_are_uniform_where_plan_and_control_are_alike() -> None:
    rng = np.random.default_rng(2)
    drawn = [mean_row(*rng.normal(size=(2, 60)), GROUPS, Options(99, seed)).p_value for seed in range(200)]
    assert kstest(drawn, "uniform").pvalue > 0.01


def test_the_value_leaves_the_band_around_its_control_exactly_where_p_is_small() -> None:
    rng = np.random.default_rng(4)
    for shift in np.linspace(0, 0.6, 25):
        own, control = rng.normal(size=(2, 60))
        found = mean_row(own + shift, control, GROUPS, OPTIONS)
        outside = abs(found.value - found.null_mean) > found.null_high - found.null_mean
        assert outside == (found.p_value <= 0.05) == ("like_control" not in found.flags)


def test_groups_change_places_and_are_drawn_whole() -> None:
    for drawn in (swaps(GROUPS, OPTIONS), group_weights(GROUPS, 0)):
        assert np.array_equal(drawn[:, ::2], drawn[:, 1::2])
    assert swaps(GROUPS, OPTIONS).shape == (99, 60)
    assert group_weights(GROUPS, 0).sum(axis=1) == pytest.approx(60)


def test_without_permutations_the_number_says_that_it_has_no_null() -> None:
    assert "no_null" in mean_row(np.ones(60), np.zeros(60), GROUPS, Options(0, 0)).flags
    assert "few_permutations" in against(SHAPE, 1.0, np.ones(5)).flags


def test_a_ratio_is_that_of_the_means_with_the_control_at_its_own_price() -> None:
    gain, cost = np.full(60, 0.6), np.full(60, 0.2)
    found = ratio_row((gain, gain), (cost, 2 * cost), GROUPS, OPTIONS, SHAPE)
    assert (found.value, found.low, found.high) == pytest.approx((3.0, 3.0, 3.0))
    assert found.null_mean == pytest.approx(1.5)


def test_a_plan_that_costs_nothing_gives_nothing_per_nat_and_says_so() -> None:
    found = ratio_row((np.ones(60), np.ones(60)), (np.zeros(60), np.ones(60)), GROUPS, OPTIONS, SHAPE)
    assert (found.value, found.flags) == (0.0, ("no_dose",))


def test_the_interval_of_a_ratio_holds_the_truth_in_most_draws() -> None:
    rng, held = np.random.default_rng(5), 0
    for seed in range(100):
        cost = rng.gamma(4.0, 0.05, 60)
        gain = 3 * cost + rng.normal(0, 0.2, 60)
        found = ratio_row((gain, gain), (cost, cost), np.arange(60), Options(0, seed), replace(SHAPE, n=60))
        held += found.low <= 3 <= found.high
    assert held >= 88


def test_macro_f1_of_a_tally_is_that_of_the_task() -> None:
    rng = np.random.default_rng(6)
    true, given = rng.integers(5, size=(2, 80))
    given[given == 4] = 0  # one label is never given
    weights = rng.multinomial(80, np.full(80, 1 / 80), size=7).astype(float)
    found = Tally.of(true, given, 5, weights).macro_f1
    rows = [np.repeat(np.arange(80), draw.astype(int)) for draw in weights]
    assert found == pytest.approx([evaluate(("macro_f1",), true[row], given[row], 5)["macro_f1"] for row in rows])
