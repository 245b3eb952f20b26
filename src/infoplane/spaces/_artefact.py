"""A task space on disk: arrays in safetensors, the rest in JSON, both checked before use."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from infoplane._errors import InputError, one_line
from infoplane.runs import write_atomic, writing
from infoplane.spaces._curve import Curve

FORMAT = "infoplane-space-1"
_ARRAYS, _ABOUT = "space.safetensors", "space.json"
_NEEDED = ("labels", "layers", "fingerprint", "about", "checks")


def write_artefact(folder: Path, arrays: dict[str, NDArray[np.float64]], about: dict[str, Any]) -> Path:
    """Write both files, each whole or not at all; returns `folder`. RunError where they cannot be written."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    write_atomic(folder / _ARRAYS, save({name: np.ascontiguousarray(array) for name, array in arrays.items()}))
    write_atomic(folder / _ABOUT, json.dumps({"format": FORMAT} | about, indent=1))
    return folder


def read_artefact(folder: Path) -> tuple[dict[str, NDArray[np.float64]], dict[str, Any]]:
    """Arrays and JSON of a saved space; InputError, one line, where anything is missing or does not fit."""
    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        arrays = load_file(folder / _ARRAYS)
    except (OSError, ValueError, SafetensorError) as error:
        raise _unusable(folder, type(error).__name__) from None
    if not isinstance(about, dict) or about.get("format") != FORMAT or any(key not in about for key in _NEEDED):
        raise _unusable(folder, "another format")
    layers, labels = len(about["layers"]), len(about["labels"])
    shapes = {name: array.shape for name, array in arrays.items()}
    width = shapes.get("directions", (0, 0, 0))[-1]
    expected = {
        "directions": (layers, labels, width),
        "sizes": (layers, labels),
        "means": (layers, width),
        "norms": (layers,),
    }
    if shapes != expected:
        raise _unusable(folder, f"arrays of shapes {shapes}")
    return arrays, {key: about[key] for key in _NEEDED} | {"curves": _curves(folder, about.get("curves", []))}


def _curves(folder: Path, rows: Any) -> tuple[Curve, ...]:
    """The curves of a space; none in one that was saved before doses were."""
    try:
        return tuple(Curve.from_dict(row) for row in rows)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise _unusable(folder, "doses that cannot be read") from None


def _unusable(folder: Path, why: str) -> InputError:
    came = f"task space {folder} ({why})"
    return InputError(one_line(came, f"{_ARRAYS} and {_ABOUT} of one space", "build it with infoplane space build"))
