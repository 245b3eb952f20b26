import numpy as np
import pytest

from infoplane.estimators import read_labels

from .known_truths import clusters

SAMPLES, CLASSES = 600, 5


def answer(labels, agreement, seed):
    """What a model of accuracy `agreement` would answer."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(len(labels)) < agreement, labels, rng.integers(CLASSES, size=len(labels)))


@pytest.fixture(scope="module")
def states():
    return clusters(CLASSES, 6, 1.0, SAMPLES, seed=0)


def test_states_add_nothing_to_an_answer_that_is_the_label(states):
    x, labels = states
    assert read_labels(x, labels, given=labels).information.value == pytest.approx(0, abs=1e-6)


def test_an_unrelated_answer_changes_nothing(states):
    x, labels = states
    unrelated = np.random.default_rng(1).integers(CLASSES, size=SAMPLES)
    alone, given = read_labels(x, labels).information, read_labels(x, labels, given=unrelated).information
    assert given.value == pytest.approx(alone.value, abs=0.03)


def test_a_constant_answer_is_no_condition(states):
    x, labels = states
    alone, given = read_labels(x, labels).information, read_labels(x, labels, given=[0] * SAMPLES).information
    assert given.value == pytest.approx(alone.value, abs=0.03)


def test_unrelated_states_add_nothing_to_a_good_answer(states):
    _, labels = states
    noise = np.random.default_rng(2).normal(size=(SAMPLES, 6))
    found = read_labels(noise, labels, given=answer(labels, 0.7, seed=2), permutations=40).information
    assert found.value == pytest.approx(0, abs=0.01)
    assert found.p_value > 0.02


@pytest.mark.parametrize("noise", [0.01, 0.3])
def test_a_copy_of_the_answer_adds_nothing_to_it(states, noise):
    _, labels = states
    given = answer(labels, 0.7, seed=3)
    copy = np.eye(CLASSES)[given] + noise * np.random.default_rng(3).normal(size=(SAMPLES, CLASSES))
    found = read_labels(copy, labels, given=given, permutations=40).information
    assert found.value == pytest.approx(0, abs=0.03)
    assert found.p_value > 0.02


def test_information_beyond_the_answer_is_found(states):
    """Against I(X;Y|A) = <log p(y|x,a) - log p(y|a)> from the densities the data were drawn from."""
    x, labels = states
    given = answer(labels, 0.5, seed=4)
    centres = np.random.default_rng(0).normal(size=(CLASSES, 6))
    table = np.log(0.5 * np.eye(CLASSES) + 0.5 / CLASSES)[given]
    logits = table - 0.5 * ((x[:, None] - centres) ** 2).sum(axis=2)
    rows = np.arange(SAMPLES)
    truth = (logits[rows, labels] - np.logaddexp.reduce(logits, axis=1) - table[rows, labels]).mean()
    found = read_labels(x, labels, given=given, permutations=40).information
    assert found.value == pytest.approx(truth, abs=0.05)
    assert found.p_value == pytest.approx(1 / 41)


def test_it_is_an_estimate_and_no_bound(states):
    x, labels = states
    found = read_labels(x, labels, given=answer(labels, 0.5, seed=5)).information
    assert found.kind == "estimate"
    assert "difference_of_bounds" in found.flags
    assert "given" in found.estimator
    assert found.value < found.ceiling < np.log(CLASSES)
