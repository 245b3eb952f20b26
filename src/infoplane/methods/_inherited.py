"""Numbers of methods that use the task space of the model that this one was trained from: each says so."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from infoplane.methods._encoders import TASK_SPACE
from infoplane.methods._method import Choices
from infoplane.methods._numbers import Row

if TYPE_CHECKING:
    from infoplane.methods._setting import Setting

_FLAG = "parent_space"
_RETRIEVE_NOTHING = ("prompt", "prompt-calibrated")


def told_of_parent(setting: "Setting", choices: Mapping[str, Choices], rows: Sequence[Row]) -> list[Row]:
    """`rows`, those flagged that stand on a space given of the parent; all as they are where it is the model's own."""
    on_space = {name for name, way in choices.items() if parent_flags(setting, name, way)}
    return [
        (where, one.flagged(_FLAG) if {where.get("method"), where.get("role")} & on_space else one)
        for where, one in rows
    ]


def parent_flags(setting: "Setting", name: str, way: Choices) -> tuple[str, ...]:
    """`parent_space` where a method steers by the directions of a space given of the parent, or retrieves by them."""
    if setting.given is None or setting.given.fingerprint == setting.lm.fingerprint:
        return ()
    retrieves = setting.retriever == TASK_SPACE and name not in _RETRIEVE_NOTHING
    return (_FLAG,) if retrieves or _steers(way) else ()


def _steers(way: Mapping[str, Any]) -> bool:
    inner = (value for name, value in way.items() if isinstance(value, Mapping) and name != "tried")
    return way.get("directions") == "contrast" or any(map(_steers, inner))
