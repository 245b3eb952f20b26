"""Nulls: directions turned at random, labels with each other's directions."""

from collections.abc import Callable

import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.spaces import TaskSpace

Made = Callable[..., TaskSpace]


def cosines(space: TaskSpace) -> np.ndarray:
    """Between all directions, of all layers."""
    rows = space.directions.reshape(-1, space.directions.shape[-1])
    return rows @ rows.T


@pytest.mark.parametrize("width", [16, 64])
def test_random_directions_keep_sizes_ranks_and_cosines_and_nothing_else(made: Made, width: int) -> None:
    space = made(width=width)
    null = space.random(1)
    np.testing.assert_array_equal(null.sizes, space.sizes)
    np.testing.assert_allclose(cosines(null), cosines(space), atol=1e-10)
    own = (null.directions * space.directions).sum(axis=2)
    assert abs(own.mean()) < 3 / width**0.5
    assert null.curves == ()
    assert null.checks == ()


def test_random_directions_are_drawn_anew_by_every_seed(made: Made) -> None:
    space = made()
    np.testing.assert_array_equal(space.random(3).directions, space.random(3).directions)
    assert abs((space.random(3).directions * space.random(4).directions).sum(axis=2)).max() < 0.999
    turned = np.stack([made(layers=1, labels=1).random(seed).directions[0, 0] for seed in range(400)])
    assert np.linalg.norm(turned.mean(axis=0)) < 0.15


def test_swapped_labels_never_keep_their_own_directions(made: Made) -> None:
    space = made(labels=5)
    for seed in range(20):
        null = space.swapped(seed)
        moved = [
            np.flatnonzero((space.directions == one).all(axis=(0, 2)))
            for one in null.directions.swapaxes(0, 1)[:, :, None]
        ]
        order = [int(one[0]) for one in moved]
        assert sorted(order) == list(range(5))
        assert all(here != there for here, there in enumerate(order))
        np.testing.assert_array_equal(null.sizes, space.sizes[:, order])


def test_two_labels_swap_and_one_cannot(made: Made) -> None:
    np.testing.assert_array_equal(made(labels=2).swapped().directions, made(labels=2).directions[:, ::-1])
    with pytest.raises(InputError, match="one label"):
        made(labels=1).swapped()
