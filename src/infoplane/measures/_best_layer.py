"""The best layer: chosen on the measure split, its number taken from the `tune` split, which did not choose it."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from infoplane.estimators import max_t
from infoplane.measures._numbers import Options, Row, Unit
from infoplane.measures._readout import read_state, readout_of
from infoplane.measures._saved import Saved


def units(saved: Saved, options: Options) -> Iterator[Unit]:
    """One unit for every state that was read: last token, mean of the content."""
    for role in saved.roles:
        last = {"quantity": "best_layer_accuracy", "role": role, "split": "tune"}
        yield Unit(last, partial(_rows, saved, options, role))


def _rows(saved: Saved, options: Options, role: str) -> list[Row]:
    """The layer of largest I(T;Y): p of the maximum over layers on the split that chose it, then fresh numbers."""
    kept = [readout_of(saved, options, role, layer) for layer in saved.layers]
    values = np.array([one.information.value for one in kept])
    best = int(values.argmax())
    layer = saved.layers[best]
    chosen = kept[best].information
    if options.permutations:
        over_layers = float(max_t(values, [one.null for one in kept])[best])
        chosen = replace(chosen, p_value=over_layers, estimator=f"{chosen.estimator} p=max_t")
    fresh = read_state(saved, options, saved.states(f"tune.{role}", layer), split="tune")
    where = {"layer": layer, "site": "residual", "role": role}
    return [
        (where | {"quantity": "chosen_layer_information"}, chosen),
        (where | {"quantity": "best_layer_information", "split": "tune"}, fresh.information.flagged("fresh_split")),
        (where | {"quantity": "best_layer_accuracy", "split": "tune"}, fresh.accuracy.flagged("fresh_split")),
    ]
