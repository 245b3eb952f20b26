"""What a sweep trains: `finetune` with the settings of a job, in a directory of its own."""

import copy
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infoplane.methods._sweep._arm import Arm, Configuration, Job, configurations
from infoplane.methods._training._checkpoint import CHECKPOINTS
from infoplane.methods._training._keeping import MODEL
from infoplane.methods._training._recipe import Recipe
from infoplane.objectives import Objective, make_objective

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.runs import Run

_OF_RECIPE = frozenset(field.name for field in fields(Recipe))


@dataclass(frozen=True, eq=False)
class Finetuning:
    """Trains jobs under `folder`; everything but a job's own values is the same for all of them.

    Once a training is finished its checkpoints are deleted, and its network too unless `keep_models`.
    """

    lm: "LanguageModel"
    folder: Path
    recipe: Recipe
    train_on: Sequence[str]
    select_on: str
    teacher: "LanguageModel | None"
    network: Any
    keep_models: bool

    def __call__(self, job: Job) -> "Run":
        """The finished run of `job`."""
        from infoplane.methods._finetune import finetune

        objective, recipe = made(job.method, job.configuration, self.recipe)
        run = finetune(
            self.lm,
            job.task,
            objective=objective,
            out=self.folder / job.folder,
            recipe=recipe,
            train_on=self.train_on,
            select_on=self.select_on,
            teacher=self.teacher if "teacher" in objective.needs else None,
            network=copy.deepcopy(self.network),
            seed=job.seed,
            trackers=(),
        )
        for name in (CHECKPOINTS,) if self.keep_models else (CHECKPOINTS, MODEL):
            shutil.rmtree(run.path / name, ignore_errors=True)
        return run


def made(method: str, configuration: Configuration, recipe: Recipe) -> tuple[Objective, Recipe]:
    """Objective and recipe with the values of `configuration`; InputError for values that neither takes."""
    of_recipe: dict[str, Any] = {name: value for name, value in configuration.items() if name in _OF_RECIPE}
    settings = {name: value for name, value in configuration.items() if name not in _OF_RECIPE}
    return make_objective(method, **settings), replace(recipe, **of_recipe)


def check_made(arms: Sequence[Arm], recipe: Recipe) -> None:
    """InputError for a configuration that no objective and no recipe takes, before anything is trained."""
    for arm in arms:
        for configuration in configurations(arm.grid):
            made(arm.method, configuration, recipe)
