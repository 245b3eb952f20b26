import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from infoplane.estimators._labels._discriminant import fit_rules, mean_shrinkage, shrunk_frequencies
from infoplane.estimators._whiten import fit_whitening

from .known_truths import clusters, unrelated


def fitted(x, labels, classes):
    whitening = fit_whitening(x)
    return whitening(x), fit_rules(
        whitening(x), np.atleast_2d(labels), classes, spread=whitening.spread, weight=whitening.weight
    )


def test_with_many_samples_it_is_the_linear_discriminant():
    x, labels = clusters(4, 3, 2.0, 20_000, seed=0)
    z, rules = fitted(x, labels, 4)
    log_odds = rules.scores(z)[0] + rules.log_prior
    log_odds -= np.logaddexp.reduce(log_odds, axis=1)[:, None]
    expected = LinearDiscriminantAnalysis().fit(x, labels).predict_log_proba(x)
    assert np.exp(log_odds) == pytest.approx(np.exp(expected), abs=0.01)


def test_the_inverse_is_that_of_total_minus_between():
    x, labels = clusters(3, 5, 1.0, 500, seed=1)
    z, rules = fitted(x, labels, 3)
    means = np.stack([z[labels == c].mean(axis=0) for c in range(3)])
    counts = np.bincount(labels)
    whitening = fit_whitening(x)
    means = means * mean_shrinkage(means[None], counts[None].astype(float), whitening.spread)
    between = np.einsum("k,kr,ks->rs", counts / 500, means, means)
    expected = np.linalg.solve(np.eye(5) - whitening.weight * between, means.T).T
    assert rules.weights[0] == pytest.approx(expected, rel=1e-4)


def test_many_label_vectors_give_the_same_rules_as_one_by_one():
    x, labels = unrelated(3, 6, 90, seed=2)
    several = np.stack([labels, labels[::-1], np.roll(labels, 7)])
    z, together = fitted(x, several, 3)
    for row, one in enumerate(several):
        assert fitted(x, one, 3)[1].scores(z)[0] == pytest.approx(together.scores(z)[row])


def test_without_information_class_means_vanish_and_with_it_they_stay():
    noise, labels = unrelated(8, 100, 2000, seed=3)
    assert np.abs(fitted(noise, labels, 8)[1].weights).mean() < 0.02
    signal, labels = clusters(8, 100, 3.0, 2000, seed=3)
    assert np.abs(fitted(signal, labels, 8)[1].weights).mean() > 1


def test_a_class_without_training_samples_gets_a_finite_score():
    x, labels = unrelated(2, 4, 40, seed=4)
    z, rules = fitted(x, labels, 3)
    assert np.isfinite(rules.scores(z) + rules.log_prior[:, None]).all()
    assert (rules.weights[0, 2] == 0).all()


def test_frequencies_are_pulled_to_equal_classes_only_as_far_as_chance_explains_them():
    near, far = shrunk_frequencies(np.array([[26.0, 24.0, 25.0, 25.0], [90.0, 5.0, 3.0, 2.0]]))
    assert near == pytest.approx(np.full(4, 0.25))
    assert far == pytest.approx([0.87, 0.05, 0.04, 0.03], abs=0.03)
    assert (near.sum(), far.sum()) == pytest.approx((1, 1))
