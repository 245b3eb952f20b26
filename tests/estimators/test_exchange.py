import numpy as np
import pytest

from infoplane.estimators._labels._exchange import exchange_null
from infoplane.estimators._permute import permute_labels


def sure(labels, classes, seed=0):
    """Log-probabilities (n, K) of a rule that is nearly always right and sure of it."""
    logits = np.random.default_rng(seed).normal(size=(len(labels), classes))
    logits[np.arange(len(labels)), labels] += 8
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)


def test_a_rule_that_is_sure_says_nothing_about_exchanged_labels():
    labels = np.random.default_rng(1).integers(8, size=500)
    information, accuracy = exchange_null(sure(labels, 8), permute_labels(labels, None, 200, 0))
    assert information.min() >= -1e-9
    assert information.mean() == pytest.approx(1 / (4 * 500), rel=0.4)
    assert accuracy.mean() == pytest.approx(1 / 8, abs=0.01)


def test_the_true_labels_stand_out_of_their_null():
    labels = np.random.default_rng(2).integers(3, size=60)
    true = exchange_null(sure(labels, 3), labels[None])[0]
    assert true > 0.9 > exchange_null(sure(labels, 3), permute_labels(labels, None, 99, 0))[0].max()
    assert exchange_null(sure(labels, 3), np.empty((0, 60), dtype=int))[0].shape == (0,)


def test_draws_do_not_depend_on_the_block_they_are_computed_in():
    labels = np.random.default_rng(3).integers(4, size=200)
    draws = permute_labels(labels, None, 7, 0)
    whole = exchange_null(sure(labels, 4), draws)[0]
    assert [float(exchange_null(sure(labels, 4), draw[None])[0][0]) for draw in draws] == pytest.approx(whole)
