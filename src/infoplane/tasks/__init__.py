"""Labelled texts: loading, four disjoint splits, prompts and metrics."""

from infoplane.tasks._load import load_task
from infoplane.tasks._metrics import evaluate
from infoplane.tasks._split import Split
from infoplane.tasks._task import Task

__all__ = ["Split", "Task", "evaluate", "load_task"]
