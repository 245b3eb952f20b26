import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.estimators import gao_mixed, ksg, mutual_information, ross

from .known_truths import CORRELATED, correlated


def test_continuous_values_make_it_ksg():
    x, y = correlated(0.5, 400, 0)
    assert gao_mixed(x, y).value == pytest.approx(ksg(x, y).value, abs=1e-12)


def test_one_discrete_side_makes_it_nearly_ross():
    x = np.random.default_rng(1).random(3000)
    labels = np.floor(8 * x).astype(int)
    found = gao_mixed(x, labels)
    assert found.value == pytest.approx(np.log(8), abs=0.03)
    assert found.value == pytest.approx(ross(x, labels).value, abs=0.01)


def test_two_discrete_sides_make_it_nearly_a_count():
    rng = np.random.default_rng(2)
    x = rng.integers(3, size=2000)
    y = np.where(rng.random(2000) < 0.7, x, rng.integers(3, size=2000))
    assert gao_mixed(x, y).value == pytest.approx(mutual_information(x, y).value, abs=0.01)


def test_a_column_that_is_part_atom_part_density():
    """Half of the pairs are (5, 5), half correlated normals: I = H(1/2) + I(rho) / 2 (Gao et al. 2017, section 5)."""
    x, y = correlated(0.9, 4000, 3)
    atom = np.random.default_rng(3).random(4000) < 0.5
    x[atom], y[atom] = 5, 5
    found = gao_mixed(x, y)
    assert found.value == pytest.approx(np.log(2) + CORRELATED[0.9] / 2, abs=0.06)
    assert "duplicates" not in found.flags


def test_unrelated_mixtures_stay_inside_their_null():
    rng = np.random.default_rng(4)
    x = np.where(rng.random(300) < 0.5, 0.0, rng.normal(size=300))
    found = gao_mixed(x, rng.permutation(x), permutations=40)
    assert found.p_value > 0.02
    assert found.value == pytest.approx(found.null_mean, abs=0.1)


def test_text_is_refused():
    with pytest.raises(InputError, match="y of type"):
        gao_mixed(np.arange(8.0), list("abababab"))
