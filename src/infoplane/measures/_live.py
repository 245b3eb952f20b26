"""A model that is steered while it is measured: strengths are chosen on the tune split, effects taken on `measure`.

What a plan does to every example goes to the run's store, chunk by chunk, and numbers are made from the store alone.
What stands in the store is not run again, and chunks do not depend on what stands there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError
from infoplane.measures._neutral import PASSAGES
from infoplane.measures._numbers import Options, Progress
from infoplane.measures._saved import Saved
from infoplane.measures._told import other_labels
from infoplane.measures._trial import Chunk, Job, Trial, chunks_of, prompts_of, spread_rows
from infoplane.spaces import TaskSpace, find_dose

if TYPE_CHECKING:
    from infoplane.models import LanguageModel, Plan, Rehearsal
    from infoplane.tasks import Split, Task

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Steer = Callable[[Sequence[str]], "Plan"]

_TUNED = 128  # prompts of the tune split on which strengths are found
_TOLERANCE = 1e-3  # of a coefficient
_NATURAL = 10  # times the natural size of directions
_OFF = 0.25  # of the dose asked for


@dataclass(frozen=True)
class Strength:
    """What spends `dose` nats on the tune split with directions of `space` at `layers`; kept as `name`."""

    name: str
    space: TaskSpace
    dose: float
    layers: tuple[int, ...]


@dataclass(frozen=True)
class Live:
    """A decoder, the task it is measured on, and what was read of it so far.

    `elsewhere`: another task, whose accuracy shows what steering breaks; `neutral`: text that shows it too.
    """

    lm: "LanguageModel"
    task: "Task"
    saved: Saved
    options: Options
    progress: Progress
    elsewhere: "Task | None" = None
    neutral: Sequence[str] = PASSAGES

    @cached_property
    def spaces(self) -> dict[str, TaskSpace]:
        """The directions that are added: the labels' own, and random ones of the same sizes."""
        return {"add": self.saved.space, "random": self.saved.space.random(self.options.seed)}

    @cached_property
    def told(self) -> list[str]:
        """A label for every example of the measure split that is not its own."""
        return self.names(other_labels(self.saved.labels(), len(self.task.labels), self.options.seed))

    def names(self, labels: Rows) -> list[str]:
        """The words of `labels` (n,)."""
        return [self.task.labels[label] for label in labels]

    def steers(self, wanted: Sequence[Strength]) -> dict[str, Steer]:
        """How labels are told at every strength, by name: a strength is found once and kept in the store.

        Told while it is looked for are labels that are not the example's own.
        """
        steers: dict[str, Steer] = {}
        for number, strength in enumerate(wanted, 1):
            if not len(self.saved.scratch.done(strength.name)):
                self.saved.scratch.write(strength.name, np.array([0]), np.array([self._found(strength)]))
            coefficient = float(self.saved.scratch.load(strength.name)[0, 0])
            steers[strength.name] = partial(strength.space.plan, coefficient=coefficient, layers=strength.layers)
            self.progress("finding strengths", number, len(wanted))
        return steers

    def _found(self, strength: Strength) -> tuple[float, float]:
        """The coefficient, and 1; the directions' natural size, and 0, where the dose cannot be reached."""
        labels = self.names(other_labels(np.asarray(self._tune.labels), len(self.task.labels), self.options.seed))
        make = lambda coefficient: strength.space.plan(labels, coefficient=coefficient, layers=strength.layers)  # noqa: E731
        try:
            return find_dose(self._rehearsed, make, strength.dose, tolerance=_TOLERANCE).coefficient, 1.0
        except InputError:
            return 1.0, 0.0

    @cached_property
    def _tune(self) -> "Split":
        return self.task.splits["tune"].stratified(_TUNED, self.options.seed)

    @cached_property
    def _rehearsed(self) -> "Rehearsal":
        from infoplane.models import Rehearsal

        return Rehearsal(self.lm, prompts_of(self.task, self._tune), self.task.answers)

    def chunks(self, most: int | None = None) -> list[Chunk]:
        """The measure split, or `most` examples from all over it."""
        split = self.task.splits["measure"]
        return chunks_of(self.task, split, spread_rows(len(split), most))

    def collect(self, what: str, chunks: Sequence[Chunk], jobs: Mapping[str, Job]) -> None:
        """Do what is missing of `jobs`, whose arrays are kept row by row under their names."""
        store = self.saved.scratch
        done = {name: set(store.done(name).tolist()) for name in jobs}
        for number, chunk in enumerate(chunks, 1):
            trial = Trial(self.lm, chunk)
            for name in jobs:
                if not done[name].issuperset(chunk.rows.tolist()):
                    store.write(name, chunk.rows, jobs[name](trial))
            self.progress(what, number, len(chunks))


def spent_flags(dose: float, *spent: Floats) -> tuple[str, ...]:
    """`dose_off` where the mean of any of `spent` (n,), in nats, is over a quarter away from `dose`."""
    return ("dose_off",) if any(abs(float(one.mean()) / dose - 1) > _OFF for one in spent) else ()


def strength_flags(saved: Saved, *names: str) -> tuple[str, ...]:
    """What there is to say of the strengths kept under `names`: a dose not reached, or only far from natural sizes."""
    found = np.array([saved.scratch.load(name)[0] for name in names])
    warnings = {"dose_not_reached": (found[:, 1] == 0).any(), "unnatural_size": (found[:, 0] > _NATURAL).any()}
    return tuple(flag for flag, holds in warnings.items() if holds)
