"""The networks that may be teachers: trained here or taken as they are, and what is known of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from infoplane._errors import InputError, one_line
from infoplane.estimators import Estimate
from infoplane.measures import cmi_report
from infoplane.methods._distilling._teachers import Teacher
from infoplane.methods._training._beside import as_teacher
from infoplane.methods._training._judged import Judged, Row
from infoplane.methods._training._keeping import MODEL
from infoplane.methods._training._recipe import Recipe
from infoplane.methods._training._trainee import Trainee
from infoplane.objectives import OBJECTIVES, Objective, make_objective

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.tasks import Split, Task

Said = Objective | str | Path


def named(said: Sequence[Said]) -> dict[str, Objective | Path]:
    """What each teacher is called: an objective to train it with, or the folder where it stands already.

    Text is the name of an objective, "max-cmi", with its weight, "max-cmi:0.2", or a folder. Raises InputError for
    none, for one that is neither, and for two of the same name.
    """
    found: dict[str, Objective | Path] = {}
    for one in said:
        name, teacher = _named(one)
        if name in found:
            came = f"two teachers {name}"
            raise InputError(one_line(came, "each once", "leave one out, or give their folders other names"))
        found[name] = teacher
    if not found:
        raise InputError(one_line("no teachers", "at least one", "name an objective, or the run of a finetune"))
    return found


def _named(said: Said) -> tuple[str, Objective | Path]:
    if isinstance(said, Objective):
        return f"{said.name}-{said.weight:g}" if said.weight else said.name, said
    name, _, weight = str(said).partition(":")
    if name in OBJECTIVES:
        return _named(make_objective(name, **({"weight": _number(str(said), weight)} if weight else {})))
    folder = Path(said).expanduser()
    model = next((place for place in (folder / MODEL, folder) if (place / "config.json").is_file()), None)
    if model is None:
        came = f"teacher {str(said)!r}"
        expected = f"the folder of a run of finetune, or one of {', '.join(OBJECTIVES)}"
        raise InputError(one_line(came, expected, "check the path, or train it here: max-cmi:0.2"))
    return folder.resolve().name, model


def _number(said: str, weight: str) -> float:
    try:
        return float(weight)
    except ValueError:
        raise InputError(one_line(f"teacher {said!r}", "a number behind the colon", "write max-cmi:0.2")) from None


@dataclass(frozen=True, eq=False)
class Candidate:
    """A trained network `lm` called `name`, judged on `held`, examples that it was not trained on."""

    name: str
    lm: "LanguageModel"
    task: "Task"
    held: "Split"
    recipe: Recipe
    seed: int

    @cached_property
    def trainee(self) -> Trainee:
        """The network as it answers the task; InputError for one that was not trained on its labels."""
        return as_teacher(self.lm, Trainee(self.lm, self.task, self.recipe, network=self.lm.network))

    @cached_property
    def scores(self) -> dict[str, Estimate]:
        """The task's metrics on the held-out examples."""
        judged = Judged(self.held, self.task.metrics, self.task.labels)
        rows = judged.rows(f"teacher {self.name}", self.predicted(self.held).argmax(axis=1), self.seed)
        return {where["quantity"]: estimate for where, estimate in rows}

    @cached_property
    def cmi(self) -> Estimate:
        """I(X;Z|Y) of what its last linear map reads, on the held-out examples."""
        features = self.trainee.features(self.trainee.examples(self.held)).cpu().numpy()
        held = self.held
        return cmi_report(features, held.labels, groups=held.groups, names=self.task.labels, seed=self.seed).cmi

    def predicted(self, split: "Split") -> NDArray[np.float64]:
        """Its scores (n, C) of `split`."""
        return self.trainee.predicted(split, self.trainee.examples(split))

    def teacher(self, student: float | None = None) -> Teacher:
        """What the rules choose by; `student`: the score of a student that learned from it for a short time."""
        score = self.scores[self.task.metrics[0]]
        return Teacher(self.name, float(score), standard_error(score), float(self.cmi), student)

    def rows(self) -> list[Row]:
        """Its numbers, for a ledger."""
        found = {**self.scores, "cmi": self.cmi}
        return [({"quantity": name, "method": "teacher", "role": self.name}, one) for name, one in found.items()]


def standard_error(estimate: Estimate) -> float:
    """Half the interval over the normal quantile of its confidence."""
    if estimate.low is None or estimate.high is None:
        return 0.0
    return float((estimate.high - estimate.low) / 2 / norm.ppf((1 + estimate.confidence) / 2))
