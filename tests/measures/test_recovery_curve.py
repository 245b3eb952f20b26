"""The peak of a curve over layers and what is forgotten behind it, on losses whose truth is known."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import log_softmax

from infoplane._errors import InputError
from infoplane.measures._recovery._curve import Curve, late_forgetting

Floats = NDArray[np.float64]
ENTROPY = 2.0


def noisy(curve: Floats, seed: int, *, documents: int = 100, slots: int = 4, own: float = 0.3) -> Curve:
    """What is said of gains that are `curve` (L,) in mean: documents differ, and layers differ inside a document."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(documents), slots)
    spread = rng.normal(size=documents)[groups] + own * rng.normal(size=(len(curve), documents))[:, groups]
    spread += own * rng.normal(size=(len(curve), len(groups)))
    return late_forgetting(ENTROPY - curve[:, None] - spread, ENTROPY, groups, seed=seed)


def shares(curve: Floats, runs: int, truth: float) -> tuple[float, float, float]:
    """How often p is at most 0.05, how often the interval of the drop holds the truth, and the mean drop."""
    told = [noisy(curve, seed).estimates["recovery_forgetting"] for seed in range(runs)]
    rejected = np.mean([one.p_value <= 0.05 for one in told])
    covered = np.mean([one.low <= truth <= one.high for one in told])
    return float(rejected), float(covered), float(np.mean([one.value for one in told]))


@pytest.mark.parametrize(
    "curve", [np.full(8, 0.5), np.linspace(0, 0.6, 8), np.array([0, 0.2, 0.4, 0.5, 0.5, 0.5, 0.5, 0.5])]
)
def test_of_curves_that_never_fall_hardly_more_than_one_in_twenty_is_said_to(curve: Floats) -> None:
    rejected, covered, drop = shares(curve, 250, truth=0.0)
    assert rejected <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 250)
    assert covered >= 0.93
    assert drop < 0.003  # the highest of eight noisy layers is 0.06 above the last


def test_a_fall_is_found_and_its_size_is_covered() -> None:
    curve = np.array([0.1, 0.3, 0.5, 0.6, 0.5, 0.45, 0.4])
    rejected, covered, drop = shares(curve, 100, truth=0.2)
    assert rejected > 0.9
    assert covered >= 0.93
    assert 0.17 < drop < 0.203


def test_planted_forgetting_is_found_at_its_layer() -> None:
    """A token's direction is scaled up, then down; the posterior of the known channel reads it."""
    rng = np.random.default_rng(0)
    scales = np.array([0.5, 1, 1.5, 2.5, 3.5, 2.5, 1.5])
    tokens, documents = rng.integers(8, size=3000), np.repeat(np.arange(600), 5)
    losses = np.empty((len(scales), len(tokens)))
    for layer, scale in enumerate(scales):
        state = scale * np.eye(8)[tokens] + rng.normal(size=(len(tokens), 8))
        losses[layer] = -log_softmax(scale * state, axis=1)[np.arange(len(tokens)), tokens]
    curve = late_forgetting(losses, np.log(8), documents)
    assert curve.peak == 4
    peak, drop, share = curve.estimates.values()
    means = losses.mean(axis=1)
    assert peak.value == pytest.approx(np.log(8) - means[4], abs=1e-12)
    assert drop.value == pytest.approx(means[6] - means[4], abs=1e-12)
    assert share.value == pytest.approx(drop.value / peak.value)
    assert 0 < drop.low < drop.value < drop.high
    assert share.low < share.value < share.high < 1
    assert drop.p_value < 0.001
    assert (peak.kind, peak.units, drop.units, share.units) == ("lower_bound", "nats", "nats", "fraction")
    assert "difference_of_bounds" in drop.flags


def test_the_entropy_does_not_touch_the_drop() -> None:
    losses = np.random.default_rng(1).normal(size=(5, 400))
    surprises = np.random.default_rng(2).exponential(size=400)
    one, other = late_forgetting(losses, 3.0), late_forgetting(losses, surprises)
    drop, same = one.estimates["recovery_forgetting"], other.estimates["recovery_forgetting"]
    assert drop.value == pytest.approx(same.value, abs=1e-12)
    assert (drop.low, drop.high) == pytest.approx((same.low, same.high), abs=1e-12)
    assert drop.n == 400


def test_slots_of_a_document_do_not_count_as_many() -> None:
    rng = np.random.default_rng(3)
    losses = rng.normal(size=(4, 50)) - np.array([0, 0.3, 0.6, 0.5])[:, None]
    few = late_forgetting(losses, 1.0).estimates["recovery_forgetting"]
    copied = late_forgetting(np.repeat(losses, 9, axis=1), 1.0, np.repeat(np.arange(50), 9))
    many = copied.estimates["recovery_forgetting"]
    assert (many.value, many.low, many.high) == pytest.approx((few.value, few.low, few.high), abs=1e-12)
    assert many.p_value == few.p_value


def test_layers_that_are_alike_forget_nothing() -> None:
    losses = np.tile(np.random.default_rng(4).normal(size=40), (3, 1))
    drop = late_forgetting(losses, 1.0).estimates["recovery_forgetting"]
    assert (drop.value, drop.low, drop.high, drop.p_value) == (0, 0, 0, 1)


def test_no_share_is_told_of_a_peak_that_may_be_nothing() -> None:
    losses = 1 + np.random.default_rng(5).normal(size=(3, 40))
    assert list(late_forgetting(losses, 1.0).estimates) == ["recovery_peak", "recovery_forgetting"]


@pytest.mark.parametrize(
    ("losses", "surprises", "documents", "said"),
    [
        (np.zeros((1, 5)), 1.0, None, r"losses of shape \(1, 5\)"),
        (np.zeros(5), 1.0, None, r"losses of shape \(5,\)"),
        (np.full((2, 5), np.inf), 1.0, None, "expected finite"),
        (np.zeros((2, 5)), 1.0, [0] * 5, "expected two documents or more"),
        (np.zeros((2, 5)), 1.0, [0, 1], "5 slots and the documents of 2"),
        (np.zeros((2, 0)), 1.0, None, "0 slots"),
    ],
)
def test_what_has_no_curve_is_refused(losses, surprises, documents, said: str) -> None:
    with pytest.raises(InputError, match=said):
        late_forgetting(losses, surprises, documents)
