"""What a task space is compared with: the same configuration turned at random, and labels that got each other's."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line

if TYPE_CHECKING:
    from infoplane.spaces._space import TaskSpace

Floats = NDArray[np.float64]


def turned_directions(directions: Floats, seed: int) -> Floats:
    """`directions` (layers, labels, width) turned as one by a random rotation.

    Lengths, ranks and all cosines, between labels and between layers, stay what they are, so that a band accumulates
    as the real one does; only where it points in the residual stream is drawn, uniformly.
    """
    layers, labels, width = directions.shape
    rows = directions.reshape(layers * labels, width)
    basis, within = np.linalg.qr(rows.T)
    drawn, triangle = np.linalg.qr(np.random.default_rng([seed, 12]).standard_normal(basis.shape))
    uniform = drawn * np.sign(
        np.diag(triangle)
    )  # the signs that a factorisation chooses are not random (Mezzadri 2007)
    turned: Floats = (uniform @ within).T.reshape(directions.shape)
    return turned


def other_labels(space: "TaskSpace", seed: int) -> NDArray[np.int64]:
    """For every label another one, a random cycle through all; InputError for a space of one label."""
    count = len(space.labels)
    if count < 2:
        raise InputError(one_line("a task space of one label", "two or more", "there is no other label to swap with"))
    order = np.random.default_rng([seed, 13]).permutation(count)
    others = np.empty(count, np.int64)
    others[order] = np.roll(order, -1)
    return others
