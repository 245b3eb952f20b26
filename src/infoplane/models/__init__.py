"""A language model: load it, read its states, score labels, generate, steer it, look through the logit lens.

`Select` and plans are light; everything else is imported where it is first used, so that a command's help never
waits for torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from infoplane.models._attend import Attend, Watched, attention_entropy
from infoplane.models._changes import Add, Change, Erase
from infoplane.models._plan import Edit, Plan
from infoplane.models._select import Layer, Select

if TYPE_CHECKING:
    from infoplane.models._generate import Generation
    from infoplane.models._language_model import LanguageModel
    from infoplane.models._load import load_model
    from infoplane.models._rehearsal import Effects, Rehearsal
    from infoplane.models._states import States

__all__ = [
    "Add",
    "Attend",
    "Change",
    "Edit",
    "Effects",
    "Erase",
    "Generation",
    "LanguageModel",
    "Layer",
    "Plan",
    "Rehearsal",
    "Select",
    "States",
    "Watched",
    "attention_entropy",
    "load_model",
]

_HOMES = {
    "Effects": "_rehearsal",
    "Generation": "_generate",
    "LanguageModel": "_language_model",
    "Rehearsal": "_rehearsal",
    "States": "_states",
    "load_model": "_load",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
