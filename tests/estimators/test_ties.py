import numpy as np
import pytest

from infoplane.estimators import mutual_information
from infoplane.estimators._ties import copied_in_groups, spread_ties

from .known_truths import CORRELATED, correlated


def test_repeated_values_move_inside_their_cells_and_single_ones_stay():
    column = np.array([0.0, 0.0, 0.0, 1.0, 3.0, 3.0])
    spread = spread_ties(column[:, None], seed=0)[:, 0]
    assert spread[3] == 1
    assert (np.abs(spread[:3]) <= 0.5).all()
    assert ((spread[4:] >= 2) & (spread[4:] <= 4)).all()
    assert len(set(spread)) == 6
    assert (spread == spread_ties(column[:, None], seed=0)[:, 0]).all()
    assert (spread_ties(np.ones((5, 1)), seed=0) == 1).all()


@pytest.mark.parametrize("decimals", [1, 2])
def test_rounding_costs_what_it_takes_and_no_more(decimals):
    found = [
        mutual_information(x.round(decimals), y.round(decimals))
        for x, y in (correlated(0.9, 800, seed) for seed in range(8))
    ]
    assert np.mean([one.value for one in found]) == pytest.approx(CORRELATED[0.9], abs=0.04)
    assert sum(one.low <= CORRELATED[0.9] <= one.high for one in found) >= 6


def test_atoms_without_relation_say_nothing_and_related_ones_what_they_are_worth():
    values = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        x, y = (np.where(rng.random(500) < 0.5, 0, rng.normal(size=500)) for _ in range(2))
        values.append(mutual_information(x, y).value)
    assert np.mean(values) == pytest.approx(0, abs=0.03)
    x, y = correlated(0.8, 2000, 0)
    off = np.random.default_rng(1).random((2000, 1)) < 0.5
    truth = np.log(2) - 0.25 * np.log(1 - 0.64)
    assert mutual_information(np.where(off, 0, x), np.where(off, 0, y)).value == pytest.approx(truth, abs=0.1)


def test_half_precision_says_no_more_than_single():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(2)
    x, label = rng.normal(size=600), rng.integers(3, size=600)
    assert mutual_information(torch.tensor(x, dtype=torch.bfloat16), label).value == pytest.approx(0, abs=0.04)


def test_copies_of_rows_inside_groups_are_flagged_and_coarse_values_are_not():
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(100), 4)
    copied = rng.normal(size=100)[groups]
    assert copied_in_groups(copied[:, None], groups)
    assert not copied_in_groups(rng.normal(size=(400, 1)).round(1), groups)
    assert not copied_in_groups(copied[:, None], np.arange(400))
    assert "duplicates" in mutual_information(copied, rng.integers(2, size=100)[groups], groups=groups).flags
