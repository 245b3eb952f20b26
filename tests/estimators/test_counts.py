import math

import numpy as np
import pytest
from scipy import special, stats

from infoplane.estimators._counting._counts import (
    Counts,
    chao_shen,
    chao_wang_jost,
    grassberger,
    miller_madow,
    plugin,
    shrinkage,
)

OFTEN = [4, 12, 4, 5, 3, 1, 5, 1, 2, 2, 2, 2, 11, 3, 4, 12, 12, 1, 2]


def counted(times):
    return Counts.of(np.repeat(np.arange(len(times)), times))


def zipf(values):
    share = 1 / np.arange(1, values + 1)
    return share / share.sum()


def test_equal_counts_are_grouped_and_gaps_do_not_count():
    counts = Counts.of(np.array([7, 7, 7, 3, 5, 9, 9, 9]))
    assert dict(zip(counts.sizes, counts.times, strict=True)) == {1: 2, 3: 2}
    assert (counts.samples, counts.seen) == (8, 4)


def test_coverage_is_one_without_singletons_and_never_zero():
    assert counted([2, 5]).coverage == 1
    assert counted([1, 1, 2, 4]).coverage == 1 - 2 / 8
    assert counted([1] * 5).coverage == pytest.approx(1 / 5)


def test_richness_adds_the_values_that_singletons_suggest():
    assert counted([1, 1, 1, 2, 5]).richness == 5 + 3 * 2 // (2 * 2)
    assert counted([3, 4]).richness == 2


def test_plugin_and_miller_madow_are_their_equations():
    share = np.array(OFTEN) / sum(OFTEN)
    assert plugin(counted(OFTEN)) == pytest.approx(stats.entropy(share))
    assert miller_madow(counted(OFTEN)) == pytest.approx(stats.entropy(share) + 18 / (2 * sum(OFTEN)))


def test_grassberger_follows_the_recursion_of_his_function():
    g = [-np.euler_gamma - math.log(2), 2 - np.euler_gamma - math.log(2)]
    while len(g) < 12:
        g += [g[-1], g[-1] + 2 / (len(g) + 1)]
    n = sum(OFTEN)
    assert grassberger(counted(OFTEN)) == pytest.approx(math.log(n) - sum(m * g[m - 1] for m in OFTEN) / n)


def test_chao_shen_by_hand():
    # n = 4, one singleton: C = 3/4, so q = 3/16 and 9/16.
    q = np.array([3, 9]) / 16
    assert chao_shen(counted([1, 3])) == pytest.approx(-(q * np.log(q) / (1 - (1 - q) ** 4)).sum())


def test_chao_wang_jost_is_its_finite_sum():
    n, once, twice = sum(OFTEN), OFTEN.count(1), OFTEN.count(2)
    rare = 2 * twice / ((n - 1) * once + 2 * twice)
    harmonic = sum(m / n * sum(1 / j for j in range(m, n)) for m in OFTEN)
    rest = -math.log(rare) - sum((1 - rare) ** r / r for r in range(1, n))
    expected = harmonic + once / n * (1 - rare) ** (1 - n) * rest
    assert chao_wang_jost(counted(OFTEN)) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(("samples", "rare"), [(50, 0.1), (500, 0.01), (10_000, 1e-4), (10_000, 0.5)])
def test_the_unseen_part_holds_where_a_sum_of_powers_cancels(samples, rare):
    from infoplane.estimators._counting._counts import _unseen

    j = np.arange(int(60 / rare))
    assert _unseen(samples, rare) == pytest.approx(((1 - rare) ** (j + 1) / (samples + j)).sum(), rel=1e-8)


def test_shrinkage_is_uniform_for_counts_that_could_be_and_plugin_for_many_samples():
    assert shrinkage(counted([3, 2, 3, 2]), 4) == pytest.approx(math.log(4))
    many = counted([7000, 2000, 1000])
    assert shrinkage(many, 3) == pytest.approx(plugin(many), abs=1e-3)
    unseen = counted([5, 1])
    p = np.array([5, 1, 0]) / 6
    weight = (1 - (p**2).sum()) / (5 * ((p - 1 / 3) ** 2).sum())
    assert shrinkage(unseen, 3) == pytest.approx(stats.entropy(weight / 3 + (1 - weight) * p))


@pytest.mark.parametrize("functional", [grassberger, chao_shen, chao_wang_jost])
@pytest.mark.parametrize("share", [np.full(100, 0.01), zipf(100)], ids=["uniform", "zipf"])
def test_the_corrections_leave_at_most_half_of_the_bias_of_miller_madow(functional, share):
    draws = [Counts.of(np.random.default_rng(seed).choice(100, p=share, size=100)) for seed in range(40)]
    truth = stats.entropy(share)
    bias = abs(np.mean([functional(one) for one in draws]) - truth)
    assert bias < 0.5 * abs(np.mean([miller_madow(one) for one in draws]) - truth)


@pytest.mark.parametrize("functional", [plugin, miller_madow, grassberger, chao_shen, chao_wang_jost, shrinkage])
def test_all_agree_when_all_is_seen_often(functional):
    assert functional(counted([60_000, 30_000, 10_000]), 3) == pytest.approx(
        special.entr([0.6, 0.3, 0.1]).sum(), abs=1e-4
    )


@pytest.mark.parametrize("functional", [plugin, miller_madow, grassberger, chao_shen, chao_wang_jost, shrinkage])
def test_singletons_alone_give_a_finite_number(functional):
    assert 0 < functional(counted([1] * 30)) < 20
