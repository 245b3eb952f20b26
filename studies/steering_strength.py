"""Where and how strongly the vectors of Table 2 are added, which the paper does not say.

Two answers. At a dose: of two kinds of directions and a few bands of layers, each at the strength that spends the same
nats, the one under which the told gold label is predicted most often on the tune split. Literally (eq. 17): the
contrast vector itself, at every layer.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from infoplane._errors import InputError, one_line
from infoplane.estimators import Estimate, proportion
from infoplane.models import LanguageModel, Rehearsal, Select
from infoplane.spaces import TaskSpace
from infoplane.tasks import Task

# Contrast prompts are the paper's (eq. 1-4); centroids of plain states serve models that ignore such instructions.
DIRECTIONS = ("contrast", "centroid")
PROMPTS = 256

Tried = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Strength:
    """A coefficient of `directions` over `layers`; `dose`: the nats it was chosen for, None for the literal form."""

    directions: str
    coefficient: float
    layers: str
    dose: float | None

    @property
    def controlled(self) -> bool:
        """Whether it is tried on control directions too."""
        return self.dose is not None


def literal(space: TaskSpace) -> Strength:
    """The natural size of every contrast vector, at each of the layers."""
    return Strength("contrast", float(len(space.layers)), "all", None)


def choose(
    lm: LanguageModel, task: Task, spaces: Mapping[str, TaskSpace], dose: float, seed: int
) -> tuple[Strength, list[Tried]]:
    """The best directions and band at `dose` nats, and the accuracy of all that reach it, on the tune split.

    Bands: the first, the middle and the last third of the layers, and all. Raises InputError where none reaches it.
    """
    tune = task.splits["tune"].stratified(PROMPTS, seed)
    rehearsal = Rehearsal(lm, [task.prompt(text, tune.pair(row)) for row, text in enumerate(tune.texts)], task.answers)
    gold = [task.labels[label] for label in tune.labels]
    tried: list[tuple[Strength, Estimate]] = []
    refused: InputError | None = None
    for directions, space in spaces.items():
        for layers in bands(space):
            try:
                curve = space.calibrate(lm, task, doses=(dose,), layers=layers, seed=seed).curves[-1]
            except InputError as error:
                refused = error
                continue
            strength = Strength(directions, curve.coefficient(dose), layers, dose)
            plan = space.plan(gold, coefficient=strength.coefficient, layers=layers)
            hits = rehearsal.under(plan).scores.argmax(axis=1) == tune.labels
            tried.append((strength, proportion(hits, tune.groups)))
    if not tried:
        raise refused or InputError(one_line("no band of layers", "at least one", "use a model with blocks"))
    best = max(tried, key=lambda one: one[1].value)[0]
    return best, [asdict(strength) | {"accuracy": accuracy.as_dict()} for strength, accuracy in tried]


def bands(space: TaskSpace) -> list[str]:
    """The first, middle and last third of the layers, and all, as `Select` writes them."""
    middle = space.band()
    first = [layer for layer in space.layers if layer < middle[0]]
    last = [layer for layer in space.layers if layer > middle[-1]]
    written = [str(Select(layers=layers).layers) for layers in (first, middle, last, space.layers) if len(layers)]
    return list(dict.fromkeys(written))
