import numpy as np
import pytest

from infoplane.estimators import ksg, ross
from infoplane.estimators._nearest._near import prepared
from infoplane.estimators._nearest._near_null import ksg_null, ross_null
from infoplane.estimators._nearest._neighbours import ksg_terms, ross_terms
from infoplane.estimators._permute import permute_labels, permute_rows

from .known_truths import clusters, correlated


@pytest.mark.parametrize("pairs", [1, 3])
def test_the_null_of_ksg_is_what_estimating_anew_gives(pairs):
    x, y = (prepared(side, "x", 3) for side in correlated(0.8, 300, 0, pairs))
    orders = permute_rows(np.arange(300), np.zeros(300, dtype=int), 4, 1)
    anew = [ksg_terms(x, y[order], 3).terms.mean() for order in orders]
    np.testing.assert_allclose(ksg_null(x, y, orders, 3), anew, atol=1e-12)


@pytest.mark.parametrize("width", [1, 4])
def test_the_null_of_ross_is_what_estimating_anew_gives(width):
    x, labels = clusters(4, width, 1.0, 300, seed=2)
    labels[0], labels[1:3] = 4, 5  # a class of one, and one smaller than k + 1
    x, draws = prepared(x, "x", 3), permute_labels(labels, None, 4, 3)
    anew = [ross_terms(x, draw, 3).terms.mean() for draw in draws]
    np.testing.assert_allclose(ross_null(x, draws, 3), anew, atol=1e-12)


def test_many_permutations_in_batches_are_the_same(monkeypatch):
    x, y = correlated(0.5, 200, 4, pairs=2)
    whole = ksg(x, y, permutations=9)
    monkeypatch.setattr("infoplane.estimators._nearest._near_null._HELD", 500)
    assert ksg(x, y, permutations=9) == whole
    labels = (y[:, 0] > 0).astype(int)
    apart = ross(x, labels, permutations=9)
    monkeypatch.setattr("infoplane.estimators._nearest._near_null.MOST_LISTED", 10)
    assert ross(x, labels, permutations=9).null_mean == pytest.approx(apart.null_mean, abs=1e-12)
