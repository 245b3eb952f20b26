"""A task space, or the control vector of one of its labels, as the bytes of a file for other programs."""

import csv
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import save

from infoplane._errors import InputError, one_line
from infoplane.spaces._control_vector import ControlVector, control_vector
from infoplane.spaces._gguf import gguf_bytes
from infoplane.spaces._manner import Clause

if TYPE_CHECKING:
    from infoplane.spaces._space import TaskSpace

_ARRAYS = ("directions", "sizes", "means", "norms")


def export_space(
    space: "TaskSpace",
    form: str,
    *,
    label: str | None = None,
    dose: float | None = None,
    coefficient: float | None = None,
    layers: Clause | None = None,
) -> bytes:
    """The whole space (npz, safetensors; csv: cosines of its labels), or the control vector of `label` (gguf too).

    Control vectors are named `direction.<layer>` and added at every token; in gguf they are numbered as llama.cpp
    counts, one less, and a dose is one of all tokens; in other forms it may be of the last token, if only that was
    calibrated, which `dose_tokens` tells. Raises InputError for a form that is unknown or not of this, and as
    `control_vector`.
    """
    if form not in FORMATS:
        raise InputError(one_line(f"format {form}", f"one of {', '.join(FORMATS)}", "use one of these"))
    if label is None:
        if form not in _SPACES:
            raise InputError(one_line(f"{form} without a label", "the label to steer to", "name one with --label"))
        if not (dose is None and coefficient is None and layers is None):
            raise InputError(one_line("a strength or layers without a label", "a label", "name one with --label"))
        return _SPACES[form](space)
    if form not in _VECTORS:
        came = f"{form} of label {label}"
        raise InputError(one_line(came, f"one of {', '.join(_VECTORS)}", "choose one, or leave the label out"))
    dosed = ("all",) if form == "gguf" else ("all", "last")
    return _VECTORS[form](control_vector(space, label, dose=dose, coefficient=coefficient, layers=layers, dosed=dosed))


def _space_npz(space: "TaskSpace") -> bytes:
    """Directions (layers, labels, width), sizes, means and norms, with the names of labels and layers."""
    arrays = {name: getattr(space, name) for name in _ARRAYS}
    return _npz(arrays | {"labels": np.array(space.labels), "layers": np.array(space.layers)})


def _space_safetensors(space: "TaskSpace") -> bytes:
    """The same arrays; labels and layers, one a line, in the metadata."""
    about = {"labels": "\n".join(space.labels), "layers": "\n".join(map(str, space.layers))}
    arrays = {name: np.ascontiguousarray(getattr(space, name)) for name in _ARRAYS}
    return bytes(save(arrays, about | {"model": str(space.about["model"]), "fingerprint": space.fingerprint}))


def _space_csv(space: "TaskSpace") -> bytes:
    """A line for every layer and pair of labels: the cosine of their directions, the grand mean removed."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(("layer", "label", "other", "cosine"))
    for layer in space.layers:
        cosines = space.similarity(layer)
        for label, row in zip(space.labels, cosines, strict=True):
            writer.writerows((layer, label, other, repr(float(c))) for other, c in zip(space.labels, row, strict=True))
    return buffer.getvalue().encode()


def _vector_npz(vector: ControlVector) -> bytes:
    return _npz(_named(vector) | {name: np.array(text) for name, text in vector.about.items()})


def _vector_safetensors(vector: ControlVector) -> bytes:
    return bytes(save(_named(vector), dict(vector.about)))


def _named(vector: ControlVector) -> dict[str, Any]:
    return {f"direction.{layer}": np.ascontiguousarray(values) for layer, values in vector.layers.items()}


def _npz(arrays: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


_SPACES: dict[str, Callable[["TaskSpace"], bytes]] = {
    "csv": _space_csv,
    "npz": _space_npz,
    "safetensors": _space_safetensors,
}
_VECTORS: dict[str, Callable[[ControlVector], bytes]] = {
    "gguf": gguf_bytes,
    "npz": _vector_npz,
    "safetensors": _vector_safetensors,
}
FORMATS = tuple(sorted({**_SPACES, **_VECTORS}))
