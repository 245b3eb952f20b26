import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infoplane.estimators import Estimate, copula, max_t, permute_labels, with_null
from infoplane.estimators._permute import permute_rows, permute_within

COUNTS = st.lists(st.integers(1, 4), min_size=3, max_size=12)


@settings(deadline=None)
@given(COUNTS, st.integers(0, 9))
def test_labels_of_whole_groups_are_exchanged(sizes, seed):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    labels = np.arange(len(sizes))[groups] % 3
    for draw in permute_labels(labels, groups, 5, seed):
        of_group = [set(draw[groups == group]) for group in range(len(sizes))]
        assert all(len(one) == 1 for one in of_group)
        assert sorted(one.pop() for one in of_group) == sorted(np.arange(len(sizes)) % 3)


def test_labels_that_vary_in_a_group_are_exchanged_between_samples():
    labels, groups = np.arange(6), np.array([0, 0, 0, 1, 1, 1])
    draws = permute_labels(labels, groups, 50, 0)
    assert (np.sort(draws) == labels).all()
    assert any(len({*draw[:3]} & {0, 1, 2}) not in (0, 3) for draw in draws)


def test_the_same_seed_gives_the_same_draws_whatever_is_measured():
    labels = np.array(["b", "a", "c", "a"] * 5)
    assert (permute_labels(labels, None, 7, 3) == permute_labels(labels, None, 7, 3)).all()
    assert (permute_labels(labels, None, 7, 3) != permute_labels(labels, None, 7, 4)).any()


def test_no_permutations_are_an_empty_table():
    assert permute_labels([0, 1, 0], permutations=0).shape == (0, 3)


@settings(deadline=None)
@given(st.lists(st.integers(0, 2), min_size=4, max_size=30), st.integers(0, 9))
def test_inside_strata_every_stratum_keeps_its_labels(strata, seed):
    strata = np.unique(strata, return_inverse=True)[1]
    labels = np.arange(len(strata))
    for draw in permute_within(labels, strata, labels, 3, seed):
        assert all(set(draw[strata == s]) == set(labels[strata == s]) for s in set(strata))


def test_inside_strata_all_orders_are_equally_likely():
    draws = permute_within(np.arange(3), np.zeros(3, dtype=int), np.arange(3), 6000, 0)
    counts = np.unique(draws, axis=0, return_counts=True)[1]
    assert len(counts) == 6
    assert counts.min() > 900


def test_inside_strata_groups_stay_whole():
    groups, strata = np.repeat(np.arange(10), 2), np.repeat([0, 1], 10)
    for draw in permute_within(groups, strata, groups, 5, 0):
        assert (draw[::2] == draw[1::2]).all()
        assert set(draw[:10]) == set(range(5))


def test_rows_stay_in_their_fold_and_groups_of_equal_size_stay_together():
    groups, folds = np.repeat(np.arange(8), 3), np.repeat([0, 1], 12)
    for rows in permute_rows(groups, folds, 10, 0):
        assert (folds[rows] == folds).all()
        assert sorted(rows) == list(range(24))
        assert all(len(set(groups[rows][groups == group])) == 1 for group in range(8))


def test_rows_of_a_group_come_from_one_group_whatever_the_sizes():
    groups = np.repeat(np.arange(20), np.arange(1, 21))
    for rows in permute_rows(groups, np.zeros(210, dtype=int), 10, 0):
        donors = [groups[rows][groups == group] for group in range(20)]
        assert all(len(set(donor)) == 1 for donor in donors)
        assert sorted(donor[0] for donor in donors) == list(range(20))
        assert all(len(set(rows[groups == group])) == min(len(d), d[0] + 1) for group, d in enumerate(donors))


def test_p_values_hold_for_groups_of_unequal_size():
    found = []
    for draw in range(40):
        rng = np.random.default_rng(draw)
        sizes = np.exp(rng.normal(size=20) + 1.5).astype(int) + 1
        groups = np.repeat(np.arange(20), sizes)
        x, y = (rng.normal(size=20)[groups] + 0.3 * rng.normal(size=len(groups)) for _ in range(2))
        found.append(copula(x, y, groups=groups, permutations=19, seed=draw).p_value)
    assert sum(p <= 0.05 for p in found) <= 6


def test_a_draw_that_differs_by_rounding_counts_as_equal():
    one = with_null(Estimate(value=1.0, n=5, estimator="e"), np.full(99, 1 - 1e-15))
    assert one.p_value == 1
    assert "not_above_null" in one.flags


def test_a_null_gives_mean_bound_and_a_p_value_that_is_never_zero():
    one = with_null(Estimate(value=1.0, n=5, estimator="e"), np.linspace(0, 0.5, 99))
    assert (one.null_mean, one.null_high, one.p_value) == pytest.approx((0.25, 0.5 * 94 / 98, 0.01))
    assert one.flags == ()


@pytest.mark.parametrize("permutations", [20, 100, 200])
def test_a_value_is_above_its_null_exactly_where_p_is_at_most_five_percent(permutations):
    draws = np.random.default_rng(0).permutation(permutations).astype(float)
    for value in np.arange(permutations) + 0.5:
        one = with_null(Estimate(value=value, n=5, estimator="e"), draws)
        assert ("not_above_null" in one.flags) is (one.p_value > 0.05)


def test_groups_of_unequal_size_keep_the_label_frequencies():
    labels, groups = np.repeat([0, 1], [80, 40]), np.concatenate([np.repeat(np.arange(40), 2), 40 + np.arange(40)])
    draws = permute_labels(labels, groups, 50, 0)
    assert (draws.sum(axis=1) == labels.sum()).all()


def test_a_value_inside_its_null_and_a_short_null_are_flagged():
    one = with_null(Estimate(value=0.1, n=5, estimator="e"), np.array([0.0, 0.1, 0.2]), estimator="renamed")
    assert one.flags == ("few_permutations", "not_above_null")
    assert one.p_value == pytest.approx(3 / 4)
    assert one.estimator == "renamed"


def test_without_draws_the_missing_null_stays_flagged():
    assert with_null(Estimate(value=0.1, n=5, estimator="e"), np.empty(0)).flags == ("no_null",)


def test_max_t_of_one_row_is_its_own_p_value():
    draws = np.random.default_rng(0).normal(size=(1, 199))
    assert max_t([2.5], draws)[0] == pytest.approx((1 + (draws >= 2.5).sum()) / 200)


def test_max_t_of_identical_rows_asks_no_price_and_of_independent_rows_asks_bonferronis():
    rng = np.random.default_rng(0)
    one = rng.normal(size=(1, 9999))
    same = max_t([2.5] * 9, np.repeat(one, 9, axis=0))[0]
    independent = max_t([2.5] * 9, rng.normal(size=(9, 9999)))[0]
    assert same == pytest.approx((1 + (one >= 2.5).sum()) / 10_000)
    assert independent == pytest.approx(9 * 0.0062, rel=0.15)


def test_max_t_holds_the_family_wise_error():
    rng = np.random.default_rng(5)
    smallest = []
    for _ in range(400):
        both = rng.normal(size=(9, 100)) * np.arange(1, 10)[:, None] + 0.5 * rng.normal(size=100)
        smallest.append(max_t(both[:, 0], both[:, 1:]).min())
    assert np.mean(np.array(smallest) <= 0.05) <= 0.08
    assert np.mean(np.array(smallest) <= 0.5) == pytest.approx(0.5, abs=0.08)


def test_max_t_of_a_null_without_spread_is_defined():
    assert max_t([1.0, 0.0], np.zeros((2, 99))).tolist() == [0.01, 1.0]
