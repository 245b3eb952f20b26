import numpy as np

from infoplane.spaces import split_half_agreement


def test_agreeing_pairs_score_near_one_and_above_their_null() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal(32) + 0.3 * rng.standard_normal((60, 32))
    found = split_half_agreement(x)
    assert found.value > 0.95
    assert found.null_high is not None
    assert found.null_high < 0.5
    assert found.p_value is not None
    assert found.p_value < 0.01


def test_pairs_without_a_common_part_stay_in_their_null() -> None:
    rng = np.random.default_rng(1)
    p_values = [split_half_agreement(rng.standard_normal((40, 64)), seed=seed).p_value or 0.0 for seed in range(40)]
    assert 0.25 < float(np.mean(p_values)) < 0.75


def test_same_seed_same_numbers() -> None:
    x = np.random.default_rng(2).standard_normal((20, 8))
    assert split_half_agreement(x, seed=3) == split_half_agreement(x, seed=3)
