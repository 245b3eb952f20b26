"""Distillation: train or take teachers, choose one, and hand what it knows down to a smaller network."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infoplane._errors import InputError, one_line
from infoplane.methods._distilling._candidates import Said, named
from infoplane.methods._distilling._course import Course
from infoplane.methods._distilling._lesson import grid
from infoplane.methods._distilling._school import Plan
from infoplane.methods._distilling._student import Architecture, check_student
from infoplane.methods._distilling._teachers import check_rule
from infoplane.methods._finetune import check_splits
from infoplane.methods._setting import Told, silent
from infoplane.methods._training._devices import Devices
from infoplane.methods._training._recipe import Recipe
from infoplane.methods._training._work import main_first
from infoplane.objectives import Objective
from infoplane.runs import Run

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.tasks import Task

TEACHERS = ("cross-entropy", "max-cmi:0.05", "max-cmi:0.2")
ALPHAS = (0.1, 0.3, 0.5, 0.7, 0.9)
TEMPERATURES = (1.0, 2.0, 3.0, 5.0)


def distill(
    lm: "LanguageModel | None",
    task: "Task",
    *,
    teachers: Sequence[Said] = TEACHERS,
    rule: str = "cmi",
    student: "LanguageModel | None" = None,
    layers: str | Sequence[int] = "spaced",
    depth: int | None = None,
    architecture: Architecture = "same",
    alphas: Sequence[float] = ALPHAS,
    temperatures: Sequence[float] = TEMPERATURES,
    t2: bool = True,
    out: str | Path = "runs/distill",
    recipe: Recipe | None = None,
    teacher_recipe: Recipe | None = None,
    train_on: Sequence[str] = ("direction",),
    select_on: str = "tune",
    max_examples: int | None = None,
    seed: int = 0,
    trackers: Sequence[str] = ("tensorboard",),
    command: str | None = None,
    progress: Told | None = None,
) -> Run:
    """Choose a teacher, teach students over a grid, keep the best: the finished run in `out`, that one in `model`.

    lm        the network that teachers are trained from; None where all of them stand already
    teachers  objectives to train them with, by name, "max-cmi:0.2" with a weight, or runs of `finetune`
    rule      how one is chosen, see `choose_teacher`
    student   a network of your own, in place of a copy of the teacher's blocks, see `student_network`
    alphas, temperatures  the grid; alpha 0, a student without a teacher, is trained beside it
    t2        False: the KL without the factor T^2, the literal equation 8 of the CMI paper
    recipe    of students, 10 epochs where none is given; `teacher_recipe`: of teachers
    train_on, select_on, max_examples, trackers  as in `finetune`; `select_on` chooses teacher, epoch, alpha and T

    The teacher's logits are computed once for all students. The test split is read once, by the teacher, the chosen
    student and the one without a teacher. A run that was stopped goes on with the same call. Raises InputError for a
    map that does not fit, a teacher of other labels or another vocabulary, and a grid that is none.
    """
    said, choices = named(teachers), grid(alphas, temperatures)
    lessons, training = recipe or Recipe(epochs=10), teacher_recipe or Recipe()
    check_rule(rule)
    _check_models(said, lm, student, lessons)
    check_student(None if student is not None else lm, layers, depth, architecture)
    check_splits(task, train_on, select_on)
    devices = Devices("cpu" if lm is None else lm.device)
    config = {
        "model": None if lm is None else lm.name,
        "model_fingerprint": None if lm is None else lm.fingerprint,
        "task": task.name,
        "task_fingerprint": task.fingerprint,
        "teachers": {name: one.settings() if isinstance(one, Objective) else str(one) for name, one in said.items()},
        "rule": rule,
        "student": None if student is None else student.fingerprint,
        "layers": layers if isinstance(layers, str) else list(layers),
        "depth": depth,
        "architecture": architecture,
        "alphas": list(alphas),
        "temperatures": list(temperatures),
        "t2": t2,
        "recipe": lessons.as_dict(),
        "teacher_recipe": training.as_dict(),
        "train_on": list(train_on),
        "select_on": select_on,
        "max_examples": max_examples,
        "seed": seed,
    }
    part = task if max_examples is None else task.subset(max_examples, seed=seed)
    told = (progress or silent) if devices.main else silent
    how = (layers, depth, architecture, t2, lessons, train_on, select_on, trackers, devices, seed, told)
    with main_first(devices, lambda: Run.open(out, config if devices.main else None)) as run:
        if not run.finished:
            if devices.main:
                run.note(excluded=task.excluded, notes=list(task.notes), command=command)
            course = Course(run, lm, Plan(part, student, *how), training, rule)
            course.conclude(course.chosen(said), choices)
    return run


def _check_models(
    said: Mapping[str, Any], lm: "LanguageModel | None", student: "LanguageModel | None", recipe: Recipe
) -> None:
    """InputError for objectives without a network to train with them, and a student that says other tokens."""
    trained = [name for name, one in said.items() if isinstance(one, Objective)]
    if trained and lm is None:
        came = f"teachers {', '.join(trained)} without a model"
        raise InputError(one_line(came, "a model to train them from", "give one, or runs of finetune as teachers"))
    if lm is None or student is None or recipe.head == "class" or not lm.answers:
        return
    if lm.tokenizer.get_vocab() != student.tokenizer.get_vocab():
        came = f"a teacher of {len(lm.tokenizer)} tokens and a student of {len(student.tokenizer)}"
        raise InputError(one_line(came, "one vocabulary", "choose a student of the same family, or head class"))
