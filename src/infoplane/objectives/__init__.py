"""Losses: one file an objective, each a function of tensors, a module of our loop and a loss of the HF Trainer."""

from infoplane.objectives._batch import Batch, Others
from infoplane.objectives._cross_entropy import CrossEntropy
from infoplane.objectives._objective import Directions, Facts, Objective
from infoplane.objectives._registry import OBJECTIVES, make_objective

__all__ = [
    "OBJECTIVES",
    "Batch",
    "CrossEntropy",
    "Directions",
    "Facts",
    "Objective",
    "Others",
    "make_objective",
]
