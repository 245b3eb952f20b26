import numpy as np
import pytest

from infoplane.methods._macro_f1 import macro_f1, macro_f1_difference
from infoplane.tasks import evaluate


@pytest.fixture
def answers() -> tuple[np.ndarray, np.ndarray]:
    """300 labels of four, and predictions of which some name none and one label is never given."""
    rng = np.random.default_rng(0)
    true = rng.integers(4, size=300)
    predicted = np.where(rng.random(300) < 0.6, true, rng.integers(-1, 3, size=300))
    predicted[predicted == 3] = 0
    return true, predicted


def test_it_is_the_metric_of_the_task(answers):
    true, predicted = answers
    found = macro_f1(true, predicted, np.arange(300), 5)
    assert found.value == pytest.approx(evaluate(("macro_f1",), true, predicted, 5)["macro_f1"])
    assert found.low <= found.value <= found.high


def test_the_interval_covers_the_truth():
    rng = np.random.default_rng(2)
    inside = 0
    for _ in range(60):
        true = rng.integers(3, size=240)
        predicted = np.where(rng.random(240) < 0.7, true, (true + 1) % 3)
        found = macro_f1(true, predicted, np.arange(240), 3)
        inside += found.low <= 0.7 <= found.high
    assert inside >= 52


def test_whole_groups_make_it_wider(answers):
    true, predicted = answers
    single = macro_f1(true, predicted, np.arange(300), 4)
    tripled = macro_f1(np.repeat(true[:100], 3), np.repeat(predicted[:100], 3), np.repeat(np.arange(100), 3), 4)
    assert tripled.high - tripled.low > 1.3 * (single.high - single.low)


def test_the_paired_difference(answers):
    true, predicted = answers
    assert (macro_f1_difference(true, (predicted, predicted), np.arange(300), 4).low) == 0.0
    better = macro_f1_difference(true, (true, predicted), np.arange(300), 4)
    assert better.value == pytest.approx(1 - evaluate(("macro_f1",), true, predicted, 4)["macro_f1"])
    assert 0 < better.low < better.value < better.high


def test_labels_that_do_not_occur_lower_the_ceiling_and_are_said():
    true = np.repeat([0, 1], 20)
    found = macro_f1(true, true, np.arange(40), labels=4)
    assert found.value == found.ceiling == found.high == 0.5
    assert "absent_labels" in found.flags
    assert "absent_labels" not in macro_f1(true, true, np.arange(40), labels=2).flags
