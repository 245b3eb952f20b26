"""The best layer: chosen on the measure split, its number taken from the `tune` split, which did not choose it."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from infoplane.estimators import max_t
from infoplane.measures._numbers import Options, Row, Unit
from infoplane.measures._readout import draws_of, read_state
from infoplane.measures._saved import Saved


def units(saved: Saved, options: Options) -> Iterator[Unit]:
    """One unit for every state that was read: last token, mean of the content."""
    for role in saved.roles:
        last = {"quantity": "best_layer_accuracy", "role": role, "split": "tune"}
        yield Unit(last, partial(_rows, saved, options, role))


def _rows(saved: Saved, options: Options, role: str) -> list[Row]:
    """The layer of largest I(T;Y), with a max-T p-value over all layers, and its fresh numbers."""
    draws = np.array([draws_of(saved, options, role, layer) for layer in saved.layers])
    best = int(draws[:, 0].argmax())
    layer = saved.layers[best]
    fresh = read_state(saved, options, saved.states(f"tune.{role}", layer), split="tune")
    information = fresh.information.flagged("fresh_split")
    if options.permutations:
        over_layers = float(max_t(draws[:, 0], draws[:, 1:])[best])
        information = replace(information, p_value=over_layers, estimator=f"{information.estimator} p=max_t")
    where = {"layer": layer, "site": "residual", "role": role, "split": "tune"}
    return [
        (where | {"quantity": "best_layer_information"}, information),
        (where | {"quantity": "best_layer_accuracy"}, fresh.accuracy.flagged("fresh_split")),
    ]
