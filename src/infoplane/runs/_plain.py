"""Values as strict JSON: NumPy scalars and paths made plain, anything that is not finite refused."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from infoplane._errors import RunError, one_line


def to_json(value: Any, what: str, *, indent: int | None = None) -> str:
    """`value` as ASCII JSON; RunError naming `what` for a number that is not finite or a type JSON has not."""
    try:
        return json.dumps(value, allow_nan=False, indent=indent, default=_plain)
    except (TypeError, ValueError) as error:
        came = f"{what} holds what cannot be kept ({error})"
        do = "leave it out, or find where it comes from"
        raise RunError(one_line(came, "finite numbers, texts, lists and mappings", do)) from None


def plain(value: Any, what: str) -> Any:
    """`value` as it reads back from JSON: tuples are lists, keys are texts."""
    return json.loads(to_json(value, what))


def differences(before: Any, now: Any, name: str = "") -> list[str]:
    """The dotted keys under which two plain values differ."""
    if not (isinstance(before, Mapping) and isinstance(now, Mapping)):
        return [] if before == now else [name]
    keys = dict.fromkeys([*before, *now])
    found = [differences(before.get(key), now.get(key), f"{name}.{key}".lstrip(".")) for key in keys]
    return [key for keys in found for key in keys]


def _plain(value: object) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"a {type(value).__name__}")
