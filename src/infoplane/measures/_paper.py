"""The published recipe (task-space paper, eq. 7-12), literally, with its leak printed next to it.

Each sample's summed state is projected on the mean direction of the neighbours of its own label, and information is
estimated by nearest neighbours. The projected vector reveals the label whatever the state says: on labels made
independent of the states the recipe still reports nearly H(Y). `paper_leak` is what it reports then.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import Estimate, ksg, leak_check, ross
from infoplane.measures._numbers import Options, Row, Unit
from infoplane.measures._saved import Saved

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


def units(saved: Saved, options: Options) -> Iterator[Unit]:
    """Both curves of the paper by layer, for spaces of 1, 2, 5 and K labels, each with its leak."""
    for layer in _layers(saved):
        for count in saved.space_sizes:
            last = {"quantity": "paper_leak", "layer": layer, "role": "content", "method": f"d_k={count}"}
            yield Unit(last, partial(_rows, saved, options, layer, count))


def _layers(saved: Saved) -> list[int]:
    """Layers that were read and have directions."""
    return [layer for layer in saved.space.layers if layer in saved.layers]


def task_vectors(saved: Saved, layer: int, count: int) -> Floats:
    """The vectors es (labels, width): for every label the mean of the `count` directions nearest to it (eq. 7-8)."""
    vectors = saved.space.vectors(layer)
    nearest = [saved.space.neighbours(layer, label, count) for label in range(len(vectors))]
    return np.array([vectors[rows].mean(axis=0) for rows in nearest])


def own_label_projection(states: Floats, labels: Labels, vectors: Floats) -> Floats:
    """Each of `states` (n, width) projected on the vector of its own label (eq. 9): (n, width). Leaks the label."""
    own = vectors[labels]
    projected: Floats = (states * own).sum(axis=1, keepdims=True) / np.square(own).sum(axis=1, keepdims=True) * own
    return projected


def _rows(saved: Saved, options: Options, layer: int, count: int) -> list[Row]:
    labels, states = saved.labels(), saved.states("measure.sum", layer)
    vectors = task_vectors(saved, layer, count)
    first = _layers(saved)[0]
    first_vectors, first_states = task_vectors(saved, first, count), saved.states("measure.sum", first)

    def recipe(x: Floats, y: Labels) -> Estimate:
        """The published estimate of I(T;Y), whose projection sees the labels."""
        return ross(own_label_projection(x, y, vectors), y, k=3)

    earlier = own_label_projection(first_states, labels, first_vectors)
    where = {"layer": layer, "site": "residual", "role": "content", "method": f"d_k={count}"}
    return [
        (where | {"quantity": "paper_label_information"}, recipe(states, labels).flagged("leaky_recipe")),
        (
            where | {"quantity": "paper_input_information"},
            ksg(own_label_projection(states, labels, vectors), earlier, k=3).flagged("leaky_recipe"),
        ),
        (where | {"quantity": "paper_leak"}, leak_check(recipe, states, labels, seed=options.seed)),
    ]
