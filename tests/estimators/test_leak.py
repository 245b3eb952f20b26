import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.estimators import leak_check, mutual_information, read_labels, ross

from .known_truths import clusters


@pytest.fixture(scope="module")
def states():
    return clusters(4, 20, 2.0, 200, seed=0)


def own_direction(x, y):
    """The published projection: each state on the direction of its own label."""
    directions = np.random.default_rng(0).normal(size=(4, 20))[y]
    return (x * directions).sum(axis=1, keepdims=True) * directions


def best_columns(x, y):
    """Columns chosen with the labels of all samples, before any cross-fitting."""
    means = np.stack([x[y == label].mean(axis=0) for label in np.unique(y)])
    return x[:, np.argsort(means.var(axis=0))[-10:]]


def test_a_projection_on_the_own_label_is_found_out(states):
    found = leak_check(lambda x, y: ross(own_direction(x, y), y), *states)
    assert found.value > 1
    assert "leaky_recipe" in found.flags
    assert found.ceiling == pytest.approx(np.log(4), abs=0.02)


def test_choosing_columns_with_all_labels_is_found_out(states):
    _, labels = states
    noise = np.random.default_rng(1).normal(size=(200, 2000))
    found = leak_check(lambda x, y: read_labels(best_columns(x, y), y).information, noise, labels)
    assert "leaky_recipe" in found.flags


def test_a_sound_recipe_gives_about_zero(states):
    found = leak_check(mutual_information, *states)
    assert found.value == pytest.approx(0, abs=0.03)
    assert found.flags == ()


def test_a_recipe_may_return_a_number_or_bits(states):
    assert leak_check(lambda *_: 0.25, *states).value == pytest.approx(0.25)
    bits = leak_check(lambda x, y: mutual_information(x, y, units="bits"), *states, seed=3)
    nats = leak_check(mutual_information, *states, seed=3)
    assert bits.value == pytest.approx(nats.value)


def test_one_repeat_has_no_interval(states):
    with pytest.raises(InputError, match="1 repeats"):
        leak_check(lambda *_: 0.0, *states, repeats=1)
