import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.estimators import frenzel_pompe, gao_mixed, ksg, ross, subsample_drift
from infoplane.estimators._nearest._subsample import disjoint_parts

from .known_truths import CORRELATED, TWO_CLASSES, correlated, two_classes


def covered(draw, truth, seeds=40):
    """Share of seeds whose interval holds the truth."""
    found = [draw(seed) for seed in range(seeds)]
    return np.mean([one.low <= truth <= one.high for one in found])


@pytest.mark.parametrize("rho", [0.5, 0.9])
def test_intervals_of_ksg_hold_the_truth(rho):
    assert covered(lambda seed: ksg(*correlated(rho, 500, seed)), CORRELATED[rho]) >= 0.9


def test_intervals_of_the_others_hold_the_truth():
    assert covered(lambda seed: ross(*two_classes(1, 500, seed)), TWO_CLASSES[1]) >= 0.9
    assert covered(lambda seed: gao_mixed(*two_classes(1, 500, seed)), TWO_CLASSES[1]) >= 0.9

    def conditional(seed):
        x, y = correlated(0.5, 500, seed)
        z = np.random.default_rng([seed, 1]).normal(size=500)
        return frenzel_pompe(x, y, z)

    assert covered(conditional, CORRELATED[0.5]) >= 0.9


def test_copies_in_groups_widen_the_interval():
    x, y = correlated(0.5, 400, 0)
    near = 1e-3 * np.random.default_rng(0).normal(size=(4, 1600, 1))
    groups = np.tile(np.arange(400), 4)
    blind, aware = (
        ksg(np.tile(x, (4, 1)) + near[0], np.tile(y, (4, 1)) + near[1], k=12, groups=g) for g in (None, groups)
    )
    assert aware.high - aware.low > 1.3 * (blind.high - blind.low)


def test_parts_are_disjoint_and_keep_groups_whole():
    groups = np.random.default_rng(1).integers(50, size=600)
    parts = disjoint_parts(groups, 8, seed=0)
    assert sorted(np.concatenate(parts)) == list(range(600))
    assert len(parts) == 8
    assert all(not set(groups[one]) & set(groups[two]) for one in parts for two in parts if one is not two)


def test_drift_is_seen_where_the_value_grows_with_n():
    x, y = correlated(0.95, 2000, 2, pairs=4)
    assert "drift" in ksg(x, y).flags
    values = subsample_drift(lambda rows: ksg(x[rows], y[rows]).value, 2000)
    assert values[0] < values[1] < values[2]
    assert values[2] == ksg(x, y).value
    assert "drift" not in ksg(*correlated(0.5, 4000, 0)).flags


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ksg(np.arange(9.0), np.arange(9.0), groups=np.zeros(9)), "one group of samples"),
        (lambda: ksg(np.arange(9.0), np.arange(9.0), confidence=95), "confidence 95"),
        (lambda: subsample_drift(len, 5), "5 samples in 5 groups"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
