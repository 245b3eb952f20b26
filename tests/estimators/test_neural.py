import subprocess
import sys

import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.estimators._critics._neural import critic, dv, infonce, nwj, smile

from .known_truths import correlated
from .test_critic import rings

ALL = (critic, infonce, nwj, dv, smile)
# Twice h(|X| + 0.3 N) - h(0.3 N), by quadrature.
FOLDED = 1.5207
THREE_PAIRS = -1.5 * np.log(1 - 0.7**2)


@pytest.mark.parametrize("bound", ALL)
def test_gaussian_pairs(bound):
    estimate = bound(*correlated(0.7, 300, 0, pairs=3))
    assert estimate.value == pytest.approx(THREE_PAIRS, abs=0.25)
    assert estimate.low < THREE_PAIRS
    assert estimate.units == "nats"
    assert "no_null" in estimate.flags


@pytest.mark.parametrize("bound", ALL)
def test_nothing_where_there_is_nothing(bound):
    rng = np.random.default_rng(0)
    estimate = bound(rng.normal(size=(200, 3)), rng.normal(size=(200, 2)))
    assert estimate.low <= 0 <= estimate.high
    assert abs(estimate.value) < 0.02


@pytest.mark.parametrize("bound", [critic, nwj, smile])
def test_information_without_correlation(bound):
    assert 1 < bound(*rings(500)).value < FOLDED


def test_bounds_stay_below_the_truth():
    lows = [critic(*correlated(0.7, 60, seed, pairs=3)).low for seed in range(6)]
    assert max(lows) <= THREE_PAIRS


@pytest.mark.parametrize("bound", [critic, infonce, nwj])
def test_a_bound_says_so(bound):
    assert bound(*correlated(0.5, 200, 0)).kind == "lower_bound"


@pytest.mark.parametrize("bound", [dv, smile])
def test_what_is_no_bound_says_so(bound):
    assert bound(*correlated(0.5, 200, 0)).kind == "estimate"


def test_a_small_batch_caps_infonce_and_is_flagged():
    x, y = correlated(0.99, 200, 0, pairs=3)
    capped, free = infonce(x, y, batch=16), nwj(x, y)
    assert capped.value <= capped.ceiling <= np.log(16) + 1e-9
    assert "saturated_log_n" in capped.flags
    assert "saturated_log_n" not in free.flags
    assert free.value > np.log(16)


def test_weak_dependence_is_not_flagged_as_saturated():
    assert "saturated_log_n" not in critic(*correlated(0.5, 200, 0)).flags


def test_monotone_changes_of_columns_change_little():
    x, y = correlated(0.7, 150, 0, pairs=2)
    assert critic(np.exp(x), y**3).value == pytest.approx(critic(x, y).value, abs=0.1)


def test_the_same_seed_gives_the_same_number():
    x, y = rings(100)
    assert critic(x, y, seed=3) == critic(x, y, seed=3)


def test_a_null_is_made_by_the_whole_procedure():
    estimate = critic(*correlated(0.7, 60, 0), permutations=4)
    assert estimate.p_value == pytest.approx(1 / 5)
    assert abs(estimate.null_mean) < 0.1 < estimate.value
    assert estimate.null_high < estimate.value
    assert "no_null" not in estimate.flags


def test_groups_stay_together():
    x, y = correlated(0.7, 100, 0)
    doubled = critic(np.tile(x, (2, 1)), np.tile(y, (2, 1)), groups=np.tile(np.arange(100), 2))
    single = critic(x, y)
    assert doubled.high - doubled.low > 0.8 * (single.high - single.low)


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        (np.zeros((20, 2)), np.arange(20.0), {}, "constant"),
        (np.arange(20.0), np.arange(19.0), {}, "equal lengths"),
        (np.full(20, np.nan), np.arange(20.0), {}, "NaN"),
        (np.arange(4.0), np.arange(4.0), {}, "folds"),
    ],
)
def test_bad_input(x, y, options, message):
    with pytest.raises(InputError, match=message):
        critic(x, y, **options)


def test_a_batch_of_one_is_refused():
    with pytest.raises(InputError, match="at least 2"):
        infonce(*correlated(0.5, 50, 0), batch=1)


def test_torch_is_imported_only_when_it_is_used():
    code = "import sys, infoplane.estimators._critics._neural; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
