"""infoplane space build, show and export"""

from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from infoplane._cli import _options as options
from infoplane._cli._about import About, with_about
from infoplane._cli._output import Result, progress
from infoplane._cli._tables import plain_table

if TYPE_CHECKING:
    from infoplane.spaces import TaskSpace

_Space = Annotated[Path, typer.Argument(metavar="DIR", help="A task space, or a run that has one.")]


@with_about
def build(
    about: About,
    out: options.Out,
    method: Annotated[str, typer.Option("--method", help="mean, pca, paper or centroid.")] = "mean",
    contexts: Annotated[int, typer.Option("--contexts", min=4, help="Texts per label.")] = 100,
    negatives: Annotated[int, typer.Option("--negatives", min=1, help="Other labels set against each text's.")] = 4,
    tokens: Annotated[
        str, typer.Option("--tokens", help="Steered in doses: last; all for control vectors too.")
    ] = "last",
    as_json: options.Json = False,
) -> Result:
    """Build the task space of a model: for every label and layer a direction, its size and how far to trust it."""
    with progress() as told:
        told("loading", 0, 0)
        lm, asked = about.load()
        from infoplane.spaces import TaskSpace

        settings: dict[str, Any] = {"method": method, "contexts": contexts, "negatives": negatives, "seed": about.seed}
        settings["tokens"] = tokens
        space = TaskSpace.build(lm, asked, **settings, progress=lambda done, total: told("task space", done, total))
        space.save(out)
    return _described(space, out, as_json)


def show(directory: _Space, seed: options.UnusedSeed = 0, as_json: options.Json = False) -> Result:  # noqa: ARG001
    """How far the directions of a task space can be trusted, layer by layer."""
    return _described(_load(directory), directory, as_json)


def export(
    directory: _Space,
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write.")],
    form: Annotated[
        str, typer.Option("--format", help="npz, safetensors, csv (similarity) or gguf (a label).")
    ] = "npz",
    label: Annotated[str | None, typer.Option("--label", help="Only the control vector of this label.")] = None,
    dose: Annotated[float | None, typer.Option("--dose", help="Its strength in nats, where calibrated.")] = None,
    coefficient: Annotated[float | None, typer.Option("--coefficient", help="Its strength in natural sizes.")] = None,
    layers: Annotated[str | None, typer.Option("--layers", help="Its layers, as 3-6; else the middle third.")] = None,
    seed: options.UnusedSeed = 0,  # noqa: ARG001 - every command takes it
    as_json: options.Json = False,
) -> Result:
    """Write a task space, the similarity of its labels, or the control vector of a label, for other programs."""
    from infoplane.runs import write_atomic
    from infoplane.spaces import export_space

    strength = {"dose": dose, "coefficient": coefficient}
    write_atomic(out, export_space(_load(directory), form, label=label, layers=layers, **strength))
    told: dict[str, Any] = {"label": label, "layers": layers, **strength}
    about = {"file": str(out), "format": form} | {name: value for name, value in told.items() if value is not None}
    return Result(as_json, about, [Text(f"written: {out}")])


def _load(directory: Path) -> "TaskSpace":
    from infoplane.spaces import TaskSpace

    within = directory / "artifacts" / "space"
    return TaskSpace.load(within if within.is_dir() else directory)


def _described(space: "TaskSpace", folder: Path, as_json: bool) -> Result:
    layers = [_layer(space, layer) for layer in space.layers]
    doses = [curve.as_dict() for curve in space.curves]
    document = {"space": str(folder), "labels": list(space.labels), "about": space.about, "layers": layers}
    columns = [*_MEANS.values(), "natural_size"]
    lines = [[str(layer["layer"]), *(f"{layer[name]:.3f}" for name in columns), str(layer["weak"])] for layer in layers]
    header = ("layer", *(_HEADERS[name] for name in columns), "weak directions")
    said = f"{len(space.labels)} labels: {', '.join(space.labels)}"
    shown = [Text(said), plain_table(f"Task space {folder}", header, lines), *_doses(space)]
    return Result(as_json, document | {"doses": doses}, shown)


def _doses(space: "TaskSpace") -> list[Any]:
    """What each calibrated band costs, as a table, where one was calibrated."""
    lines = [
        [str(curve.how), f"{dose.target:g}", f"{dose.coefficient:.4g}", str(dose.divergence)]
        for curve in space.curves
        for dose in curve.doses
    ]
    why = space.about.get("uncalibrated")
    table = [plain_table("Doses", ("steering", "nats", "coefficient", "reached"), lines)] if lines else []
    return [*table, *([Text(f"no doses: {why}")] if why else [])]


# What the checks call it, and what it is called here; the natural size stands with the directions.
_MEANS = {"sign_rate": "sign_rate", "agreement": "agreement", "size": "held_out_size"}
_HEADERS = {
    "sign_rate": "mean sign rate",
    "agreement": "mean agreement",
    "held_out_size": "held-out size",
    "natural_size": "natural size",
}


def _layer(space: "TaskSpace", layer: int) -> dict[str, Any]:
    """Means over labels of the checks and of the natural size at `layer`, and how many directions are weak there."""
    checks = [check for check in space.checks if check["layer"] == layer]
    means = {name: fmean(check["value"] for check in checks if check["quantity"] == of) for of, name in _MEANS.items()}
    means["natural_size"] = float(space.sizes[space.at(layer)].mean())
    return {"layer": layer, **means, "weak": sum("weak_direction" in check["flags"] for check in checks)}


COMMANDS: dict[str, tuple[Callable[..., Result], str]] = {
    "build": (build, "infoplane space build --model embedded --task embedded --out runs/space"),
    "show": (show, "infoplane space show runs/space"),
    "export": (export, "infoplane space export runs/space --format gguf --label sad --coefficient 40 --out sad.gguf"),
}
