import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.estimators import transfer_entropy
from infoplane.estimators._transfer import _windows

# y_t = .5 y_{t-1} + .4 x_{t-1} + e with white x and e of variance 1: 1/2 log(1 + .16).
AUTOREGRESSION = 0.07421


def autoregression(samples, seed=0):
    rng = np.random.default_rng(seed)
    x, noise, y = rng.normal(size=samples), rng.normal(size=samples), np.zeros(samples)
    for time in range(1, samples):
        y[time] = 0.5 * y[time - 1] + 0.4 * x[time - 1] + noise[time]
    return x, y


def test_a_gaussian_autoregression_transfers_half_its_granger_causality():
    x, y = autoregression(40_000)
    found = transfer_entropy(x, y, estimator="gaussian")
    assert found.value == pytest.approx(AUTOREGRESSION, abs=0.006)
    assert found.low <= AUTOREGRESSION <= found.high
    assert transfer_entropy(y, x, estimator="gaussian").value == pytest.approx(0, abs=5e-4)


def test_a_longer_history_changes_nothing_where_one_step_decides():
    x, y = autoregression(20_000, seed=1)
    assert transfer_entropy(x, y, history=3, estimator="gaussian").value == pytest.approx(AUTOREGRESSION, abs=0.01)


def test_labels_that_copy_with_noise_transfer_what_the_channel_carries():
    rng = np.random.default_rng(2)
    x = rng.integers(2, size=6000)
    y = np.concatenate([[0], x[:-1] ^ (rng.random(5999) < 0.1)])
    channel = np.log(2) + 0.1 * np.log(0.1) + 0.9 * np.log(0.9)
    forth, back = transfer_entropy(x, y, permutations=20), transfer_entropy(y, x, permutations=20)
    assert forth.value == pytest.approx(channel, abs=0.02)
    assert forth.p_value == pytest.approx(1 / 21)
    assert back.value == pytest.approx(0, abs=0.003)
    assert back.p_value > 0.05


def test_no_window_reaches_from_one_series_into_the_next():
    past, now, blocks = _windows(np.array([7, 7, 7, 7, 2, 2, 7, 7, 7]), history=2)
    assert now.tolist() == [2, 3, 8]
    assert past.tolist() == [[1, 0], [2, 1], [7, 6]]
    assert blocks.tolist() == [0, 0, 1]


def test_neighbouring_windows_are_drawn_together():
    blocks = _windows(np.zeros(1001), history=1)[2]
    assert np.bincount(blocks).tolist() == [10] * 100


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"history": 0}, "history 0"),
        ({"history": 50}, "at least two windows"),
        ({"series": np.arange(50)}, "50 rows in 50 series"),
        ({"series": [1, 2]}, "50 rows of x and 2 of series"),
    ],
)
def test_series_without_windows_are_refused_in_one_line(options, message):
    with pytest.raises(InputError, match=message):
        transfer_entropy(np.arange(50.0), np.arange(50.0), **options)
