"""Information by decoding step: step t is the forward pass that emits token t, step 0 the prompt.

For every step and layer: I(T;Y), I(T; state at step 0) and I(T;Y | emitted answer), so that "the state contains what
was just said" is told apart; then I(T;Y) aligned by the role of the emitted token. Every step says how many answers
were still running, and its ceiling is the label entropy among those.
"""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import Estimate, linear_information, proportion, read_labels
from infoplane.measures._answers import ROLES
from infoplane.measures._metrics import metric_rows
from infoplane.measures._numbers import Options, Row, Unit
from infoplane.measures._saved import Saved

Rows = NDArray[np.int64]

_FEWEST, _FEW, _FOLDS = 20, 30, 5


def units(saved: Saved, options: Options) -> Iterator[Unit]:
    """Every number by step, then every number by role; none for an encoder, which emits nothing."""
    if not saved.answering:
        return
    yield Unit({"quantity": f"answer_{saved.metrics[-1]}"}, partial(_answer_rows, saved, options))
    for step, running in enumerate(saved.running, 1):
        where = {"step": step, "role": "step"}
        yield Unit({"quantity": "answers_running", **where}, partial(_running_rows, saved, running, where))
        if not _measurable(saved, running):
            continue
        for layer in saved.layers:
            last = {"quantity": "conditional_label_information", "layer": layer, **where}
            yield Unit(last, partial(_step_rows, saved, options, running, layer, step))
    for role in ROLES:
        at = saved.steps_of(role)
        rows = np.flatnonzero(at > 0)
        where = {"role": role}
        yield Unit({"quantity": "answers_running", **where}, partial(_running_rows, saved, rows, where))
        if not _measurable(saved, rows):
            continue
        for layer in saved.layers:
            last = {"quantity": "label_information", "layer": layer, **where}
            yield Unit(last, partial(_role_rows, saved, options, rows, at, layer, role))


def _measurable(saved: Saved, rows: Rows) -> bool:
    """Whether enough answers are left: two labels that occur five times among them, and two samples a label."""
    counts = Counter(saved.labels()[rows].tolist())
    enough = len(rows) >= max(_FEWEST, 2 * len(counts)) and len(set(saved.groups()[rows].tolist())) >= _FOLDS
    return enough and sum(count >= 5 for count in counts.values()) >= 2


def _answer_rows(saved: Saved, options: Options) -> list[Row]:
    """How well the generated answers name the label; an answer that names none is wrong."""
    predicted = np.where(saved.answers < len(saved.names), saved.answers, -1)
    named = proportion(predicted >= 0, groups=saved.groups())
    rows = metric_rows("answer_", "greedy_answer", predicted, saved, options)
    return [({"quantity": "answers_naming_a_label"}, named), *rows]


def _running_rows(saved: Saved, rows: Rows, where: dict[str, Any]) -> list[Row]:
    count = Estimate(value=float(len(rows)), units="count", n=len(saved.labels()), estimator="count")
    return [({"quantity": "answers_running", **where}, count)]


def _step_rows(saved: Saved, options: Options, rows: Rows, layer: int, step: int) -> list[Row]:
    """The three informations of the state that emits token `step`, at `layer`, over the answers still running."""
    states = saved.states(f"measure.step{step}", layer)
    labels, groups, permutations = saved.labels()[rows], saved.groups()[rows], options.step_permutations
    shared: dict[str, Any] = {"groups": groups, "permutations": permutations, "seed": options.seed}
    readout = read_labels(states, labels, **shared)
    beyond = read_labels(states, labels, given=saved.answers[rows], **shared).information
    comprehended = saved.states("measure.content", layer)[rows]
    kept = linear_information(comprehended, states, **shared)
    where = {"layer": layer, "site": "residual", "step": step, "role": "step"}
    flags = ("few_running",) if len(rows) < _FEW else ()
    return [
        (where | {"quantity": quantity}, estimate.flagged(*flags))
        for quantity, estimate in (
            ("label_information", readout.information),
            ("probe_accuracy", readout.accuracy),
            ("input_information", kept),
            ("conditional_label_information", beyond),
        )
    ]


def _role_rows(saved: Saved, options: Options, rows: Rows, at: Rows, layer: int, role: str) -> list[Row]:
    """I(T;Y) of the first state of each answer that emits a token of `role`."""
    states = np.empty((len(rows), saved.width))
    for step in np.unique(at[rows]):
        here = at[rows] == step
        states[here] = saved.states(f"measure.step{step}", layer)[np.isin(saved.running[step - 1], rows[here])]
    readout = read_labels(
        states,
        saved.labels()[rows],
        groups=saved.groups()[rows],
        permutations=options.step_permutations,
        seed=options.seed,
    )
    flags = ("few_running",) if len(rows) < _FEW else ()
    where = {"layer": layer, "site": "residual", "role": role}
    return [(where | {"quantity": "label_information"}, readout.information.flagged(*flags))]
