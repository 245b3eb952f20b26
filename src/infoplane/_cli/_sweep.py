"""infoplane sweep"""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infoplane._cli import _options as options
from infoplane._cli._about import About, with_about
from infoplane._cli._output import Result, progress
from infoplane._cli._summary import run_result
from infoplane._cli._values import grids_of, words_of
from infoplane._errors import InputError, one_line

if TYPE_CHECKING:
    from infoplane.models import LanguageModel

NAME = "sweep"
EXAMPLE = (
    "infoplane sweep --model embedded-encoder --task embedded --objectives cross-entropy,min-cmi "
    "--values min-cmi.weight=0.1,0.4 --values epochs=2 --seeds 2 --max-examples 100 --out runs/sweep"
)

Tasks = Annotated[
    list[str] | None, typer.Option("--task", "-t", help="Name, hub data set, file, folder; again for more tasks.")
]
Values = Annotated[
    list[str] | None,
    typer.Option(
        "--values",
        help="What a setting may be, as min-cmi.weight=0.1,0.4 of one objective or epochs=3 of all; again for more.",
    ),
]
Storage = Annotated[
    str | None,
    typer.Option("--storage", help="A file, or postgresql://user@host/database that workers of other machines share."),
]


@with_about
def run(
    context: typer.Context,
    about: About,
    out: options.OptionalOut = None,
    task: Tasks = None,
    objectives: Annotated[
        str | None, typer.Option("--objectives", help="Names between commas, as cross-entropy,min-cmi.")
    ] = None,
    values: Values = None,
    seeds: Annotated[str, typer.Option("--seeds", help="How many, or which, as 0,1,2.")] = "5",
    baseline: Annotated[
        str | None, typer.Option("--baseline", help="The objective to test against; cross-entropy by default.")
    ] = None,
    search: Annotated[str, typer.Option("--search", help="grid: all combinations; tpe: where it was good.")] = "grid",
    trials: Annotated[int, typer.Option("--trials", help="Configurations of an objective that tpe tries.")] = 20,
    train_on: Annotated[str, typer.Option("--train-on", help="Splits between commas.")] = "direction",
    select_on: Annotated[str, typer.Option("--select-on", help="The split that chooses; test is flagged.")] = "tune",
    max_examples: Annotated[int, typer.Option("--max-examples", min=0, help="Of each split; 0 takes all.")] = 0,
    teacher: Annotated[str | None, typer.Option("--teacher", help="A trained model, for distillation.")] = None,
    storage: Storage = None,
    workers: Annotated[int, typer.Option("--workers", help="Processes that train at once here.")] = 1,
    keep_models: Annotated[bool, typer.Option(help="Keep the network of every training.")] = True,
    as_json: options.Json = False,
) -> Result:
    """Train with every objective, setting and seed, on one task or more: medians, and paired tests."""
    folder = options.needed(out, "--out", "runs/sweep")
    names = words_of(options.needed(objectives, "--objectives", "cross-entropy,min-cmi"))
    asked: dict[str, Any] = {"search": search, "trials": trials, "train_on": words_of(train_on), "seed": about.seed}
    asked |= {"select_on": select_on, "max_examples": max_examples or None, "baseline": baseline}
    asked |= {"storage": storage, "workers": workers, "keep_models": keep_models, "command": context.obj}
    with progress() as told:
        told("loading", 0, 0)
        first, *others = options.needed(task or None, "--task") or []
        lm, one = replace(about, task=first).load()
        tasks = [one, *map(about.load_task, others)]
        from infoplane.methods import sweep

        grids, recipe = grids_of(names, values or [])
        how: dict[str, Any] = {"objectives": grids, "recipe": recipe, "seeds": _seeds(seeds), "progress": told}
        done = sweep(lm, tasks, out=folder, teacher=_teacher(teacher, about), **how, **asked)
        from infoplane.report import report

        page = report(done)
    return run_result(done, page, as_json)


def _teacher(name: str | None, about: About) -> "LanguageModel | None":
    from infoplane.models import load_model

    return None if name is None else load_model(name, device=about.device, dtype=about.dtype)


def _seeds(text: str) -> int | list[int]:
    """How many, or which; InputError for what is neither."""
    words = words_of(text)
    if not words or not all(word.isdecimal() for word in words):
        raise InputError(one_line(f"--seeds {text}", "a number, or numbers between commas", "use --seeds 5"))
    return int(text) if "," not in text else [int(word) for word in words]
