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
    from infoplane.models._anatomy import find_anatomy
    from infoplane.models._evaluating import evaluating
    from infoplane.models._generate import Generation
    from infoplane.models._head import HeadInput, last_map, without_adapters
    from infoplane.models._language_model import LanguageModel
    from infoplane.models._lineage import Lineage
    from infoplane.models._load import load_model
    from infoplane.models._quiet import quiet
    from infoplane.models._rehearsal import Effects, Rehearsal
    from infoplane.models._render import Renderer
    from infoplane.models._states import States
    from infoplane.models._stream import pad_rows
    from infoplane.models._watch import Watch, select_tokens

__all__ = [
    "Add",
    "Attend",
    "Change",
    "Edit",
    "Effects",
    "Erase",
    "Generation",
    "HeadInput",
    "LanguageModel",
    "Layer",
    "Lineage",
    "Plan",
    "Rehearsal",
    "Renderer",
    "Select",
    "States",
    "Watch",
    "Watched",
    "attention_entropy",
    "evaluating",
    "find_anatomy",
    "last_map",
    "load_model",
    "pad_rows",
    "quiet",
    "select_tokens",
    "without_adapters",
]

_HOMES = {
    "Effects": "_rehearsal",
    "Generation": "_generate",
    "HeadInput": "_head",
    "LanguageModel": "_language_model",
    "Lineage": "_lineage",
    "Rehearsal": "_rehearsal",
    "Renderer": "_render",
    "States": "_states",
    "Watch": "_watch",
    "evaluating": "_evaluating",
    "find_anatomy": "_anatomy",
    "last_map": "_head",
    "load_model": "_load",
    "pad_rows": "_stream",
    "quiet": "_quiet",
    "select_tokens": "_watch",
    "without_adapters": "_head",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
