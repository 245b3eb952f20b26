import numpy as np
import pytest
from scipy import stats

from infoplane.methods._significance import holm, mcnemar, paired_difference, wilcoxon


def hits(both: int, only_first: int, only_second: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    """Two methods' hits from the four cells of their table."""
    first = np.repeat([True, True, False, False], [both, only_first, only_second, neither])
    second = np.repeat([True, False, True, False], [both, only_first, only_second, neither])
    return first, second


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"),
    [(10, 2, 158 / 4096), (5, 0, 1 / 16), (3, 3, 1.0), (0, 0, 1.0), (1, 0, 1.0), (8, 1, 20 / 512)],
)
def test_mcnemar_of_tables_counted_by_hand(only_first, only_second, p):
    assert mcnemar(*hits(7, only_first, only_second, 4)) == pytest.approx(p)


def test_mcnemar_is_the_binomial_of_the_items_only_one_has_right():
    first, second = hits(300, 121, 59, 20)
    assert mcnemar(first, second) == pytest.approx(stats.binomtest(121, 180).pvalue)
    assert mcnemar(second, first) == mcnemar(first, second)


def test_groups_toss_one_coin_each():
    first, second = hits(0, 3, 0, 2)
    assert mcnemar(first, second, np.array([0, 0, 1, 2, 3])) == pytest.approx(1 / 2)  # |2| + |1|: two of four tosses
    assert mcnemar(first, second, np.array([9, 9, 9, 2, 3])) == 1.0
    copied = mcnemar(np.repeat(first, 5), np.repeat(second, 5), np.repeat(np.arange(5), 5))
    assert copied == pytest.approx(mcnemar(first, second))


def test_p_of_equal_methods_is_no_smaller_than_chance():
    rng = np.random.default_rng(0)
    p = np.array([mcnemar(*(rng.random((2, 150)) < 0.4)) for _ in range(400)])
    for level in (0.05, 0.2, 0.5):
        assert (p <= level).mean() <= level + 0.04


def test_holm_of_the_textbook():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([0.02]) == [0.02]
    assert holm([]) == []


def test_paired_difference_has_a_narrower_interval_than_two_accuracies():
    rng = np.random.default_rng(1)
    second = rng.random(600) < 0.5
    first = second | (rng.random(600) < 0.1)
    found = paired_difference(first, second, np.arange(600))
    assert found.value == pytest.approx(first.mean() - second.mean())
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < found.value < found.high
    assert found.high - found.low < 0.05
    assert found.p_value is not None
    assert found.p_value < 1e-4


def test_a_method_does_not_differ_from_itself():
    same = np.array([True, False, True, True])
    found = paired_difference(same, same, np.arange(4))
    assert (found.value, found.low, found.high, found.p_value) == (0.0, 0.0, 0.0, 1.0)


def test_equal_differences_share_their_ranks_however_their_shares_were_rounded():
    first, second = np.array([350, 352, 349, 355, 351, 340]), np.array([347, 349, 352, 352, 354, 339])
    assert len(np.unique(np.abs(first / 408 - second / 408))) > 2  # of two counts of items, 1 and 3
    assert wilcoxon(first / 408 - second / 408) == wilcoxon((first - second).astype(float)) == 0.6875
