"""infoplane finetune"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infoplane._cli import _options as options
from infoplane._cli._about import About, with_about
from infoplane._cli._output import Result, progress
from infoplane._cli._recipes import recipe_of
from infoplane._cli._summary import run_result
from infoplane._cli._values import setting_of, value_of, words_of
from infoplane._errors import InputError, one_line

if TYPE_CHECKING:
    from infoplane.objectives import Objective

NAME = "finetune"
EXAMPLE = (
    "infoplane finetune --model embedded-encoder --task embedded --objective min-cmi --weight 0.2 "
    "--epochs 2 --max-examples 200 --out runs/finetune"
)

Settings = Annotated[
    list[str] | None,
    typer.Option("--setting", help="Another setting of the objective, as temperature=2; again for more."),
]
RecipeSettings = Annotated[
    list[str] | None,
    typer.Option("--recipe", help="How to train, as batch_size=16 or learning_rate=1e-4; again for more."),
]


@with_about
def run(
    context: typer.Context,
    about: About,
    out: options.OptionalOut = None,
    objective: Annotated[
        str, typer.Option("--objective", help="cross-entropy, min-cmi, max-cmi, task-space, recoverability, ...")
    ] = "cross-entropy",
    weight: Annotated[float | None, typer.Option("--weight", help="Of what the objective adds.")] = None,
    setting: Settings = None,
    epochs: Annotated[int, typer.Option("--epochs", help="At most; the best on held-out examples is kept.")] = 5,
    lora: Annotated[int | None, typer.Option("--lora", help="Rank of adapters; all weights without it.")] = None,
    recipe: RecipeSettings = None,
    teacher: Annotated[
        str | None, typer.Option("--teacher", help="Model folder of a finetune, for distillation.")
    ] = None,
    space: options.Space = None,
    train_on: Annotated[str, typer.Option("--train-on", help="Splits between commas.")] = "direction",
    select_on: Annotated[str, typer.Option("--select-on", help="The split that chooses; test is flagged.")] = "tune",
    max_examples: Annotated[int, typer.Option("--max-examples", min=0, help="Of each split; 0 takes all.")] = 0,
    plane: Annotated[bool, typer.Option(help="Measure the information plane before and after.")] = True,
    permutations: Annotated[int, typer.Option("--permutations", min=0, help="Draws of every null of the plane.")] = 100,
    trackers: Annotated[str, typer.Option("--trackers", help="Of Accelerate, between commas.")] = "tensorboard",
    as_json: options.Json = False,
) -> Result:
    """Fine-tune a copy of a model for a task, and measure before and after."""
    folder, splits = options.needed(out, "--out", "runs/finetune"), words_of(train_on)
    how: dict[str, Any] = {"train_on": splits, "select_on": select_on, "max_examples": max_examples or None}
    how |= {"trackers": words_of(trackers), "seed": about.seed, "command": context.obj}
    with progress() as told:
        told("loading", 0, 0)
        lm, asked = about.load()
        from infoplane.methods import finetune, measure_planes
        from infoplane.models import load_model
        from infoplane.report import report
        from infoplane.spaces import TaskSpace

        goal = _objective(objective, weight, setting or ())
        how["recipe"] = recipe_of("--recipe", recipe or (), epochs=epochs, lora=lora)
        how["space"] = None if space is None else TaskSpace.load(space)
        how["teacher"] = None if teacher is None else load_model(teacher, device=about.device)
        done = finetune(lm, asked, objective=goal, out=folder, progress=told, **how)
        if plane and "measure" not in splits:
            most = max_examples or 1000
            measure_planes(done, lm, asked, max_examples=most, permutations=permutations, progress=told)
        page = report(done)
    return run_result(done, page, as_json)


def _objective(objective: str, weight: float | None, settings: Sequence[str]) -> "Objective":
    """The objective with its weight and what `settings` say; InputError for what it does not have."""
    from infoplane.objectives import make_objective

    given: dict[str, Any] = {} if weight is None else {"weight": weight}
    for text in settings:
        name, value = setting_of("--setting", text, "temperature=2")
        if name in given:
            raise InputError(one_line(f"--setting {text}", f"{name} once, and it has a value", "leave one out"))
        given[name] = value_of(value)
    return make_objective(objective, **given)
