"""How networks are trained, as it is typed: --recipe epochs=3 --recipe learning_rate=1e-4."""

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from infoplane._cli._values import setting_of, value_of
from infoplane._errors import InputError, one_line

if TYPE_CHECKING:
    from infoplane.methods import Recipe


def recipe_of(option: str, values: Sequence[str], **otherwise: Any) -> "Recipe":
    """The recipe with the settings NAME=VALUE in `values`, and those in `otherwise` where they are not named.

    Raises InputError, naming the `option`, for what is no setting of a recipe or no value of it.
    """
    from infoplane.methods import Recipe

    known = [field.name for field in fields(Recipe)]
    named = dict(_setting(option, text, known) for text in values)
    return Recipe(**{**otherwise, **named})


def _setting(option: str, text: str, known: Sequence[str]) -> tuple[str, Any]:
    name, value = setting_of(option, text, "epochs=3")
    if name not in known:
        expected = f"NAME=VALUE with one of {', '.join(known)}"
        raise InputError(one_line(f"{option} {text}", expected, "write it like epochs=3"))
    return name, value_of(value)
