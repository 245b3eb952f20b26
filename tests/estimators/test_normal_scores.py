import numpy as np
import pytest
from scipy import stats

from infoplane.estimators._normal._normal_scores import fit_ranks, normal_scores, tied_share


def test_scores_are_quantiles_of_ranks():
    assert normal_scores(np.array([[3.0], [10.0], [-1.0]]))[:, 0] == pytest.approx(stats.norm.ppf([0.5, 0.75, 0.25]))


def test_tied_values_share_their_mean_rank():
    assert fit_ranks(np.array([[1.0], [2.0], [2.0], [5.0]]))(np.array([[2.0]])) == pytest.approx(2.5 / 5)


def test_new_values_lie_between_their_neighbours_and_never_outside():
    ranks = fit_ranks(np.array([[0.0, 0.0], [1.0, 10.0]]))
    assert ranks(np.array([[0.5, 2.5], [-9.0, 99.0]])) == pytest.approx(np.array([[0.5, 1.25 / 3], [1 / 3, 2 / 3]]))


def test_no_column_gives_no_scores():
    assert normal_scores(np.empty((5, 0))).shape == (5, 0)


def test_the_share_of_ties_is_that_of_the_worst_column():
    assert tied_share(np.array([[1.0, 1.0], [2.0, 1.0], [3.0, 2.0], [4.0, 3.0]])) == 0.5
