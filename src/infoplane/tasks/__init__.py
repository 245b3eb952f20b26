"""Labelled texts: loading, four disjoint splits, prompts and metrics; plain texts and what is read back of them."""

from infoplane.tasks._load import load_task
from infoplane.tasks._metrics import evaluate
from infoplane.tasks._overlap import lexical_overlap, lowest_overlap
from infoplane.tasks._split import Split
from infoplane.tasks._target import Slots, TokenTarget
from infoplane.tasks._task import Task
from infoplane.tasks._texts import Texts, load_texts
from infoplane.tasks._word_classes import word_classes

__all__ = [
    "Slots",
    "Split",
    "Task",
    "Texts",
    "TokenTarget",
    "evaluate",
    "lexical_overlap",
    "load_task",
    "load_texts",
    "lowest_overlap",
    "word_classes",
]
