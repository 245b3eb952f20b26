import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from infoplane._errors import InputError
from infoplane.estimators import canonical_pairs, gaussian, linear_information, read_pairs
from infoplane.estimators._folds import group_folds
from infoplane.estimators._normal._variates import fit_pairs

from .gaussian_truths import clusters_seen_twice, pairs_of, turned
from .known_truths import CORRELATED, correlated, jittered


@pytest.mark.parametrize(("rho", "truth"), CORRELATED.items())
def test_a_bivariate_normal(rho, truth):
    found = canonical_pairs(*correlated(rho, 4000, seed=0))
    assert found.value == pytest.approx(truth, abs=0.03)
    assert found.kind == "lower_bound"


@pytest.mark.parametrize("pairs", [3, 8])
def test_independent_pairs_add_up(pairs):
    found = canonical_pairs(*turned(pairs, 0.9, 4000, 1))
    assert found.value == pytest.approx(pairs * CORRELATED[0.9], rel=0.03)


def _hidden_among_nuisance(samples, seed, width=40, pairs=4):
    """Pairs of correlation .9, the second side warped, turned into `width` columns of which some are far larger."""
    rng = np.random.default_rng([seed, 2])
    x, y = correlated(0.9, samples, seed, pairs)
    spread = np.repeat([4.0, 0.3], [8, width - pairs - 8])
    sides = []
    for signal in (x, np.sign(y) * np.abs(y) ** 1.5):
        rest = spread * rng.normal(size=(samples, width - pairs))
        sides.append(np.hstack([signal, rest]) @ np.linalg.qr(rng.normal(size=(width, width)))[0])
    return sides


def test_pairs_are_found_behind_larger_nuisance():
    found = canonical_pairs(*_hidden_among_nuisance(1000, seed=0), permutations=5)
    plain = linear_information(*_hidden_among_nuisance(1000, seed=0), components=40, noise=0)
    assert 0.8 * pairs_of(0.9, 4) < found.value < pairs_of(0.9, 4)
    assert found.value > plain.value
    assert abs(found.null_mean) < 0.02


def test_unrelated_wide_vectors_give_nothing():
    rng = np.random.default_rng(4)
    found = canonical_pairs(rng.normal(size=(200, 50)), rng.normal(size=(200, 250)), permutations=20)
    assert found.value == pytest.approx(0, abs=0.02)
    assert found.p_value > 0.02


def test_p_values_are_uniform_without_information():
    rng = np.random.default_rng(5)
    values = [
        canonical_pairs(*rng.normal(size=(2, 60, 2)), permutations=9, folds=3, seed=seed).p_value for seed in range(60)
    ]
    assert stats.kstest(jittered(values, 9), "uniform").pvalue > 0.01


def test_the_interval_covers_what_the_rules_give_on_fresh_draws():
    covered, below = [], []
    fresh = correlated(0.6, 20_000, seed=1000, pairs=3)
    for seed in range(30):
        x, y = correlated(0.6, 300, seed, pairs=3)
        found = canonical_pairs(x, y, seed=seed)
        folds = group_folds(np.arange(300), 5, seed)
        rules = [fit_pairs(x[folds != k], y[folds != k], folds[folds != k]) for k in range(5)]
        expected = np.mean([rule.log_ratio(*fresh).mean() for rule in rules])
        covered.append(found.low <= expected <= found.high)
        below.append(found.low <= pairs_of(0.6, 3))
    assert np.mean(covered) >= 0.90
    assert np.mean(below) >= 0.95


@pytest.mark.parametrize("clusters", [2, 8])
def test_clusters_do_not_lift_it_above_their_entropy(clusters):
    views = clusters_seen_twice(clusters, 3, 0.05, 800, seed=0)
    assert linear_information(*views, noise=0).value > np.log(clusters)
    assert canonical_pairs(*views).value < np.log(clusters)


def test_heavy_tails_and_warped_columns_do_no_harm():
    x, y = correlated(0.8, 2000, seed=6, pairs=3)
    found = canonical_pairs(np.sinh(4 * x), y**3)
    assert found.value == pytest.approx(pairs_of(0.8, 3), abs=0.12)


def test_all_pairs_of_rows_hold_the_pairs_themselves():
    x, y = correlated(0.8, 300, seed=7, pairs=3)
    rule = fit_pairs(x[:200], y[:200])
    assert np.diag(rule.log_ratios(x[200:], y[200:])) == pytest.approx(rule.log_ratio(x[200:], y[200:]), abs=1e-9)
    u, v = rule.variates(x, y)
    assert u.shape == v.shape == (300, 3)
    assert (u * v).mean(axis=0) == pytest.approx(0.8, abs=0.15)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000))
def test_invertible_linear_maps_and_order_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    x, y = correlated(0.7, 400, seed, pairs=3)
    first = canonical_pairs(x, y).value
    mapped = canonical_pairs(y @ (np.eye(3) + 0.2 * rng.normal(size=(3, 3))) - 5, 1e3 * x).value
    assert mapped == pytest.approx(first, abs=1e-4)


def test_copies_in_groups_do_not_inform_each_other():
    rng = np.random.default_rng(8)
    x, y = (np.repeat(rng.normal(size=(40, 6)), 8, axis=0) for _ in range(2))
    grouped = canonical_pairs(x, y, groups=np.repeat(np.arange(40), 8), permutations=20)
    assert grouped.value < 0.1
    assert grouped.p_value > 0.02


def test_a_copy_and_a_constant_are_said():
    x = np.random.default_rng(9).normal(size=(300, 2))
    assert "deterministic" in canonical_pairs(x, 3 * x).flags
    assert "constant_state" in canonical_pairs(x, np.ones((300, 2))).flags


@pytest.mark.parametrize(
    ("y", "options", "message"),
    [(np.zeros((49, 1)), {}, "50 rows of x and 49 of y"), (np.zeros((50, 1)), {"folds": 60}, "60 folds")],
)
def test_bad_input_is_refused(y, options, message):
    with pytest.raises(InputError, match=message):
        canonical_pairs(np.random.default_rng(0).normal(size=(50, 2)), y, **options)


def test_the_midpoint_lies_between_the_bound_and_the_truth():
    draws = [correlated(0.7, 500, seed, pairs=8) for seed in range(8)]
    exact = np.mean([gaussian(*draw).value for draw in draws])
    readings = [read_pairs(*draw) for draw in draws]
    bound, middle = (np.mean([getattr(one, name).value for one in readings]) for name in ("information", "midpoint"))
    assert bound < middle < exact + 0.02
    assert exact - middle < 0.7 * (exact - bound)
    assert readings[0].midpoint.kind == "estimate"


def test_a_common_cause_is_taken_out():
    cause, own, other, noise = np.random.default_rng(10).normal(size=(4, 1000, 30))
    x, y = cause + own, cause + other
    beside = canonical_pairs(x, y, given=cause, permutations=20)
    assert canonical_pairs(x, y).value > 2
    assert beside.value < 0.1
    assert beside.kind == "estimate"
    assert "linear_condition" in beside.flags
    assert canonical_pairs(x, cause + 0.8 * own + 0.6 * noise, given=cause).value > 0.7 * pairs_of(0.8, 30)
