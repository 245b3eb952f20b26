"""infoplane distill"""

from typing import Annotated, Any

import typer

from infoplane._cli import _options as options
from infoplane._cli._about import About, with_about
from infoplane._cli._output import Result, progress
from infoplane._cli._recipes import recipe_of
from infoplane._cli._summary import run_result
from infoplane._cli._values import words_of
from infoplane._errors import InputError, one_line

NAME = "distill"
EXAMPLE = (
    "infoplane distill --model embedded-encoder --task embedded --teacher cross-entropy --teacher max-cmi:0.1 "
    "--alphas 0.5,0.9 --temperatures 2 --recipe epochs=4 --max-examples 200 --out runs/distill"
)

_STUDENT, _TRAINING = "Student", "Training"

Teachers = Annotated[
    list[str] | None,
    typer.Option(
        "--teacher",
        help="An objective to train one with, as max-cmi:0.2, or the run of a finetune; again for more. "
        "By default cross-entropy, max-cmi:0.05 and max-cmi:0.2.",
    ),
]
Layers = Annotated[
    str,
    typer.Option(
        "--layers",
        help="Blocks of the teacher it begins as: spaced, every_other, last, or 0,2,4,7,9,11.",
        rich_help_panel=_STUDENT,
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--recipe", help="Of students, as epochs=10; again for more.", rich_help_panel=_TRAINING),
]
TeacherSettings = Annotated[
    list[str] | None, typer.Option("--teacher-recipe", help="Of teachers, as epochs=5.", rich_help_panel=_TRAINING)
]


@with_about
def run(
    context: typer.Context,
    about: About,
    out: options.OptionalOut = None,
    teacher: Teachers = None,
    rule: Annotated[
        str,
        typer.Option(
            "--rule", help="Which teacher: cmi (largest within one error of the best), ratio, or student_dev."
        ),
    ] = "cmi",
    alphas: Annotated[str, typer.Option("--alphas", help="Shares of the teacher.")] = "0.1,0.3,0.5,0.7,0.9",
    temperatures: Annotated[str, typer.Option("--temperatures", help="What softens predictions.")] = "1,2,3,5",
    t2: Annotated[bool, typer.Option(help="Multiply the KL by T squared.")] = True,
    student: Annotated[
        str | None,
        typer.Option("--student", help="A model of its own in place of a copy.", rich_help_panel=_STUDENT),
    ] = None,
    layers: Layers = "spaced",
    depth: Annotated[
        int | None, typer.Option("--depth", help="Blocks; half of the teacher's.", rich_help_panel=_STUDENT)
    ] = None,
    architecture: Annotated[
        str, typer.Option("--architecture", help="same, or distilbert of a BERT.", rich_help_panel=_STUDENT)
    ] = "same",
    recipe: Settings = None,
    teacher_recipe: TeacherSettings = None,
    train_on: Annotated[
        str, typer.Option("--train-on", help="Splits between commas.", rich_help_panel=_TRAINING)
    ] = "direction",
    select_on: Annotated[
        str, typer.Option("--select-on", help="Split that chooses; test is flagged.", rich_help_panel=_TRAINING)
    ] = "tune",
    max_examples: Annotated[int, typer.Option("--max-examples", min=0, help="Of each split; 0 takes all.")] = 0,
    as_json: options.Json = False,
) -> Result:
    """Choose a teacher and hand what it knows down to a smaller network, over a grid of alpha and temperature."""
    folder = options.needed(out, "--out", "runs/distill")
    asked: dict[str, Any] = {"rule": rule, "layers": _layers(layers), "depth": depth, "architecture": architecture}
    asked |= {"alphas": _numbers("--alphas", alphas), "temperatures": _numbers("--temperatures", temperatures)}
    asked |= {"t2": t2, "train_on": words_of(train_on), "select_on": select_on, "max_examples": max_examples or None}
    asked |= {"seed": about.seed, "command": context.obj} | ({"teachers": teacher} if teacher else {})
    with progress() as told:
        told("loading", 0, 0)
        lm, given = about.load()
        from infoplane.methods import distill
        from infoplane.models import load_model
        from infoplane.report import report

        asked["recipe"] = recipe_of("--recipe", recipe or [], epochs=10)
        asked["teacher_recipe"] = recipe_of("--teacher-recipe", teacher_recipe or [])
        asked["student"] = None if student is None else load_model(student, device=about.device, dtype=about.dtype)
        done = distill(lm, given, out=folder, progress=told, **asked)
        page = report(done)
    return run_result(done, page, as_json)


def _layers(text: str) -> str | list[int]:
    """The name of a map, or blocks between commas."""
    words = words_of(text)
    return [int(word) for word in words] if words and all(word.isdecimal() for word in words) else text


def _numbers(option: str, text: str) -> list[float]:
    """Numbers between commas; InputError for anything else."""
    try:
        return [float(word) for word in words_of(text)]
    except ValueError:
        raise InputError(one_line(f"{option} {text}", "numbers between commas", f"use {option} 0.5,0.9")) from None
