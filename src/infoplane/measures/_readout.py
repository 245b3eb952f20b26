"""Reading labels from saved states, and the permutation draws that several layers share."""

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import LabelReadout, StackedReadout, read_labels, read_stacked
from infoplane.measures._numbers import Options
from infoplane.measures._saved import Saved

Floats = NDArray[np.float64]


def read_state(saved: Saved, options: Options, states: Floats, *, split: str = "measure") -> StackedReadout:
    """What `states` (n, width) of the examples of `split` say about their labels, by the best of several rules."""
    return read_stacked(
        states,
        saved.labels(split),
        groups=saved.groups(split),
        permutations=options.permutations,
        seed=options.seed,
    )


def read_cell(saved: Saved, options: Options, states: Floats) -> LabelReadout:
    """The same by one linear rule, for the many cells of which each must be quick."""
    return read_labels(
        states, saved.labels(), groups=saved.groups(), permutations=options.step_permutations, seed=options.seed
    )


def keep_draws(saved: Saved, role: str, layer: int, readout: StackedReadout) -> None:
    """Keep I(T;Y) of a layer and its null draws for the comparison over layers."""
    draws = np.concatenate([[readout.information.value], readout.null])
    saved.scratch.write(_name(role, layer), np.array([0]), draws[None])


def draws_of(saved: Saved, options: Options, role: str, layer: int) -> Floats:
    """I(T;Y) of a layer, then its null draws: (1 + P,). The same permutations at every layer."""
    if not len(saved.scratch.done(_name(role, layer))):
        keep_draws(saved, role, layer, read_state(saved, options, saved.states(f"measure.{role}", layer)))
    draws: Floats = saved.scratch.load(_name(role, layer))[0]
    return draws


def _name(role: str, layer: int) -> str:
    return f"draws.{role}.{layer}"
