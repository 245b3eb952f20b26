import numpy as np
import pytest
from scipy import special, stats

from infoplane.estimators._counting._counts import Counts
from infoplane.estimators._counting._nsb import nsb, nsb_moments


def counted(times):
    return Counts.of(np.repeat(np.arange(len(times)), times))


def brute_force(times, values):
    """The integral over the a priori entropy by trapezoids on a fine grid."""
    b = np.exp(np.linspace(np.log(1e-9), np.log(1e4), 40_001))
    a, total = np.append(times, np.zeros(values - len(times)))[:, None] + b, sum(times) + values * b
    prior = special.digamma(values * b + 1) - special.digamma(b + 1)
    evidence = special.gammaln(values * b) - special.gammaln(total)
    evidence += (special.gammaln(a) - special.gammaln(b)).sum(axis=0)
    weight = np.exp(evidence - evidence.max())
    mean = special.digamma(total + 1) - (a * special.digamma(a + 1)).sum(axis=0) / total
    return np.trapezoid(weight * mean, prior) / np.trapezoid(weight, prior)


@pytest.mark.parametrize(
    ("times", "values"),
    [
        ([30, 10, 7, 3], 4),
        ([4, 12, 4, 5, 3, 1, 5, 1, 2, 2, 2, 2, 11, 3, 4, 12, 12, 1, 2], 100),
        ([1] * 10, 50),
        ([2, 1, 1, 1, 5], 20),
    ],
)
def test_the_mean_is_that_of_a_brute_force_integral(times, values):
    assert nsb(counted(times), values) == pytest.approx(brute_force(times, values), abs=1e-4)


def test_the_posterior_is_that_of_draws_from_it():
    rng, times = np.random.default_rng(0), np.array([30.0, 10, 7, 3])
    b = np.exp(np.linspace(np.log(1e-6), np.log(1e3), 4000))
    slope = 4 * special.polygamma(1, 4 * b + 1) - special.polygamma(1, b + 1)
    weight = special.gammaln(4 * b) - special.gammaln(50 + 4 * b) + np.log(slope * b)
    weight += sum(special.gammaln(m + b) - special.gammaln(b) for m in times)
    weight = np.exp(weight - weight.max())
    drawn = rng.choice(b, p=weight / weight.sum(), size=100_000)
    entropies = stats.entropy(rng.gamma(times + drawn[:, None]), axis=1)
    mean, deviation = nsb_moments(counted(times.astype(int)), 4)
    assert mean == pytest.approx(entropies.mean(), abs=1e-3)
    assert deviation == pytest.approx(entropies.std(), abs=1e-3)


def test_a_hundred_thousand_values_and_a_million_samples_are_near_the_truth():
    share = 1 / np.arange(1, 100_001)
    share /= share.sum()
    counts = Counts.of(np.random.default_rng(1).choice(100_000, p=share, size=1_000_000))
    mean, deviation = nsb_moments(counts, 100_000)
    assert mean == pytest.approx(stats.entropy(share), abs=0.08)
    assert 0.001 < deviation < 0.01


def test_extremes_stay_finite():
    assert nsb(Counts.of(np.arange(1000)), 100_000) == pytest.approx(np.log(100_000), abs=0.15)
    assert nsb(counted([1000]), 100_000) < 0.01
    assert nsb_moments(counted([1000])) == (0.0, 0.0)
    balanced = counted([10_000] * 100)
    assert nsb(balanced, 100) == pytest.approx(np.log(100), abs=1e-4)
