import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf

from infoplane.estimators._whiten import _ledoit_wolf, fit_whitening


@pytest.mark.parametrize(("samples", "width"), [(200, 8), (30, 80)])
def test_the_shrinkage_is_that_of_ledoit_and_wolf(samples, width):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(samples, width)) @ rng.normal(size=(width, width))
    x -= x.mean(axis=0)
    product = x.T @ x if width <= samples else x @ x.T
    strength, mean_variance = _ledoit_wolf(x, product / samples)
    covariance, expected = ledoit_wolf(x, assume_centered=True)
    assert strength == pytest.approx(expected)
    assert covariance == pytest.approx((1 - strength) * x.T @ x / samples + strength * mean_variance * np.eye(width))


@pytest.mark.parametrize(("samples", "width"), [(300, 6), (40, 100)])
def test_training_coordinates_are_white_but_for_the_shrinkage(samples, width):
    x = np.random.default_rng(1).normal(3, 2, size=(samples, width)) * np.geomspace(1, 1e6, width)
    whitening = fit_whitening(x)
    z = whitening(x)
    assert z.shape[1] == min(width, samples - 1)
    assert z.mean(axis=0) == pytest.approx(np.zeros(z.shape[1]), abs=1e-8)
    assert z.T @ z / samples == pytest.approx(np.diag(whitening.spread), abs=1e-8)
    assert 0 <= whitening.weight < 1


def test_both_sides_of_the_eigenproblem_give_the_same_geometry():
    x = np.random.default_rng(2).normal(size=(50, 49))
    tall, wide = fit_whitening(x), fit_whitening(np.hstack([x, np.ones((50, 20))]))
    assert wide.axes.shape == (69, 49)
    a, b = tall(x), wide(np.hstack([x, np.ones((50, 20))]))
    shrunk_more = np.linalg.norm(b) / np.linalg.norm(a)
    assert 0.9 < shrunk_more < 1.1
    assert abs(np.corrcoef(a[:, 0], b[:, 0])[0, 1]) > 0.999


def test_the_unit_of_a_column_does_not_matter():
    x = np.random.default_rng(3).normal(size=(60, 4))
    first, second = fit_whitening(x)(x), fit_whitening(x * [1, 1e-3, 1e5, 7])(x * [1, 1e-3, 1e5, 7])
    assert np.abs(second) == pytest.approx(np.abs(first), abs=1e-8)


def test_components_are_the_leading_ones():
    x = np.random.default_rng(4).normal(size=(60, 10))
    assert np.abs(fit_whitening(x, components=3)(x)) == pytest.approx(np.abs(fit_whitening(x)(x)[:, :3]))


def test_states_that_are_all_equal_have_no_coordinates():
    assert fit_whitening(np.full((20, 5), 3.7))(np.full((2, 5), 3.7)).shape == (2, 0)
