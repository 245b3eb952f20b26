"""All students of one teacher: what they share, the lessons they take, and the one that is chosen."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from infoplane.methods._distilling._candidates import Candidate
from infoplane.methods._distilling._lesson import Choice, Learnt, Lesson, forget
from infoplane.methods._distilling._student import Architecture, student_model
from infoplane.methods._setting import Told
from infoplane.methods._training._devices import Devices
from infoplane.methods._training._recipe import Recipe
from infoplane.methods._training._work import main_first
from infoplane.runs import Run

if TYPE_CHECKING:
    from pathlib import Path

    from infoplane.models import LanguageModel
    from infoplane.tasks import Task


@dataclass(frozen=True, eq=False)
class Plan:
    """How students are made and taught, whoever teaches them.

    student  a network that is there already; None: a copy of the teacher's blocks `layers`, see `student_network`
    """

    task: "Task"
    student: "LanguageModel | None"
    layers: str | Sequence[int]
    depth: int | None
    architecture: Architecture
    t2: bool
    recipe: Recipe
    train_on: Sequence[str]
    select_on: str
    trackers: Sequence[str]
    devices: Devices
    seed: int
    told: Told


@dataclass(frozen=True, eq=False)
class School:
    """The students of `candidate`, in a run of its own in `path`."""

    plan: Plan
    candidate: Candidate
    path: "Path"

    @cached_property
    def student(self) -> "LanguageModel":
        """What every student begins as."""
        plan = self.plan
        if plan.student is not None:
            return plan.student
        asked: dict[str, Any] = {"layers": plan.layers, "depth": plan.depth, "architecture": plan.architecture}
        return student_model(self.candidate.lm, **asked, seed=plan.seed)

    @cached_property
    def run(self) -> Run:
        """Where the teacher's logits are kept once for all lessons."""
        config = {"teacher": self.candidate.lm.fingerprint, "student": self.student.fingerprint}
        return main_first(self.plan.devices, lambda: Run.open(self.path, config if self.plan.devices.main else None))

    def lesson(self, choice: Choice, epochs: int | None = None) -> Lesson:
        """The training of a new student with `choice`; `epochs` in place of the recipe's."""
        plan, recipe = self.plan, self.candidate.recipe
        return Lesson(
            run=self.run,
            lm=self.student,
            task=plan.task,
            objective=choice.objective(t2=plan.t2),
            recipe=recipe if epochs is None else replace(recipe, epochs=epochs),
            train_on=plan.train_on,
            select_on=plan.select_on,
            devices=plan.devices,
            seed=plan.seed,
            told=lambda what, done, total: plan.told(f"{choice}: {what}", done, total),
            teacher=self.candidate.lm if choice.alpha else None,
            network=None if plan.student is not None else _trainable(self.student),
            choice=choice,
            folder=choice.folder if epochs is None else f"{choice.folder}-{epochs}-epochs",
        )

    def taught(self, choices: Sequence[Choice]) -> list[Learnt]:
        """What a student came to with each of `choices`; the checkpoints of all but the best are deleted."""
        learnt: list[Learnt] = []
        for number, choice in enumerate(choices):
            learnt.append(self.lesson(choice).learn(self.plan.trackers))
            self.plan.devices.on_main(lambda: self._forget(learnt))
            self.plan.told("students", number + 1, len(choices))
        return learnt

    def _forget(self, learnt: Sequence[Learnt]) -> None:
        best = best_of(learnt)
        for one in learnt:
            if one is not best:
                forget(self.path / one.choice.folder)


def best_of(learnt: Sequence[Learnt]) -> Learnt:
    """The one with the highest score on the held-out examples, the first of equal ones."""
    return max(learnt, key=lambda one: one.score)


def _trainable(lm: "LanguageModel") -> Any:
    return copy.deepcopy(lm.network).requires_grad_(True).train()
