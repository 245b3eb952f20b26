import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.estimators import frenzel_pompe
from infoplane.estimators._nearest._frenzel_pompe import _exchanged


def chain(strength, samples, width, seed):
    """X and Y that both hold Z (n, width), and Y `strength` of X's own noise: I(X;Y|Z) = log(1 + strength^2) / 2."""
    rng = np.random.default_rng(seed)
    z, own = rng.normal(size=(samples, width)), rng.normal(size=samples)
    return z.sum(axis=1) + own, z.sum(axis=1) + strength * own + rng.normal(size=samples), z


@pytest.mark.parametrize(("width", "tolerance"), [(1, 0.03), (3, 0.06)])
def test_what_two_vectors_share_beyond_a_third(width, tolerance):
    x, y, z = chain(1.0, 4000, width, seed=0)
    assert frenzel_pompe(x, y, z).value == pytest.approx(np.log(2) / 2, abs=tolerance)


def test_a_common_cause_alone_stays_inside_its_null():
    x, y, z = chain(0.0, 500, 1, seed=1)
    found = frenzel_pompe(x, y, z, permutations=40)
    assert found.p_value > 0.02
    assert found.value == pytest.approx(0, abs=0.06)
    assert "not_above_null" not in frenzel_pompe(*chain(1.0, 500, 1, seed=1), permutations=40).flags


def test_the_null_keeps_what_the_condition_says():
    z = np.random.default_rng(2).normal(size=(400, 1))
    for order in _exchanged(z, 3, seed=0):
        assert np.abs(np.sort(z[order, 0]) - np.sort(z[:, 0])).max() < 0.6
        assert np.corrcoef(z[:, 0], z[order, 0])[0, 1] > 0.99
        assert len(set(order)) > 320


def test_many_columns_are_flagged_and_unequal_lengths_refused():
    x, y, z = chain(1.0, 200, 6, seed=3)
    assert "knn_bias" in frenzel_pompe(x, y, z).flags
    with pytest.raises(InputError, match="200 rows of x and 100 of given"):
        frenzel_pompe(x, y, z[:100])
