"""Intervals cover and p-values are uniform: the benchmark's cases with fewer draws and wider thresholds."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from infoplane.estimators import ESTIMATORS, discrete_information

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))  # the same cases, whether tested or measured

from known import coverage

SEEDS = 20
DRAWS = 40
CASES = {f"{case.name}, {number}": case for number, case in enumerate(coverage.cases())}
QUICK = [name for name in ESTIMATORS if name not in coverage.TRAINED]


@pytest.mark.parametrize("name", CASES)
def test_intervals_cover_the_truth_and_are_not_wider_than_they_must(name):
    case = CASES[name]
    found = [coverage.estimated(case, seed) for seed in range(SEEDS)]
    covered = sum(one.low <= case.truth <= one.high for one in found)
    assert covered >= 15  # at 90 % less than this has a chance of 1 %
    values, widths = (np.array(one) for one in zip(*((one.value, one.high - one.low) for one in found), strict=True))
    assert widths.mean() < 12 * values.std()  # 4 suffice; subsampling and ranges of bounds are wider


def test_intervals_do_not_cover_what_is_not_the_truth():
    case = CASES["channel of 4 letters, 0"]
    assert coverage.coverage(case, SEEDS).reached
    assert not coverage.coverage(replace(case, truth=case.truth + 0.15), SEEDS).reached


@pytest.mark.parametrize("bound", [bound for bound in coverage.bound_cases() if not bound.slow], ids=str)
def test_lower_bounds_stay_below_and_cover_what_their_rules_score_on_fresh_draws(bound):
    below, covers = coverage.bounds(bound, 8, 20_000)
    assert below.ours == 1
    assert covers.ours >= 6 / 8


@pytest.mark.parametrize("grouped", [False, True], ids=["samples", "groups"])
@pytest.mark.parametrize("name", QUICK)
def test_p_values_of_independent_data_are_uniform(name, grouped):
    found = coverage.p_values(name, DRAWS, 100, grouped=grouped)
    assert coverage.ks_test(name, found) > 0.001


def test_p_values_of_grouped_data_without_their_groups_are_too_small():
    """What the test of grouped data can tell: labels shared by a group, permuted one by one, look informative."""
    groups = np.arange(100) // coverage.IN_A_GROUP
    found = []
    for draw in range(DRAWS):
        rng = np.random.default_rng(draw)
        x, y = (coverage.independent("discrete", 100, rng, groups) for _ in range(2))
        found.append(discrete_information(x, y, permutations=coverage.PERMUTATIONS, seed=draw).p_value)
    assert stats.kstest(found, "uniform").pvalue < 1e-4


@pytest.mark.parametrize(
    ("drawn", "truth"),
    [
        (coverage.channel, coverage.channel_information()),
        (coverage.steps, coverage.steps_information()),
    ],
)
def test_the_truths_are_what_counting_many_draws_finds(drawn, truth):
    x, y = drawn(200_000, np.random.default_rng(0))
    if y.dtype.kind == "f":
        y = np.floor(4 * y).astype(int)  # uniform between whole numbers: finer cells add nothing
        x = x.astype(int)
    assert discrete_information(x, y).value == pytest.approx(truth, abs=0.005)
