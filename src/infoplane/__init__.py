"""Measures, steers and trains language models with information theory.

Names are loaded when they are first used, so that `import infoplane` is instant.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from infoplane._version import __version__

if TYPE_CHECKING:
    from infoplane import objectives
    from infoplane.estimators import Estimate
    from infoplane.measures import measure
    from infoplane.methods import Recipe, compare, distill, finetune, predict, sweep
    from infoplane.models import Select, load_model
    from infoplane.report import report
    from infoplane.runs import Ledger, Run
    from infoplane.spaces import TaskSpace
    from infoplane.tasks import load_task

__all__ = [
    "Estimate",
    "Ledger",
    "Recipe",
    "Run",
    "Select",
    "TaskSpace",
    "__version__",
    "compare",
    "distill",
    "finetune",
    "load_model",
    "load_task",
    "measure",
    "objectives",
    "predict",
    "report",
    "sweep",
]

_HOMES = {
    "Estimate": "infoplane.estimators",
    "Ledger": "infoplane.runs",
    "Recipe": "infoplane.methods",
    "Run": "infoplane.runs",
    "Select": "infoplane.models",
    "TaskSpace": "infoplane.spaces",
    "compare": "infoplane.methods",
    "distill": "infoplane.methods",
    "finetune": "infoplane.methods",
    "load_model": "infoplane.models",
    "load_task": "infoplane.tasks",
    "measure": "infoplane.measures",
    "predict": "infoplane.methods",
    "sweep": "infoplane.methods",
}


def __getattr__(name: str) -> object:
    """A public name from the room it lives in; `objectives` and `report` are packages, and the latter can be called."""
    if name in ("objectives", "report"):
        return import_module(f"infoplane.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'infoplane' has no attribute {name!r}")
    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
