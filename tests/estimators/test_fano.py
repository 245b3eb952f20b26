import math

import numpy as np
import pytest
from scipy import optimize

from infoplane._errors import InputError
from infoplane.estimators import fano_equivocation, fano_list_equivocation, fano_prior_equivocation
from infoplane.estimators._recovery._fano import equivocation, largest_equivocation, without_guess

from .token_channels import information, symmetric, zipf

BITS = math.log(2)
# Entropy in bits of Zipf's law over the vocabularies of common tokenizers.
ZIPF = {1000: 7.489, 30_522: 10.492, 50_257: 10.915, 128_256: 11.704}


def entropy(share):
    return -(share * np.log(share)).sum()


@pytest.mark.parametrize(("types", "error", "bits"), [(2, 0.11, 0.50008), (4, 0.25, 0.79248), (10, 0.3, 1.48966)])
def test_a_symmetric_channel_meets_the_bound(types, error, bits):
    bound = math.log(types) - fano_equivocation(error, types)
    assert bound / BITS == pytest.approx(bits, abs=5e-6)
    assert bound == pytest.approx(information(symmetric(types, error) / types), abs=1e-12)


def test_no_errors_leave_nothing_and_chance_leaves_everything():
    assert fano_equivocation(0.0, 500) == 0
    assert fano_equivocation(1 - 1 / 500, 500) == pytest.approx(math.log(500), abs=1e-12)


def test_more_errors_than_chance_tell_something_again():
    assert fano_equivocation(1.0, 2) == 0
    assert fano_equivocation(1.0, 500) == pytest.approx(math.log(499))


@pytest.mark.parametrize("types", ZIPF)
def test_the_entropy_of_zipfs_law(types):
    assert entropy(zipf(types)) / BITS == pytest.approx(ZIPF[types], abs=5e-4)


def test_the_table_of_zipfs_law():
    bound = (entropy(zipf(30_522)) - fano_equivocation(np.array([0.1, 0.2, 0.3, 0.5]), 30_522)) / BITS
    assert bound == pytest.approx([8.533, 6.790, 5.141, 2.043], abs=5e-4)


@pytest.mark.parametrize(("types", "error"), [*zip(ZIPF, [0.659, 0.641, 0.638, 0.634], strict=True)])
def test_above_this_error_the_bound_says_nothing_of_zipfs_law(types, error):
    known = entropy(zipf(types))
    found = optimize.brentq(lambda rate: known - fano_equivocation(rate, types), 0.1, 0.9)
    assert found == pytest.approx(error, abs=5e-4)


def test_a_uniform_prior_is_no_prior():
    rng = np.random.default_rng(0)
    targets, guesses = rng.integers(50, size=30), rng.integers(50, size=30)
    costs = without_guess(np.full(50, 0.02), targets[targets != guesses], guesses[targets != guesses])
    assert fano_prior_equivocation(0.4, costs) == pytest.approx(fano_equivocation(0.4, 50), abs=1e-12)


def test_the_prior_of_zipfs_law_doubles_the_bound():
    share, last = zipf(30_522), np.full(30_522, 30_521)  # what was right is drawn by Zipf's law, the guess is rare
    costs = without_guess(share, np.arange(30_522), last)
    bound = (entropy(share) - fano_prior_equivocation(0.5, [share @ costs])) / BITS
    assert bound == pytest.approx(4.25, abs=0.005)
    assert entropy(share) - fano_equivocation(0.5, 30_522) < 0.5 * bound * BITS


def test_a_prior_without_its_guess_is_a_distribution():
    prior = np.array([0.5, 0.3, 0.2])
    assert np.exp(without_guess(prior, np.array([0, 2]), np.array([1, 1]))).sum() == pytest.approx(1)


def test_a_list_of_one_is_a_guess():
    error = np.linspace(0, 1, 11)
    assert fano_list_equivocation(error, 40, 1) == pytest.approx(fano_equivocation(error, 40), abs=1e-12)


def test_a_list_leaves_the_choice_within_it():
    assert fano_list_equivocation(0.0, 40, 10) == pytest.approx(math.log(10))
    assert fano_list_equivocation(0.75, 40, 10) == pytest.approx(math.log(40))


@pytest.mark.parametrize(("hit", "miss"), [(0.0, 0.0), (0.0, 3.0), (math.log(10), math.log(30)), (2.0, 1.0)])
def test_the_largest_equivocation_is_that_of_all_smaller_errors(hit, miss):
    rates = np.linspace(0, 1, 2001)
    running = np.maximum.accumulate(equivocation(rates, hit, miss))
    assert largest_equivocation(rates, hit, miss) == pytest.approx(running, abs=1e-6)


@pytest.mark.parametrize("error", [-0.1, 1.1, math.nan, [0.5, 2.0]])
def test_an_error_is_a_share(error):
    with pytest.raises(InputError, match="shares from 0 to 1"):
        fano_equivocation(error, 10)


@pytest.mark.parametrize(("types", "size"), [(10, 0), (10, 10), (1, 1)])
def test_a_list_is_shorter_than_the_types(types, size):
    with pytest.raises(InputError, match="fewer than the types"):
        fano_list_equivocation(0.2, types, size)


def test_errors_need_their_log_shares():
    assert fano_prior_equivocation(0.0, []) == 0
    with pytest.raises(InputError, match="no log_shares"):
        fano_prior_equivocation(0.2, [])
