"""One student's training: with what share of the teacher, at what temperature, and what came of it."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any, Self

from infoplane._errors import InputError, one_line
from infoplane.methods._training._checkpoint import CHECKPOINTS
from infoplane.methods._training._loop import State
from infoplane.methods._training._trackers import Trackers
from infoplane.methods._training._work import Work
from infoplane.objectives import Distillation
from infoplane.runs import write_atomic, writing

_RESULT = "result.json"


@dataclass(frozen=True)
class Choice:
    """What a student's loss is made of; alpha 0 is cross-entropy alone."""

    alpha: float
    temperature: float = 1.0

    def __str__(self) -> str:
        return f"alpha={self.alpha:g}, T={self.temperature:g}"

    @property
    def folder(self) -> str:
        """A name for its directory."""
        return f"alpha-{self.alpha:g}-t-{self.temperature:g}"

    def objective(self, *, t2: bool) -> Distillation:
        """The loss; InputError for a share outside 0 to 1 and a temperature that is not above 0."""
        return Distillation(self.alpha, self.temperature, t2=t2)


PLAIN = Choice(0.0)


def grid(alphas: Sequence[float], temperatures: Sequence[float]) -> list[Choice]:
    """Every combination, in order; InputError for none, for one that is no loss, and for a share of 0."""
    choices = [Choice(float(alpha), float(temperature)) for alpha, temperature in product(alphas, temperatures)]
    if not choices or len(set(choices)) < len(choices) or any(not choice.alpha for choice in choices):
        came = f"alphas {list(alphas)} with temperatures {list(temperatures)}"
        do = "leave 0 out: a student without a teacher is trained in any case"
        raise InputError(one_line(came, "at least one of each, once, alphas above 0", do))
    for choice in choices:
        choice.objective(t2=True)
    return choices


@dataclass(frozen=True)
class Learnt:
    """What a lesson came to on the held-out examples: the best epoch's score, and the labels predicted then."""

    choice: Choice
    score: float
    epoch: int
    steps: int
    seconds: float
    predicted: tuple[int, ...]

    @classmethod
    def of(cls, choice: Choice, state: State) -> Self:
        """What the loop left."""
        best = state.epochs[state.best]
        return cls(choice, best["score"], best["epoch"], state.step, state.seconds, tuple(best["predicted"]))

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """What stands in the folder of a lesson; None for one that is not over."""
        path = folder / _RESULT
        if not path.is_file():
            return None
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(**kept | {"choice": Choice(**kept["choice"]), "predicted": tuple(kept["predicted"])})

    def save(self, folder: Path) -> None:
        """Write it into the folder of the lesson."""
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        write_atomic(folder / _RESULT, json.dumps(asdict(self), allow_nan=False))


@dataclass(frozen=True, eq=False)
class Lesson(Work):
    """A training among several in one run, which share what the store holds of their teacher."""

    choice: Choice = PLAIN
    folder: str = ""

    @property
    def place(self) -> Path:
        """The directory of this lesson alone."""
        return self.run.path / self.folder

    @property
    def checkpoints(self) -> Path:
        """The folder of its checkpoints."""
        return self.place / CHECKPOINTS

    def learn(self, trackers: Sequence[str]) -> Learnt:
        """Train to the end, or take what stands there."""
        kept = Learnt.load(self.place)
        if kept is None:
            kept = Learnt.of(self.choice, self._trained(trackers))
            self.devices.on_main(lambda: kept.save(self.place))
        return kept

    def _trained(self, names: Sequence[str]) -> State:
        if not self.devices.main:
            return self.train(None)
        trackers = Trackers(names, self.place / "logs", self.objective.settings())
        try:
            return self.train(trackers)
        finally:
            trackers.close()


def forget(folder: Path) -> None:
    """Delete the checkpoints of the lesson in `folder`: it is not this student that is kept."""
    shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)
