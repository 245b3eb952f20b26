"""The published recipe leaks (T0.4): on states that know nothing it reports nearly the whole label entropy."""

import math

import numpy as np
import pytest

from infoplane.estimators import leak_check, read_labels, ross
from infoplane.measures._paper import own_label_projection

K, WIDTH, N = 8, 64, 800


@pytest.fixture
def world() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """States and labels without relation, and one direction a label."""
    rng = np.random.default_rng(0)
    return rng.standard_normal((N, WIDTH)), rng.integers(K, size=N), rng.standard_normal((K, WIDTH))


def test_recipe_gives_two_nats_on_states_that_know_nothing(world: tuple[np.ndarray, ...]) -> None:
    states, labels, vectors = world
    found = ross(own_label_projection(states, labels, vectors), labels, k=3).value
    assert found == pytest.approx(2.018, abs=0.05)
    assert found < math.log(K)


def test_ours_gives_nothing_on_the_same_states(world: tuple[np.ndarray, ...]) -> None:
    states, labels, vectors = world
    basis = np.linalg.qr(vectors.T)[0]
    found = read_labels(states @ basis, labels, permutations=50).information
    assert abs(found.value) < 0.02
    assert found.low is not None
    assert found.low < 0 < (found.high or 0)
    assert "not_above_null" in found.flags


def test_leak_check_says_how_much_the_recipe_gives(world: tuple[np.ndarray, ...]) -> None:
    states, labels, vectors = world
    leak = leak_check(lambda x, y: ross(own_label_projection(x, y, vectors), y, k=3), states, labels)
    assert leak.value == pytest.approx(2.0, abs=0.1)


def test_projection_of_equation_9_is_idempotent_and_parallel_to_the_own_vector(world: tuple[np.ndarray, ...]) -> None:
    states, labels, vectors = world
    once = own_label_projection(states, labels, vectors)
    np.testing.assert_allclose(own_label_projection(once, labels, vectors), once, atol=1e-10)
    cosines = (once * vectors[labels]).sum(1) / np.linalg.norm(once, axis=1) / np.linalg.norm(vectors[labels], axis=1)
    np.testing.assert_allclose(np.abs(cosines), 1, atol=1e-10)
