"""Reading labels from saved states, and what several measures need of the same readout."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from joblib import cpu_count
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from infoplane.estimators import Estimate, LabelReadout, StackedReadout, read_labels, read_stacked
from infoplane.measures._numbers import Options, Progress
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


@dataclass(frozen=True, slots=True)
class Kept:
    """I(T;Y) of a layer, the score in nats of every example (n,), and the null draws (P,)."""

    information: Estimate
    scores: Floats
    null: Floats


def keep_readout(saved: Saved, role: str, layer: int, readout: StackedReadout) -> None:
    """Keep what other measures ask of the readout of a layer: fitting it again would take seconds."""
    about = np.frombuffer(json.dumps(readout.information.as_dict()).encode(), np.uint8)
    once = np.array([0])
    saved.scratch.write(_name("scores", role, layer), once, readout.scores[None])
    saved.scratch.write(_name("draws", role, layer), once, readout.null[None])
    saved.scratch.write(_name("information", role, layer), once, about[None])


def readout_of(saved: Saved, options: Options, role: str, layer: int) -> Kept:
    """What was kept of a layer, read now where nothing was; nulls of all layers share their permutations."""
    if not len(saved.scratch.done(_name("information", role, layer))):
        keep_readout(saved, role, layer, read_state(saved, options, saved.states(f"measure.{role}", layer)))
    scores, null, about = (
        saved.scratch.load(_name(what, role, layer))[0] for what in ("scores", "draws", "information")
    )
    return Kept(Estimate.from_dict(json.loads(about.tobytes())), scores, null)


def read_layers(saved: Saved, options: Options, role: str, layers: Sequence[int], progress: Progress) -> None:
    """Keep the readout of each of `layers`, side by side, one to a core, as units of numbers are computed."""
    with threadpool_limits(1), ThreadPoolExecutor(cpu_count()) as pool:
        for done, _ in enumerate(pool.map(lambda layer: readout_of(saved, options, role, layer), layers), 1):
            progress("reading labels", done, len(layers))


def _name(what: str, role: str, layer: int) -> str:
    return f"{what}.{role}.{layer}"
