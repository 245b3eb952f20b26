"""infoplane measure"""

from pathlib import Path
from typing import Annotated, Any

import typer

from infoplane._cli import _options as options
from infoplane._cli._about import About, with_about
from infoplane._cli._output import Result, progress
from infoplane._cli._summary import run_result
from infoplane._cli._tables import plain_table
from infoplane._errors import InputError, one_line

NAME = "measure"
EXAMPLE = "infoplane measure --model embedded --task embedded --out runs/first"


@with_about
def run(
    context: typer.Context,
    about: About,
    out: options.OptionalOut = None,
    measures: Annotated[
        str | None,
        typer.Option(
            "--measures", help="space, plane, best_layer, steps by default; paper, dose, key_steps, read_write (steer)."
        ),
    ] = None,
    layers: Annotated[str, typer.Option("--layers", help="all, or as 0-4,8; negative from the last.")] = "all",
    max_examples: Annotated[int, typer.Option("--max-examples", min=0, help="Of each split; 0 takes all.")] = 1000,
    permutations: Annotated[
        int,
        typer.Option(
            "--permutations", min=0, help="Draws of every null; a fifth of them, at least 20, for spaces and steps."
        ),
    ] = 100,
    mode: Annotated[str, typer.Option("--mode", help="sound, or paper: the published recipe beside it.")] = "sound",
    space: Annotated[Path | None, typer.Option("--space", help="A task space made by infoplane space build.")] = None,
    elsewhere: Annotated[
        str | None, typer.Option("--elsewhere", help="Task on which dose tells what steering breaks.")
    ] = None,
    neutral: Annotated[
        Path | None, typer.Option("--neutral", help="Plain text, a passage a line, for the same; a few lines of ours.")
    ] = None,
    states: Annotated[
        Path | None, typer.Option("--states", help="Run whose saved states to measure, without the model.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be computed.")] = False,
    as_json: options.Json = False,
) -> Result:
    """Measure how much of the label and of the input every layer and decoding step of a model carries."""
    settings: dict[str, Any] = {"permutations": permutations, "seed": about.seed}
    if measures is not None:
        settings["measures"] = [name.strip() for name in measures.split(",") if name.strip()]
    folder = options.needed(Path() if dry_run else out, "--out", "runs/first")
    if states is not None:
        alone = not (about.model or about.task or space or dry_run)
        return _of_states(states, folder, settings | {"command": context.obj}, as_json, alone=alone)
    settings |= {"layers": layers, "max_examples": max_examples or None, "mode": mode}
    with progress() as told:
        told("loading", 0, 0)
        lm, asked = about.load()
        from infoplane.measures import measure, plan
        from infoplane.report import report

        if dry_run:
            return _planned(plan(lm, asked, **settings), as_json)
        settings |= _beside(space, elsewhere, neutral, about)
        done = measure(lm, asked, out=folder, command=context.obj, progress=told, **settings)
        page = report(done)
    return run_result(done, page, as_json)


def _beside(space: Path | None, elsewhere: str | None, neutral: Path | None, about: About) -> dict[str, Any]:
    """The space, and what the cost of steering is counted on, where named; the embedded task has its second aspect."""
    from infoplane._cli._files import load_lines
    from infoplane.spaces import TaskSpace
    from infoplane.tasks import load_task

    other = elsewhere or ("embedded/topic" if about.task == "embedded" else None)
    beside: dict[str, Any] = {} if space is None else {"space": TaskSpace.load(space)}
    beside |= {} if other is None else {"elsewhere": load_task(other, seed=about.seed)}
    return beside if neutral is None else beside | {"neutral": load_lines(neutral)}


def _of_states(states: Path, out: Path, settings: dict[str, Any], as_json: bool, *, alone: bool) -> Result:
    if not alone:
        do = "leave out --model, --task, --space and --dry-run, or leave out --states"
        raise InputError(one_line(f"--states {states} with a model", "one or the other", do))
    with progress() as told:
        told("loading", 0, 0)
        from infoplane.measures import measure_saved
        from infoplane.report import report

        done = measure_saved(states, out=out, progress=told, **settings)
        page = report(done)
    return run_result(done, page, as_json)


def _planned(plan: dict[str, Any], as_json: bool) -> Result:
    shown = plan | {"cells": {_asked(name, plan["measures"]): count for name, count in plan["cells"].items()}}
    lines = [(name.replace("_", " "), _said(value)) for name, value in shown.items()]
    return Result(as_json, {"plan": plan}, [plain_table("What would be computed", ("what", "amount"), lines)])


def _asked(cells: str, measures: list[str]) -> str:
    """The measure that cells are for: what is read beside what is written is estimated as the plane is."""
    return "read_write" if cells == "plane" and "plane" not in measures else cells


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_said(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_said, value))
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"
    return str(value)
