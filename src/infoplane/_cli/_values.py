"""Settings and the values they may take, as they are typed: min-cmi.weight=0.1,0.4 and epochs=3."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from infoplane._errors import InputError, one_line

if TYPE_CHECKING:
    from infoplane.methods import Recipe

Value = bool | int | float | str

_WORDS: dict[str, bool] = {"true": True, "false": False}


def words_of(text: str) -> list[str]:
    """The words between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def grids_of(names: Sequence[str], values: Sequence[str]) -> "tuple[dict[str, dict[str, list[Value]]], Recipe]":
    """The grid of every objective in `names`, and the recipe that all share.

    A setting without the name of an objective is one of all of them; one of the recipe with a single value belongs to
    no grid. Raises InputError for what is not NAME=VALUES and for an objective that is not swept.
    """
    from infoplane.methods import Recipe

    of_recipe = {field.name for field in fields(Recipe)}
    grids: dict[str, dict[str, list[Value]]] = {name: {} for name in names}
    fixed: dict[str, Any] = {}
    for text in values:
        objective, setting, listed = _parsed(text, names)
        if objective is None and setting in of_recipe and len(listed) == 1:
            fixed[setting] = listed[0]
        else:
            for name in names if objective is None else [objective]:
                grids[name][setting] = listed
    return grids, Recipe(**fixed)


def setting_of(option: str, text: str, like: str) -> tuple[str, str]:
    """NAME and VALUE of `text`; InputError, naming the `option`, for what is not both."""
    left, equals, right = text.partition("=")
    if not (equals and left.strip() and right.strip()):
        raise InputError(one_line(f"{option} {text}", f"NAME=VALUE, as {like}", "write it like this"))
    return left.strip().replace("-", "_"), right.strip()


def _parsed(text: str, names: Sequence[str]) -> tuple[str | None, str, list[Value]]:
    """The objective, if one is named, the setting and its values."""
    left, _, right = text.partition("=")
    objective, dot, setting = left.strip().rpartition(".")
    listed = [value_of(word) for word in words_of(right)]
    if not setting or not listed:
        came, expected = f"--values {text}", "NAME=VALUES, as min-cmi.weight=0.1,0.4 or epochs=3"
        raise InputError(one_line(came, expected, "write it like these"))
    if dot and objective not in names:
        came = f"--values {text}"
        raise InputError(one_line(came, f"an objective of {', '.join(names)}", "add it to --objectives"))
    return objective or None, setting.replace("-", "_"), listed


def value_of(word: str) -> Value:
    """A number or a truth where it reads as one."""
    for kind in (int, float):
        with suppress(ValueError):
            return kind(word)
    return _WORDS.get(word.lower(), word)
