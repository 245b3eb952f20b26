"""The information plane: by layer, how much of the label and of the input a state still carries.

For every layer and two states, the last token of the prompt and the mean of its content tokens: I(T;Y), its share of
H(Y), I(T;X) and the accuracy of the probe; beside them the accuracy of the prompt and of the logit lens, and I(z;Y) in
the spaces of 1, 2, 5 and K labels.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import Estimate, LabelReadout, bootstrap_mean, entropy, linear_information, with_null
from infoplane.measures._metrics import accuracy, metric_rows
from infoplane.measures._numbers import Options, Row, Unit, share_of_ceiling
from infoplane.measures._readout import keep_readout, read_cell, read_state
from infoplane.measures._saved import Saved


def units(saved: Saved, options: Options) -> Iterator[Unit]:
    """Every number of the plane, in the order in which it is written."""
    yield Unit({"quantity": "label_entropy"}, partial(_entropy_rows, saved))
    if saved.answering:
        yield Unit({"quantity": f"prompt_{saved.metrics[-1]}"}, partial(_prompt_rows, saved, options))
    for layer in saved.layers:
        for role in saved.roles:
            last = {"quantity": "input_information", "layer": layer, "role": role}
            yield Unit(last, partial(_layer_rows, saved, options, layer, role))
        if saved.answering:
            last = {"quantity": "lens_accuracy", "layer": layer, "role": "last"}
            yield Unit(last, partial(_lens_rows, saved, options, layer))
    for layer in sorted(set(saved.layers) & set(saved.space.layers)):
        last = {"quantity": "space_information", "layer": layer, "method": f"d_k={len(saved.names)}"}
        yield Unit(last, partial(_space_rows, saved, options, layer))


def _entropy_rows(saved: Saved) -> list[Row]:
    return [({"quantity": "label_entropy"}, entropy(saved.labels(), groups=saved.groups()))]


def _prompt_rows(saved: Saved, options: Options) -> list[Row]:
    """Accuracy and the task's own metrics of the label of largest log-probability after the prompt."""
    predicted = saved.store.load("measure.scores").argmax(axis=1)
    return metric_rows("prompt_", "label_scoring", predicted, saved, options)


def _layer_rows(saved: Saved, options: Options, layer: int, role: str) -> list[Row]:
    """What the state `role` of `layer` says about the label and about the input, the mean content embedding (A13)."""
    states, groups = saved.states(f"measure.{role}", layer), saved.groups()
    where = {"layer": layer, "site": "residual", "role": role}
    readout = read_state(saved, options, states)
    keep_readout(saved, role, layer, readout)
    embedding = saved.states("measure.content", saved.layers[0])
    kept = linear_information(embedding, states, groups=groups, permutations=options.permutations, seed=options.seed)
    return [
        (where | {"quantity": "label_information"}, readout.information),
        (where | {"quantity": "label_information_share"}, share_of_ceiling(readout.information)),
        (where | {"quantity": "probe_accuracy"}, readout.accuracy),
        (where | {"quantity": "input_information"}, kept),
    ]


def _lens_rows(saved: Saved, options: Options, layer: int) -> list[Row]:
    """Accuracy of the first label token read through the final norm and the unembedding at `layer`."""
    predicted = saved.states("measure.lens", layer).argmax(axis=1)
    found = accuracy("logit_lens", predicted, saved, options)
    if len(set(saved.about["first_tokens"])) < len(saved.names):
        found = found.flagged("shared_first_token")
    return [({"quantity": "lens_accuracy", "layer": layer, "site": "residual", "role": "last"}, found)]


def _space_rows(saved: Saved, options: Options, layer: int) -> list[Row]:
    """I(z;Y) on the span of a label and its nearest neighbours, every sample projected, averaged over labels (A9)."""
    role = saved.roles[0]
    states = saved.states(f"measure.{role}", layer)
    rows: list[Row] = []
    seen: dict[tuple[int, ...], LabelReadout] = {}
    for count in saved.space_sizes:
        nearest = [saved.space.neighbours(layer, label, count) for label in range(len(saved.names))]
        spans = [tuple(sorted(near.tolist())) for near in nearest]
        for span in set(spans) - set(seen):
            z = saved.space.project(layer, states, np.array(span))
            seen[span] = read_cell(saved, options, z)
        where = {"quantity": "space_information", "layer": layer, "site": "residual", "role": role}
        rows.append((where | {"method": f"d_k={count}"}, _averaged([seen[span] for span in spans], saved, options)))
    return rows


def _averaged(readouts: list[LabelReadout], saved: Saved, options: Options) -> Estimate:
    """Mean over labels of the information in their spaces: per-sample scores and null draws are averaged alike."""
    scores = np.mean([readout.scores for readout in readouts], axis=0)
    null: NDArray[np.float64] = np.mean([readout.null for readout in readouts], axis=0)
    mean = bootstrap_mean(scores, groups=saved.groups(), seed=options.seed)
    first = readouts[0].information
    name = f"{first.estimator} mean over labels"
    found = with_null(mean, null, kind="lower_bound", ceiling=first.ceiling, estimator=name)
    shared = set.intersection(*(set(readout.information.flags) for readout in readouts)) - {"not_above_null"}
    return found.flagged(*sorted(shared))
