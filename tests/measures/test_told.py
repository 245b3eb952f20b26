"""What is told is never the example's own label, and its odds are counted among the labels."""

import numpy as np
import pytest

from infoplane.measures._told import log_odds, log_share, other_labels


def test_told_labels_are_others_that_serve_equally_often() -> None:
    gold = np.repeat(np.arange(4), 30)
    told = other_labels(gold, 4, seed=0)
    assert (told != gold).all()
    assert np.bincount((told - gold) % 4).tolist() == [0, 40, 40, 40]
    assert not np.array_equal(told, other_labels(gold, 4, seed=1))


def test_with_two_labels_the_other_one_is_told() -> None:
    assert other_labels(np.array([0, 1, 1]), 2, seed=0).tolist() == [1, 0, 0]


def test_odds_and_shares_are_among_the_labels_whatever_else_the_model_could_say() -> None:
    scores = np.log([[0.2, 0.1, 0.1], [0.02, 0.01, 0.01]])
    told = np.array([0, 1])
    assert log_odds(scores, told) == pytest.approx(np.log([1.0, 1 / 3]))
    assert log_share(scores, told) == pytest.approx(np.log([0.5, 0.25]))


def test_the_odds_of_a_near_certain_label_stay_finite() -> None:
    assert log_odds(np.array([[0.0, -800.0]]), np.array([0])) == pytest.approx(800.0)
