"""A distillation from its parts: teachers judged, one chosen, students taught, the best kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infoplane.methods._distilling._candidates import Candidate
from infoplane.methods._distilling._lesson import PLAIN, Choice, Learnt, Lesson, forget
from infoplane.methods._distilling._outcome import PLAIN_STUDENT, STUDENT, TEACHER, Outcome
from infoplane.methods._distilling._school import Plan, School, best_of
from infoplane.methods._distilling._teachers import choose_teacher
from infoplane.methods._finetune import finetune
from infoplane.methods._training._judged import REPORTED, Row
from infoplane.methods._training._keeping import MODEL, save_model, save_predictions
from infoplane.methods._training._recipe import Recipe
from infoplane.methods._training._work import HELD
from infoplane.models import LanguageModel, load_model
from infoplane.objectives import Objective
from infoplane.runs import Run

if TYPE_CHECKING:
    from infoplane.tasks import Split

_SHORT = Choice(0.5, 2.0)
_SHORT_PART = 5  # a short student learns for a fifth of the epochs


@dataclass(frozen=True, eq=False)
class Course:
    """What `run` holds: teachers trained from `lm` by `training` and chosen by `rule`, students taught by `plan`."""

    run: Run
    lm: LanguageModel | None
    plan: Plan
    training: Recipe
    rule: str

    @cached_property
    def held(self) -> "Split":
        """The examples that choose: teacher, epoch, alpha and temperature."""
        return self.plan.task.splits[self.plan.select_on].stratified(HELD, self.plan.seed)

    def chosen(self, said: Mapping[str, Objective | Path]) -> Candidate:
        """The teacher that the rule prefers; the numbers of all of them stand in the ledger then."""
        candidates = {name: self._candidate(name, one) for name, one in said.items()}
        short = {name: self._short(one) for name, one in candidates.items()} if self.rule == "student_dev" else {}
        teachers = [one.teacher(short.get(name)) for name, one in candidates.items()]
        chosen = candidates[choose_teacher(teachers, self.rule).name]
        rows = [row for one in candidates.values() for row in one.rows()]
        flags = (REPORTED,) if self.plan.select_on == "test" else ()
        self._write([({"split": self.plan.select_on, **at}, one.flagged(*flags)) for at, one in rows])
        return chosen

    def conclude(self, teacher: Candidate, choices: Sequence[Choice]) -> None:
        """Teach a student with each of `choices`, keep the best, and tell it on the test split."""
        school = self._school(teacher)
        with school.run:
            learnt, plain = school.taught(choices), school.taught([PLAIN])[0]
            lessons = {STUDENT: school.lesson(best_of(learnt).choice), PLAIN_STUDENT: school.lesson(PLAIN)}
            for lesson in lessons.values():
                lesson.train(None)  # it is over: the weights of its best epoch are put back
            self.plan.devices.on_main(lambda: self._keep(teacher, lessons, learnt, plain))

    def _candidate(self, name: str, said: Objective | Path) -> Candidate:
        folder = self._trained(name, said) / MODEL if isinstance(said, Objective) else said
        device = "auto" if self.lm is None else str(self.lm.device)
        lm = load_model(folder, device=device)
        recipe = replace(self.plan.recipe, head=lm.lineage.head if lm.lineage else "auto")
        return Candidate(name, lm, self.plan.task, self.held, recipe, self.plan.seed)

    def _trained(self, name: str, objective: Objective) -> Path:
        """The run of a teacher that is trained here."""
        plan = self.plan
        assert self.lm is not None, "checked before"
        return finetune(
            self.lm,
            plan.task,
            objective=objective,
            out=self.run.path / "teachers" / name,
            recipe=self.training,
            train_on=plan.train_on,
            select_on=plan.select_on,
            trackers=plan.trackers,
            seed=plan.seed,
            progress=lambda what, done, total: plan.told(f"teacher {name}: {what}", done, total),
        ).path

    def _short(self, candidate: Candidate) -> float:
        """The score of a student that learns from `candidate` for a fifth of the epochs."""
        epochs = max(1, self.plan.recipe.epochs // _SHORT_PART)
        school = self._school(candidate)
        with school.run:
            lesson = school.lesson(_SHORT, epochs)
            score = lesson.learn(self.plan.trackers).score
            self.plan.devices.on_main(lambda: forget(lesson.place))
        return score

    def _school(self, candidate: Candidate) -> School:
        return School(self.plan, candidate, self.run.path / "students" / candidate.name)

    def _keep(self, teacher: Candidate, lessons: Mapping[str, Lesson], learnt: Sequence[Learnt], plain: Learnt) -> None:
        """Write the chosen student, what it and the others predict, and every number."""
        plan, trainee = self.plan, lessons[STUDENT].trainee
        save_model(trainee, self.run.path / MODEL)
        test = plan.task.splits["test"]
        scores = {TEACHER: teacher.predicted(test)}
        scores |= {
            name: lesson.trainee.predicted(test, lesson.trainee.examples(test)) for name, lesson in lessons.items()
        }
        held = trainee.predicted(self.held, trainee.examples(self.held))
        told = {f"{name}.test": (test, scores[name]) for name in (TEACHER, PLAIN_STUDENT)}
        save_predictions(self.run, {plan.select_on: (self.held, held), "test": (test, scores[STUDENT]), **told})
        sizes = {TEACHER: _size(teacher.trainee.network), STUDENT: _size(trainee.network)}
        outcome = Outcome(plan.task, self.held, plan.select_on, learnt, plain, test, scores, sizes, plan.seed)
        self._write(outcome.rows())
        best = best_of(learnt).choice
        self.run.note(teacher=teacher.name, alpha=best.alpha, temperature=best.temperature)
        for lesson in lessons.values():
            forget(lesson.place)
        self.run.finish()

    def _write(self, rows: Sequence[Row]) -> None:
        common: dict[str, Any] = {"measure": "distill", "model": None if self.lm is None else self.lm.name}
        common |= {"task": self.plan.task.name, "seed": self.plan.seed}
        new = [{**common, **where, **estimate.as_dict()} for where, estimate in rows]
        self.plan.devices.on_main(lambda: self.run.ledger.append(new))


def _size(network: Any) -> int:
    """How many weights."""
    return sum(weight.numel() for weight in network.parameters())
