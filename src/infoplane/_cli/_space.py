"""infoplane space build, show and export"""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from infoplane._cli import _options as options
from infoplane._cli._load import load
from infoplane._cli._output import Result, progress
from infoplane._cli._tables import plain_table
from infoplane._errors import InputError, one_line

if TYPE_CHECKING:
    from infoplane.spaces import TaskSpace

_Space = Annotated[Path, typer.Argument(metavar="DIR", help="A task space, or a run that has one.")]


def build(
    out: options.Out,
    model: options.Model = None,
    task: options.Task = None,
    method: Annotated[str, typer.Option("--method", help="mean, pca or paper.")] = "mean",
    contexts: Annotated[int, typer.Option("--contexts", min=4, help="Texts per label.")] = 100,
    negatives: Annotated[int, typer.Option("--negatives", min=1, help="Other labels set against each text's.")] = 4,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
    batch_size: options.Batch = "auto",
    revision: options.Revision = None,
    text: options.Text = None,
    label: options.Label = None,
    text_pair: options.TextPair = None,
    group: options.Group = None,
    aspect: options.Aspect = None,
    prompt: options.Prompt = None,
    turns: options.Turns = False,
    exclude: options.Exclude = None,
    seed: options.Seed = 0,
    as_json: options.Json = False,
) -> Result:
    """Build the task space of a model: for every label and layer a direction, its size and how far to trust it."""
    with progress() as told:
        told("loading", 0, 0)
        lm, asked = load(
            model,
            task,
            device=device,
            dtype=dtype,
            batch=batch_size,
            revision=revision,
            columns={"text": text, "label": label, "text_pair": text_pair, "group": group, "aspect": aspect},
            prompt=prompt,
            turns=turns,
            exclude=exclude,
            seed=seed,
        )
        from infoplane.spaces import TaskSpace

        settings: dict[str, Any] = {"method": method, "contexts": contexts, "negatives": negatives, "seed": seed}
        space = TaskSpace.build(lm, asked, **settings, progress=lambda done, total: told("task space", done, total))
        space.save(out)
    return _described(space, out, as_json)


def show(directory: _Space, seed: options.UnusedSeed = 0, as_json: options.Json = False) -> Result:  # noqa: ARG001
    """How far the directions of a task space can be trusted, layer by layer."""
    return _described(_load(directory), directory, as_json)


def export(
    directory: _Space,
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write.")],
    form: Annotated[str, typer.Option("--format", help="npz: all arrays; csv: similarity of the labels.")] = "npz",
    seed: options.UnusedSeed = 0,  # noqa: ARG001 - every command takes it
    as_json: options.Json = False,
) -> Result:
    """Write a task space for other programs: its arrays as npz, or the similarity of its labels as csv."""
    from infoplane.runs import write_atomic

    if form not in _FORMATS:
        raise InputError(one_line(f"--format {form}", f"one of {', '.join(_FORMATS)}", "use one of these"))
    write_atomic(out, _FORMATS[form](_load(directory)))
    return Result(as_json, {"file": str(out), "format": form}, [Text(f"written: {out}")])


def _load(directory: Path) -> "TaskSpace":
    from infoplane.spaces import TaskSpace

    within = directory / "artifacts" / "space"
    return TaskSpace.load(within if within.is_dir() else directory)


def _described(space: "TaskSpace", folder: Path, as_json: bool) -> Result:
    layers = [_layer(space, layer) for layer in space.layers]
    document = {"space": str(folder), "labels": list(space.labels), "about": space.about, "layers": layers}
    lines = [[str(layer["layer"]), *(f"{layer[name]:.3f}" for name in _MEANS), str(layer["weak"])] for layer in layers]
    header = ("layer", *(f"mean {name.replace('_', ' ')}" for name in _MEANS), "weak directions")
    said = f"{len(space.labels)} labels: {', '.join(space.labels)}"
    return Result(as_json, document, [Text(said), plain_table(f"Task space {folder}", header, lines)])


_MEANS = ("sign_rate", "agreement", "size")


def _layer(space: "TaskSpace", layer: int) -> dict[str, Any]:
    """Means over labels of the checks at `layer`, and how many directions are weak there."""
    checks = [check for check in space.checks if check["layer"] == layer]
    means = {name: fmean(check["value"] for check in checks if check["quantity"] == name) for name in _MEANS}
    return {"layer": layer, **means, "weak": sum("weak_direction" in check["flags"] for check in checks)}


def _npz(space: "TaskSpace") -> bytes:
    """Directions (layers, labels, width), sizes, means and norms, with the names of labels and layers."""
    import numpy as np

    arrays = {name: getattr(space, name) for name in ("directions", "sizes", "means", "norms")}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, labels=np.array(space.labels), layers=np.array(space.layers), **arrays)
    return buffer.getvalue()


def _csv(space: "TaskSpace") -> bytes:
    """A line for every layer and pair of labels: the cosine of their directions, the grand mean removed."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(("layer", "label", "other", "cosine"))
    for layer in space.layers:
        cosines = space.similarity(layer)
        for label, row in zip(space.labels, cosines, strict=True):
            writer.writerows((layer, label, other, repr(float(c))) for other, c in zip(space.labels, row, strict=True))
    return buffer.getvalue().encode()


_FORMATS: dict[str, Callable[["TaskSpace"], bytes]] = {"csv": _csv, "npz": _npz}
COMMANDS: dict[str, tuple[Callable[..., Result], str]] = {
    "build": (build, "infoplane space build --model embedded --task embedded --out runs/space"),
    "show": (show, "infoplane space show runs/space"),
    "export": (export, "infoplane space export runs/space --format csv --out similarity.csv"),
}
