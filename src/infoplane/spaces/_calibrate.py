"""Calibration: which coefficient costs which dose, on prompts of the tune split told labels drawn at random."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane.spaces._contrasts import Progress
from infoplane.spaces._curve import Curve
from infoplane.spaces._dose import Dose, DoseSearch
from infoplane.spaces._manner import Manner
from infoplane.spaces._plans import make_plan
from infoplane.spaces._positions import Position, dose_positions

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.spaces._space import TaskSpace
    from infoplane.tasks import Task

DOSES = (0.03, 0.1, 0.3, 1.0, 3.0)
PROMPTS = 64

# Nearer than this, a coefficient is well within what a few dozen prompts can tell.
_TOLERANCE = 2e-3


def calibrated(
    space: "TaskSpace",
    lm: "LanguageModel",
    task: "Task",
    how: Manner,
    *,
    doses: Sequence[float] = DOSES,
    prompts: int = PROMPTS,
    seed: int = 0,
    progress: Progress | None = None,
) -> Curve:
    """The curve that `TaskSpace.calibrate` keeps; InputError where not one of `doses` can be reached."""
    space.check(lm)
    if how.operation == "erase":
        raise InputError(one_line("a dose of erase", "an operation with a strength", "calibrate add, or erase without"))
    tune = task.splits["tune"].stratified(prompts, seed)
    if len(set(tune.groups.tolist())) < 2:
        came = f"{len(tune)} examples to calibrate on"
        raise InputError(one_line(came, "two groups in the tune split", "use more texts, or steer by a coefficient"))
    asked = [task.prompt(text, tune.pair(row)) for row, text in enumerate(tune.texts)]
    positions = dose_positions(lm, asked, how)
    search = DoseSearch(
        _costs(space, lm, positions, told_labels(space.labels, len(tune), seed), task.answers),
        groups=tune.groups[np.concatenate([position.rows for position in positions])],
        tolerance=_TOLERANCE,
        seed=seed,
    )
    found, missed = _reach(search, sorted(set(doses)), progress)
    return Curve(how, found, missed, search.tried, len(tune), seed, task.name, task.fingerprint)


def _costs(
    space: "TaskSpace", lm: "LanguageModel", positions: list[Position], told: list[str], answers: tuple[str, ...]
) -> Callable[[float], NDArray[np.float64]]:
    """Divergences that a coefficient costs, at one position after the other; each prompt is told its label."""
    from infoplane.models import Rehearsal

    rehearsals = [Rehearsal(lm, position.prompts, answers, select=position.how.select()) for position in positions]
    labels = [[told[row] for row in position.rows] for position in positions]

    def costs(coefficient: float) -> NDArray[np.float64]:
        found = [
            rehearsal.divergence(make_plan(space, names, position.how, coefficient=coefficient))
            for rehearsal, names, position in zip(rehearsals, labels, positions, strict=True)
        ]
        return np.concatenate(found)

    return costs


def told_labels(labels: tuple[str, ...], rows: int, seed: int) -> list[str]:
    """A label for each of `rows` prompts: all equally often, in random order, blind to the prompts' own labels."""
    rng = np.random.default_rng([seed, 11])
    order = rng.permutation(len(labels))
    return [labels[index] for index in rng.permutation(order[np.arange(rows) % len(labels)])]


def _reach(
    search: DoseSearch, doses: Sequence[float], progress: Progress | None
) -> tuple[tuple[Dose, ...], tuple[float, ...]]:
    """The doses that can be reached, and the targets of those that cannot; InputError where none can."""
    found: list[Dose] = []
    missed: list[float] = []
    why: InputError | None = None
    for done, dose in enumerate(doses, 1):
        try:
            found.append(search.find(dose))
        except InputError as error:
            missed.append(dose)
            why = error
        if progress:
            progress(done, len(doses))
    if not found:
        raise why or InputError(one_line("no doses to calibrate", "at least one", "leave doses out"))
    return tuple(found), tuple(missed)
