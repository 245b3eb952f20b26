import numpy as np
import pytest
from scipy import stats

from infoplane._errors import InputError
from infoplane.estimators import bootstrap_mean, proportion


def test_the_interval_of_a_mean_is_that_of_students_t():
    scores = np.random.default_rng(0).normal(3, 2, size=400)
    one = bootstrap_mean(scores)
    low, high = stats.t.interval(0.95, 399, scores.mean(), stats.sem(scores))
    assert one.value == pytest.approx(scores.mean())
    assert (one.low, one.high) == pytest.approx((low, high), abs=0.03)


def test_few_groups_widen_the_interval_as_students_t_does():
    scores = np.random.default_rng(0).normal(size=12)
    one = bootstrap_mean(scores)
    low, high = stats.t.interval(0.95, 11, scores.mean(), stats.sem(scores))
    assert one.high - one.low == pytest.approx(high - low, rel=0.15)


def test_copies_inside_groups_add_no_certainty():
    scores = np.random.default_rng(1).normal(size=100)
    copied, groups = np.repeat(scores, 9), np.repeat(np.arange(100), 9)
    alone, grouped, naive = bootstrap_mean(scores), bootstrap_mean(copied, groups), bootstrap_mean(copied)
    assert (grouped.low, grouped.high) == pytest.approx((alone.low, alone.high))
    assert grouped.high - grouped.low > 2.5 * (naive.high - naive.low)


def test_intervals_of_a_skewed_mean_cover_it():
    rng = np.random.default_rng(2)
    covered = [
        one.low <= 1 <= one.high for one in (bootstrap_mean(rng.exponential(size=200), seed=s) for s in range(200))
    ]
    assert 0.9 <= np.mean(covered) <= 0.99


@pytest.mark.parametrize("samples", [4000, 100_000])
def test_many_samples_are_drawn_in_blocks_or_taken_as_normal(samples):
    one = bootstrap_mean(np.arange(samples) / samples)
    assert one.high - one.low == pytest.approx(2 * 1.96 * np.sqrt(1 / 12) / np.sqrt(samples), rel=0.1)
    paired = bootstrap_mean(np.repeat(np.arange(samples) / samples, 2), np.repeat(np.arange(samples), 2))
    assert paired.high - paired.low == pytest.approx(one.high - one.low, rel=0.1)


@pytest.mark.parametrize(("successes", "low", "high"), [(0, 0.0, 0.1611), (10, 0.2993, 0.7007), (20, 0.8389, 1.0)])
def test_wilsons_interval_of_twenty(successes, low, high):
    one = proportion(np.arange(20) < successes)
    assert (one.low, one.high) == pytest.approx((low, high), abs=1e-4)
    assert (one.units, one.ceiling, one.n) == ("fraction", 1.0, 20)


def test_groups_reduce_the_sample_to_what_it_is_worth():
    hits = np.random.default_rng(3).random(60) < 0.7
    alone = proportion(hits)
    grouped = proportion(np.repeat(hits, 4), np.repeat(np.arange(60), 4))
    assert (grouped.low, grouped.high) == pytest.approx((alone.low, alone.high), abs=0.005)  # t with 59, not normal
    assert grouped.low < alone.low


def test_groups_that_all_agree_count_as_one_sample_each():
    grouped = proportion(np.ones(1000, bool), np.arange(1000) // 200)
    assert grouped.low < proportion(np.ones(5, bool)).low


def test_groups_that_do_not_matter_cost_little():
    hits = np.random.default_rng(4).random(600) < 0.5
    plain, grouped = proportion(hits), proportion(hits, np.arange(600) // 2)
    assert plain.high - plain.low <= grouped.high - grouped.low < 1.2 * (plain.high - plain.low)


@pytest.mark.parametrize("confidence", [0, 1, 1.5])
def test_a_confidence_outside_zero_and_one_is_refused(confidence):
    with pytest.raises(InputError, match="between 0 and 1"):
        bootstrap_mean([1.0, 2.0], confidence=confidence)


def test_one_group_has_no_interval():
    with pytest.raises(InputError, match="one group of samples"):
        bootstrap_mean([1.0, 2.0], [7, 7])


def test_scores_must_be_finite():
    with pytest.raises(InputError, match="scores with NaN"):
        bootstrap_mean([1.0, np.nan])
