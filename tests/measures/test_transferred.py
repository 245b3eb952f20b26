"""I(told label; next token): nothing, everything, and never more than what was spent."""

import numpy as np
import pytest

from infoplane.measures._dose import transferred


def logs(p: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(p, 1e-30)).astype(np.float32)


def test_labels_that_all_do_the_same_transfer_nothing_though_they_spend() -> None:
    plain, told = logs(np.array([[0.5, 0.5]])), logs(np.array([[0.9, 0.1]]))
    spent, passed = transferred(plain, [told] * 4)[0]
    assert spent == pytest.approx(0.9 * np.log(1.8) + 0.1 * np.log(0.2), abs=1e-6)
    assert passed == pytest.approx(0.0, abs=1e-6)


def test_labels_that_each_force_their_own_token_transfer_all_of_log_k() -> None:
    plain = logs(np.full((3, 4), 0.25))
    told = [logs(np.eye(4)[[label] * 3]) for label in range(4)]
    found = transferred(plain, told)
    assert found == pytest.approx(np.full((3, 2), np.log(4)), abs=1e-6)


def test_what_is_transferred_is_never_more_than_what_is_spent() -> None:
    rng = np.random.default_rng(0)
    plain = logs(rng.dirichlet(np.ones(9), 50))
    found = transferred(plain, [logs(rng.dirichlet(np.ones(9), 50)) for _ in range(5)])
    assert (found[:, 1] <= found[:, 0] + 1e-6).all()


def test_a_binary_channel_transfers_its_capacity() -> None:
    flip = 0.1
    plain = logs(np.array([[0.5, 0.5]]))
    told = [logs(np.array([[1 - flip, flip]])), logs(np.array([[flip, 1 - flip]]))]
    capacity = np.log(2) + flip * np.log(flip) + (1 - flip) * np.log(1 - flip)
    assert transferred(plain, told)[0] == pytest.approx([capacity, capacity], abs=1e-6)
