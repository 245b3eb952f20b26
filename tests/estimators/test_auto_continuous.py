import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.estimators._critics._auto_continuous import auto_continuous

from .known_truths import CORRELATED, correlated
from .test_critic import rings
from .test_neural import FOLDED


def heavy(samples, seed=0):
    """X and Y of one bivariate pair of Student vectors: no correlation, one common scale."""
    rng = np.random.default_rng(seed)
    scale = np.sqrt(rng.chisquare(1, size=(samples, 1)))
    return rng.normal(size=(samples, 2)) / scale, rng.normal(size=(samples, 2)) / scale


def test_one_dimension_goes_to_neighbours():
    estimate = auto_continuous(*correlated(0.9, 1000, 0))
    assert estimate.estimator == "auto: ksg(k=3), 1 + 1 dimensions"
    assert estimate.low <= CORRELATED[0.9] <= estimate.high


def test_one_dimension_may_have_any_scale():
    x, y = correlated(0.9, 500, 0)
    assert auto_continuous(np.exp(3 * x), y).value == pytest.approx(auto_continuous(x, y).value, abs=1e-12)


def test_normal_vectors_go_to_the_copula_without_a_warning():
    estimate = auto_continuous(*correlated(0.5, 400, 0, pairs=4))
    assert estimate.estimator.startswith("auto: copula")
    assert estimate.estimator.endswith("4 + 4 dimensions, a critic adds nothing")
    assert estimate.low <= 4 * CORRELATED[0.5] <= estimate.high
    assert estimate.flags == ("no_null",)


def test_wide_vectors_go_to_pairs():
    x, y = correlated(0.9, 150, 0, pairs=2)
    noise = np.random.default_rng(1).normal(size=(2, 150, 20))
    estimate = auto_continuous(np.hstack([3 * x, 0.3 * noise[0]]), np.hstack([3 * y, 0.3 * noise[1]]))
    assert estimate.estimator.startswith("auto: canonical_pairs")
    assert estimate.kind == "lower_bound"
    assert estimate.low <= 2 * CORRELATED[0.9]


def test_common_tails_go_to_the_student_copula():
    """The truth, 0.432 nats, is by Czyz et al. 2023 (two plus two dimensions, one degree of freedom)."""
    estimate = auto_continuous(*heavy(900))
    assert estimate.estimator.startswith("auto: student_copula")
    assert estimate.low <= 0.432 <= estimate.high


def test_dependence_without_correlation_goes_to_the_critic():
    estimate = auto_continuous(*rings(500))
    assert estimate.estimator.startswith("auto: critic(midpoint")
    assert "beyond Gaussian pairs" in estimate.estimator
    assert estimate.kind == "estimate"
    assert estimate.low <= FOLDED <= estimate.high


def test_a_critic_that_may_have_missed_something_says_so():
    x, y = rings(300)
    rng = np.random.default_rng(1)
    estimate = auto_continuous(np.hstack([x, rng.normal(size=(300, 4))]), np.hstack([y, rng.normal(size=(300, 4))]))
    assert not estimate.estimator.startswith("auto: critic") or "not_exhausted" in estimate.flags
    assert estimate.value > FOLDED - 0.3 or set(estimate.flags) - {"no_null"}


@pytest.mark.parametrize("width", [1, 3])
def test_independence(width):
    rng = np.random.default_rng(0)
    estimate = auto_continuous(rng.normal(size=(200, width)), rng.normal(size=(200, width)))
    assert estimate.low <= 0 <= estimate.high


def test_a_null_repeats_the_choice():
    x, y = correlated(0.9, 60, 0, pairs=2)
    estimate = auto_continuous(x, y, permutations=3)
    assert estimate.p_value == pytest.approx(1 / 4)
    assert estimate.null_mean < estimate.value
    assert "few_permutations" in estimate.flags


def test_constant_columns_are_left_out():
    x, y = correlated(0.9, 200, 0)
    padded = np.hstack([x, np.ones((200, 7))])
    assert auto_continuous(padded, y) == auto_continuous(x, y)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.ones((20, 3)), np.arange(20.0), "constant"),
        (np.arange(20.0), np.arange(19.0), "equal lengths"),
        (np.full(20, np.inf), np.arange(20.0), "infinity"),
        (np.random.default_rng(0).normal(size=(4, 3)), np.random.default_rng(1).normal(size=(4, 3)), "folds"),
    ],
)
def test_bad_input(x, y, message):
    with pytest.raises(InputError, match=message):
        auto_continuous(x, y)
