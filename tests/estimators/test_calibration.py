import numpy as np
import pytest

from infoplane.estimators._labels import _members
from infoplane.estimators._labels._calibration import calibrated, calibration_error
from infoplane.estimators._labels._stacked import read_stacked

from .known_truths import TWO_CLASSES, clusters, two_classes, unrelated


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A network that trains for forty steps: its quality is not what is tested."""
    monkeypatch.setattr(_members, "CHECKPOINTS", (20, 40))


def forecasts(samples, seed):
    """log q (n, 4) and labels drawn from q."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(samples, 4)) * 1.5
    labels = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True), labels


def sharper(log_q, factor):
    return factor * log_q - np.logaddexp.reduce(factor * log_q, axis=1, keepdims=True)


def test_labels_drawn_from_the_forecast_pass():
    assert np.mean([calibrated(*forecasts(600, seed), seed) for seed in range(40)]) > 0.75


@pytest.mark.parametrize("factor", [0.6, 1.6])
def test_forecasts_too_sure_or_too_shy_fail(factor):
    log_q, labels = forecasts(1500, seed=0)
    assert not calibrated(sharper(log_q, factor), labels, 0)


def test_a_forecast_wrong_in_the_middle_only_fails():
    """Where the temperature is right on the whole, the calibration error must tell."""
    log_q, labels = forecasts(4000, seed=1)
    sure = log_q.max(axis=1) > np.median(log_q.max(axis=1))
    mixed = np.where(sure[:, None], sharper(log_q, 0.8), sharper(log_q, 1.9))
    assert not calibrated(mixed, labels, 0)


def test_calibration_error_by_hand():
    confidence = np.repeat([0.6, 0.9], 50)
    hits = np.concatenate([np.arange(50) < 30, np.arange(50) < 40])
    spread = np.random.default_rng(0).permuted(hits.reshape(2, 50), axis=1).ravel()
    assert calibration_error(confidence, np.ones(100, bool)) == pytest.approx(0.25)
    assert calibration_error(confidence, spread) >= 0.05 - 1e-12


def test_the_midpoint_is_nearer_to_the_truth_than_the_bound():
    errors = []
    for seed in range(4):
        readout = read_stacked(*two_classes(1, 300, seed), seed=seed)
        if readout.midpoint is not None:
            errors.append((readout.midpoint.value - TWO_CLASSES[1], readout.information.value - TWO_CLASSES[1]))
    assert len(errors) >= 2
    middle, bound = np.mean(errors, axis=0)
    assert abs(middle) < abs(bound) + 0.02


def test_a_midpoint_says_what_it_is():
    readout = read_stacked(*clusters(5, 12, 0.8, 400, seed=0))
    middle = readout.midpoint
    assert middle.kind == "estimate"
    assert middle.estimator.endswith("extrapolated")
    assert readout.information.value < middle.value < 1.2 * readout.information.value
    assert middle.low < middle.value < middle.high


def test_no_midpoint_where_nothing_is_read():
    assert read_stacked(*unrelated(3, 5, 150, seed=0)).midpoint is None
