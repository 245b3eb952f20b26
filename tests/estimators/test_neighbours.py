import numpy as np
import pytest
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from infoplane._errors import InputError
from infoplane.estimators import ksg, read_labels, ross

from .known_truths import CORRELATED, TWO_CLASSES, clusters, correlated, two_classes, unrelated


@pytest.mark.parametrize(("separation", "truth"), TWO_CLASSES.items())
def test_ross_on_two_gaussian_classes(separation, truth):
    assert ross(*two_classes(separation, 4000, seed=0)).value == pytest.approx(truth, abs=0.03)


@pytest.mark.parametrize(("rho", "truth"), CORRELATED.items())
def test_ksg_on_a_bivariate_normal(rho, truth):
    assert ksg(*correlated(rho, 4000, seed=0)).value == pytest.approx(truth, abs=0.03)


def test_ksg_on_two_pairs():
    assert ksg(*correlated(0.9, 4000, 1, pairs=2)).value == pytest.approx(2 * CORRELATED[0.9], abs=0.06)


def test_both_agree_with_scikit_learn_in_one_dimension():
    x, labels = two_classes(1, 500, seed=2)
    expected = mutual_info_classif(x[:, None] / x.std(), labels, n_neighbors=3, random_state=0)[0]
    assert ross(x, labels).value == pytest.approx(expected, abs=1e-6)
    x, y = correlated(0.5, 500, seed=2)
    assert ksg(x, y).value == pytest.approx(
        mutual_info_regression(x, y[:, 0], n_neighbors=3, random_state=0)[0], abs=1e-6
    )


def test_scale_does_not_matter_and_ksg_is_symmetric():
    x, y = correlated(0.5, 300, seed=3)
    assert ksg(1e6 * x, 1e-6 * y).value == pytest.approx(ksg(x, y).value, abs=1e-9)
    assert ksg(y, x).value == pytest.approx(ksg(x, y).value, abs=1e-12)


@pytest.mark.parametrize("groups", [None, np.arange(200) // 2])
def test_unrelated_data_stay_inside_their_null(groups):
    x, labels = unrelated(3, 2, 200, seed=4)
    for found in (
        ross(x, labels, groups=groups, permutations=40),
        ksg(x[:, 0], x[:, 1], groups=groups, permutations=40),
    ):
        assert found.p_value > 0.02
        assert found.null_mean == pytest.approx(0, abs=0.03)


def test_a_class_of_one_sample_is_left_out_and_small_classes_use_what_they_have():
    x, labels = clusters(2, 2, 3.0, 100, seed=5)
    labels[0], labels[1:3] = 5, 6
    assert np.isfinite(ross(x, labels).value)


def test_many_dimensions_and_duplicates_are_flagged():
    x, labels = clusters(3, 6, 1.0, 120, seed=6)
    assert "knn_bias" in ross(x, labels).flags
    assert "knn_bias" not in ross(x[:, :5], labels).flags
    assert "knn_bias" in ksg(x, x[:, :1]).flags
    assert "duplicates" in ross(np.repeat(x[:30], 4, axis=0), np.repeat(labels[:30], 4)).flags
    assert "duplicates" in ksg(np.repeat(x[:30, 0], 4), np.repeat(x[:30, 1], 4)).flags


def test_both_variants_of_ksg_agree_and_normal_scores_forget_the_scale():
    x, y = correlated(0.9, 4000, 9)
    assert ksg(x, y, variant=2).value == pytest.approx(CORRELATED[0.9], abs=0.03)
    plain, warped = (ksg(one, y, transform="normal_scores") for one in (x, np.sinh(3 * x)))
    assert warped.value == plain.value
    assert plain.value == pytest.approx(CORRELATED[0.9], abs=0.03)


def test_heavy_tails_and_values_near_the_logarithm_of_n_are_flagged():
    x = np.random.default_rng(10).standard_cauchy(1000)
    assert "heavy_tails" in ksg(x, x[::-1].copy()).flags
    assert "heavy_tails" not in ksg(x, x[::-1].copy(), transform="normal_scores").flags
    line = np.random.default_rng(11).normal(size=1000)
    assert "saturated_log_n" in ksg(line, line).flags
    assert "saturated_log_n" not in ksg(*correlated(0.9, 1000, 11)).flags


def test_a_million_rows_run_on_a_line_and_say_what_many_columns_would_need(monkeypatch):
    monkeypatch.setattr("infoplane.estimators._nearest._near._LONGEST", 1e-4)
    x, y = correlated(0.5, 2000, 12)
    assert np.isfinite(ksg(x, y).value)
    with pytest.raises(InputError, match=r"2000 rows of 4 columns, about 8\.89e-07 hours"):
        ksg(np.hstack([x, y, x + y]), y)


def test_the_published_projection_leaks_the_label_and_a_label_free_one_does_not():
    """Projecting each state on the direction of its own label finds 2 nats of log 8 = 2.079 in pure noise."""
    directions = np.random.default_rng(7).normal(size=(8, 64))
    noise, labels = unrelated(8, 64, 800, seed=8)
    own = directions[labels]
    projected = (noise * own).sum(axis=1, keepdims=True) / (own**2).sum(axis=1, keepdims=True) * own
    assert ross(projected, labels).value == pytest.approx(2.0, abs=0.04)
    basis = np.linalg.svd(directions, full_matrices=False)[2].T
    fair = read_labels(noise @ basis, labels, permutations=40).information
    assert fair.value == pytest.approx(0, abs=0.01)
    assert fair.p_value > 0.02
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    planted = read_labels((noise + 3 * unit[labels]) @ basis, labels).information
    assert planted.value == pytest.approx(1.796, abs=0.06)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ross([1.0, 2.0, 3.0, 4.0], [0, 0, 1, 1], k=0), "k = 0 neighbours"),
        (lambda: ksg([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], k=3), "k = 3 neighbours"),
        (lambda: ross(np.ones(8), [0, 1] * 4), "x with constant columns only"),
        (lambda: ksg(np.arange(8.0), np.ones(8)), "y with constant columns only"),
        (lambda: ross(np.arange(8.0), [0, 1]), "8 rows of x and 2 of y"),
        (lambda: ksg(np.arange(8.0), np.arange(8.0), variant=3), "variant 3"),
        (lambda: ksg(np.arange(8.0), np.arange(8.0), transform="log"), "transform 'log'"),
        (lambda: ksg(np.arange(8) * 1j, np.arange(8.0)), "x of type complex128"),
        (lambda: ksg(np.array([None] * 8), np.arange(8.0)), "x of type object"),
        (lambda: ksg([], []), r"shape \(0,\)"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
