"""Where and how strongly the vectors of Table 2 are added, which the paper does not say.

Two answers. At a dose: of a few bands of layers, each at the strength that spends the same nats, the one under which
the told gold label is predicted most often on the tune split. Literally (eq. 17): the vector itself, at every layer.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from infoplane._errors import InputError
from infoplane.estimators import proportion
from infoplane.models import LanguageModel, Rehearsal, Select
from infoplane.spaces import TaskSpace
from infoplane.tasks import Task

PROMPTS = 256

Band = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Strength:
    """A coefficient over `layers`; `dose` in nats where it was chosen by one, None for the literal form."""

    coefficient: float
    layers: str
    dose: float | None

    @property
    def controlled(self) -> bool:
        """Whether it is tried on control directions too."""
        return self.dose is not None


def literal(space: TaskSpace) -> Strength:
    """The natural size of every vector, at each of the layers."""
    return Strength(float(len(space.layers)), "all", None)


def choose(
    lm: LanguageModel, task: Task, space: TaskSpace, dose: float, seed: int
) -> tuple[Strength, list[dict[str, Any]]]:
    """The best band at `dose` nats, and the accuracy of every band that reaches it, on the tune split.

    Bands: the first, the middle and the last third of the layers, and all. Raises InputError where none reaches it.
    """
    tune = task.splits["tune"].stratified(PROMPTS, seed)
    rehearsal = Rehearsal(lm, [task.prompt(text, tune.pair(row)) for row, text in enumerate(tune.texts)], task.answers)
    gold = [task.labels[label] for label in tune.labels]
    tried: list[tuple[Strength, Band]] = []
    refused: InputError | None = None
    for layers in bands(space):
        try:
            curve = space.calibrate(lm, task, doses=(dose,), layers=layers, seed=seed).curves[-1]
        except InputError as error:
            refused = error
            continue
        strength = Strength(curve.coefficient(dose), layers, dose)
        plan = space.plan(gold, coefficient=strength.coefficient, layers=layers)
        hits = proportion(rehearsal.under(plan).scores.argmax(axis=1) == tune.labels, tune.groups)
        tried.append((strength, {"layers": layers, "coefficient": strength.coefficient, "accuracy": hits.as_dict()}))
    if not tried:
        raise refused or InputError("no band of layers")
    best = int(np.argmax([found["accuracy"]["value"] for _, found in tried]))
    return tried[best][0], [found for _, found in tried]


def bands(space: TaskSpace) -> list[str]:
    """The first, middle and last third of the layers, and all, as `Select` writes them."""
    middle = space.band()
    first = [layer for layer in space.layers if layer < middle[0]]
    last = [layer for layer in space.layers if layer > middle[-1]]
    written = [str(Select(layers=layers).layers) for layers in (first, middle, last, space.layers) if len(layers)]
    return list(dict.fromkeys(written))
