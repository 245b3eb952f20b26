import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.estimators import kozachenko_leonenko, weighted_kl, weighted_kl_entropy
from infoplane.estimators._nearest._kozachenko import entropy_weights

from .known_truths import correlated

NORMAL = 0.5 * np.log(2 * np.pi * np.e)


@pytest.mark.parametrize(
    ("dimensions", "weights"),
    [
        (3, [1, 0, 0, 0, 0]),
        (5, [1.5406, 0.6696, 0.0599, -0.4278, -0.8424]),
        (8, [9.854, -7.669, -7.230, -1.205, 7.250]),
        (10, [13.875, -12.227, -10.543, -1.213, 11.108]),
    ],
)
def test_weights_that_cancel_the_bias(dimensions, weights):
    np.testing.assert_allclose(entropy_weights(dimensions, 5), weights, atol=6e-4)
    assert entropy_weights(dimensions, 12).sum() == pytest.approx(1)


@pytest.mark.parametrize("estimator", [kozachenko_leonenko, weighted_kl_entropy])
def test_entropy_of_normals_and_of_their_images(estimator):
    x = np.random.default_rng(0).normal(size=(4000, 2))
    found = estimator(x)
    assert found.value == pytest.approx(2 * NORMAL, abs=0.06)
    assert found.low < 2 * NORMAL < found.high
    assert estimator(x * [3, 0.1] + 5).value == pytest.approx(found.value + np.log(0.3), abs=1e-9)


def test_weighted_entropy_in_five_dimensions_is_invariant_under_linear_maps():
    x = np.random.default_rng(1).normal(size=(5000, 5))
    found = weighted_kl_entropy(x).value
    assert found == pytest.approx(5 * NORMAL, abs=0.1)
    mixing = np.random.default_rng(2).normal(size=(5, 5))
    moved = found + np.linalg.slogdet(mixing)[1]
    assert weighted_kl_entropy(x @ mixing).value == pytest.approx(moved, abs=1e-6)


@pytest.mark.parametrize("truth", [0.0, 1.0, 2.0, 3.0])
def test_weighted_information_between_two_pairs(truth):
    x, y = correlated(np.sqrt(1 - np.exp(-truth)), 5000, 0, pairs=2)
    assert weighted_kl(x, y).value == pytest.approx(truth, abs=0.12)


def test_weighted_information_of_unrelated_data_stays_inside_its_null():
    rng = np.random.default_rng(3)
    found = weighted_kl(rng.normal(size=(300, 2)), rng.normal(size=300), permutations=40)
    assert found.p_value > 0.02


def test_repeated_rows_are_flagged():
    x = np.repeat(np.random.default_rng(4).normal(size=(60, 2)), 5, axis=0)
    assert "duplicates" in kozachenko_leonenko(x).flags
    assert "duplicates" in weighted_kl_entropy(x).flags


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kozachenko_leonenko(np.ones(9)), "x with a constant column"),
        (lambda: kozachenko_leonenko([1.0, 2.0], k=2), "k = 2 neighbours among 2 samples"),
        (lambda: weighted_kl_entropy(np.arange(20.0)[:, None] * [1, 2]), "linear relation"),
        (lambda: weighted_kl(np.arange(9.0), np.arange(8.0)), "9 rows of x and 8 of y"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
