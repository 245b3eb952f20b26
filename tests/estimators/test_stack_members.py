import numpy as np
import pytest
from scipy import stats

from infoplane.estimators._labels._discriminant import Rules, fit_rules
from infoplane.estimators._labels._gaussianize import Gaussianization
from infoplane.estimators._labels._mixture import fit_mixture
from infoplane.estimators._labels._perceptron import fit_perceptron
from infoplane.estimators._labels._pool import pool_weights
from infoplane.estimators._labels._posterior_neighbours import NeighbourPosterior, discriminant_axes

from .known_truths import clusters, unrelated


def log_softmax(logits):
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)


def uncorrelated(x):
    centred = x - x.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    return left * sizes


def test_gaussianized_coordinates_are_normal_where_the_sources_were_not():
    rng = np.random.default_rng(0)
    sources = np.column_stack([np.sinh(2 * rng.normal(size=2000)), rng.exponential(size=2000), rng.normal(size=2000)])
    z = uncorrelated(sources @ np.linalg.qr(rng.normal(size=(3, 3)))[0])
    normal = Gaussianization.fit(z, np.arange(3), seed=0)(z)
    assert np.abs(stats.kurtosis(z)).max() > 5
    assert np.abs(stats.kurtosis(normal)).max() < 0.3
    assert normal.std(axis=0) == pytest.approx(z.std(axis=0), rel=0.05)


def test_normal_coordinates_stay_where_they_are_and_others_untouched():
    z = uncorrelated(np.random.default_rng(1).normal(size=(3000, 5)))
    changed = Gaussianization.fit(z, np.array([0, 2, 3]), seed=0)(z)
    assert (changed[:, [1, 4]] == z[:, [1, 4]]).all()
    for column in (0, 2, 3):
        assert np.corrcoef(changed[:, column], z[:, column])[0, 1] > 0.99


def test_too_few_samples_for_directions_leave_the_rest():
    z = uncorrelated(np.random.default_rng(2).normal(size=(30, 8)))
    changed = Gaussianization.fit(z, np.arange(8), seed=0)
    assert len(changed.chosen) == 3
    assert (changed(z)[:, 3:] == z[:, 3:]).all()


def test_one_component_is_the_discriminant():
    x, labels = clusters(3, 4, 1.0, 200, seed=0)
    spread, relevance = np.ones(4), np.ones(4)
    rules = fit_rules(x, labels[None], 3, spread=spread, weight=0.9)
    mixture = fit_mixture(x, labels, 3, 1, relevance=relevance, spread=spread, weight=0.9, seed=0)
    expected = rules.scores(x)[0] + rules.log_prior
    assert mixture.logits(x) == pytest.approx(expected)


@pytest.mark.parametrize("components", [2, 4])
def test_components_find_the_clusters_of_a_class(components):
    centres = np.array([[0, 0], [4, 0], [4, 4], [0, 4]])  # classes on the diagonals: equal means
    rng = np.random.default_rng(0)
    cluster = rng.integers(4, size=800)
    x = uncorrelated(centres[cluster] + 0.5 * rng.normal(size=(800, 2)))
    z, labels = x / x.std(axis=0), cluster % 2
    mixture = fit_mixture(z, labels, 2, components, relevance=np.zeros(2), spread=np.ones(2), weight=1.0, seed=0)
    assert (mixture.logits(z).argmax(axis=1) == labels).mean() > 0.99


def test_a_network_learns_what_no_line_separates():
    x = np.random.default_rng(0).normal(size=(1200, 2))
    labels = (x[:, 0] * x[:, 1] > 0).astype(int)
    network = fit_perceptron(x[:900], labels[:900], 2, relevance=np.ones(2), steps=(30, 400), seed=0)
    early, late = (log_softmax(one)[np.arange(300), labels[900:]].mean() for one in network.logits(x[900:]))
    assert late > early
    assert late > -0.2


def test_a_network_reads_the_coordinates_that_matter():
    x, labels = unrelated(2, 200, 50, seed=0)
    relevance = np.zeros(200)
    relevance[[7, 150]] = 1, 0.5
    network = fit_perceptron(x, labels, 2, relevance=relevance, steps=(2,), seed=0)
    assert list(network.inputs[:3]) == [7, 150, 0]
    assert len(network.inputs) == 128
    assert network.scale[0] / network.scale[2] == pytest.approx(10)


def test_neighbours_count_classes_and_add_the_prior():
    points = np.arange(6.0)[:, None]
    posterior = NeighbourPosterior(np.ones((1, 1)), points, np.array([0, 0, 0, 1, 1, 1]), np.array([0.5, 0.5]), (2, 4))
    shares = np.exp(posterior.logits(np.array([[0.1], [2.6]])))
    assert shares[0] == pytest.approx(np.array([[3 / 4, 1 / 4], [2 / 4, 2 / 4]]))
    assert shares[1] == pytest.approx(np.array([[4 / 6, 2 / 6], [3 / 6, 3 / 6]]))


def test_axes_keep_the_distances_of_the_scores():
    weights = np.random.default_rng(0).normal(size=(1, 3, 5))
    rules = Rules(weights, np.zeros((1, 3)), np.log(np.full((1, 3), 1 / 3)))
    z = np.random.default_rng(1).normal(size=(2, 5))
    centred = rules.scores(z)[0] - rules.scores(z)[0].mean(axis=1, keepdims=True)
    expected = ((centred[0] - centred[1]) ** 2).mean()
    apart = (z[0] - z[1]) @ discriminant_axes(rules)
    assert apart @ apart == pytest.approx(expected)


def test_weights_of_a_pool():
    rng = np.random.default_rng(0)
    logits = 2 * rng.normal(size=(4000, 3))
    labels = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    noise = rng.normal(size=logits.shape)
    flat = np.zeros_like(logits)
    assert pool_weights(np.stack([logits, noise]), flat, labels) == pytest.approx([1, 0], abs=0.1)
    assert pool_weights(np.stack([2 * logits, -logits]), flat, labels) == pytest.approx([0.5, 0], abs=0.05)
    assert pool_weights(np.stack([noise, noise]), logits, labels)[0] < 0.1
    assert (pool_weights(flat[None], logits, labels) == 0).all()


def test_two_rules_that_know_different_things_are_both_used():
    rng = np.random.default_rng(1)
    parts = rng.normal(size=(2, 3000, 3))
    labels = (parts.sum(axis=0) + rng.gumbel(size=(3000, 3))).argmax(axis=1)
    assert pool_weights(parts, np.zeros((3000, 3)), labels) == pytest.approx([1, 1], abs=0.15)
