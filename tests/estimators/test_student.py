import numpy as np
import pytest
from scipy import stats

from infoplane._errors import InputError
from infoplane.estimators import student_copula
from infoplane.estimators._normal._student_ratio import fit_student

from .gaussian_truths import clusters_seen_twice, pairs_of, student
from .known_truths import correlated, jittered


@pytest.mark.parametrize(("freedom", "width", "truth"), [(1, 2, 0.43195), (2, 5, 0.44815)])
def test_dependence_without_correlation(freedom, width, truth):
    x, y, exact = student(freedom, width, 4000, seed=0)
    assert exact == pytest.approx(truth, abs=1e-5)
    found = student_copula(x, np.arcsinh(y))
    assert found.value == pytest.approx(truth, abs=0.04)
    assert found.kind == "lower_bound"
    assert fit_student(x, y).freedom == freedom


def test_normal_pairs_are_a_t_of_many_degrees_of_freedom():
    x, y = correlated(0.6, 3000, seed=1, pairs=3)
    assert fit_student(x, y).freedom >= 50
    assert student_copula(x, y).value == pytest.approx(pairs_of(0.6, 3), abs=0.05)


def test_all_pairs_of_rows_hold_the_pairs_themselves():
    x, y, _ = student(2, 2, 300, seed=2)
    rule = fit_student(x[:200], y[:200, :1])
    crossed = rule.log_ratios(x[200:], y[200:, :1])
    assert crossed.shape == (100, 100)
    assert np.diag(crossed) == pytest.approx(rule.log_ratio(x[200:], y[200:, :1]), abs=1e-9)
    assert [part.shape for part in rule.variates(x, y[:, :1])] == [(300, 1), (300, 1)]


def test_the_lower_end_is_a_bound():
    x, y, truth = student(3, 1, 200 * 60, seed=3)
    found = [student_copula(*rows) for rows in zip(np.split(x, 60), np.split(y, 60), strict=True)]
    assert np.mean([one.low <= truth for one in found]) >= 0.95
    assert np.mean([one.value for one in found]) <= truth


def test_clusters_do_not_lift_it_above_their_entropy():
    assert student_copula(*clusters_seen_twice(4, 3, 0.05, 800, seed=0)).value < np.log(4)


def test_p_values_are_uniform_without_information():
    rng = np.random.default_rng(4)
    values = [
        student_copula(*rng.normal(size=(2, 40)), permutations=9, folds=2, seed=seed).p_value for seed in range(60)
    ]
    assert stats.kstest(jittered(values, 9), "uniform").pvalue > 0.01


def test_unrelated_vectors_give_nothing():
    rng = np.random.default_rng(5)
    found = student_copula(rng.normal(size=(500, 3)), rng.normal(size=(500, 3)), permutations=20)
    assert found.value == pytest.approx(0, abs=0.02)
    assert "not_above_null" in found.flags


def test_too_many_dimensions_are_refused():
    with pytest.raises(InputError, match="100 samples in 24 dimensions"):
        student_copula(*correlated(0.5, 100, seed=6, pairs=12))
