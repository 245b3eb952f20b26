"""Reading labels from saved states, and the permutation draws that several layers share."""

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import LabelReadout, read_labels
from infoplane.measures._numbers import Options
from infoplane.measures._saved import Saved

Floats = NDArray[np.float64]


def read_state(
    saved: Saved, options: Options, states: Floats, *, split: str = "measure", permutations: int | None = None
) -> LabelReadout:
    """What `states` (n, width) of the examples of `split` say about their labels."""
    return read_labels(
        states,
        saved.labels(split),
        groups=saved.groups(split),
        permutations=options.permutations if permutations is None else permutations,
        seed=options.seed,
    )


def keep_draws(saved: Saved, role: str, layer: int, readout: LabelReadout) -> None:
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
