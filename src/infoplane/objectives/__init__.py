"""Losses: one file an objective, each a function of tensors, a module of our loop and a loss of the HF Trainer."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from infoplane.objectives._batch import Batch, Others
from infoplane.objectives._centre import CentreLoss, centre_distances
from infoplane.objectives._cmi import conditional_mutual_information, dimension_terms, divergences, log_simplex
from infoplane.objectives._confidence import ConfidencePenalty, prediction_entropy
from infoplane.objectives._contrastive import SupervisedContrastive, supervised_contrast
from infoplane.objectives._cross_entropy import CrossEntropy
from infoplane.objectives._distillation import Distillation, distillation_divergence
from infoplane.objectives._label_smoothing import LabelSmoothing, uniform_cross_entropy
from infoplane.objectives._max_cmi import MaxCMI
from infoplane.objectives._min_cmi import MinCMI
from infoplane.objectives._objective import Directions, Facts, Objective
from infoplane.objectives._rdrop import RDrop, symmetric_divergence
from infoplane.objectives._recoverability import Recoverability, relative_drift
from infoplane.objectives._registry import OBJECTIVES, make_objective
from infoplane.objectives._task_space import TaskSpaceMSE, task_space_mse
from infoplane.objectives._token_decoder import TokenDecoder
from infoplane.objectives._vocabulary_loss import linear_cross_entropy

if TYPE_CHECKING:
    from infoplane.objectives._trainer import TrainerLoss

__all__ = [
    "OBJECTIVES",
    "Batch",
    "CentreLoss",
    "ConfidencePenalty",
    "CrossEntropy",
    "Directions",
    "Distillation",
    "Facts",
    "LabelSmoothing",
    "MaxCMI",
    "MinCMI",
    "Objective",
    "Others",
    "RDrop",
    "Recoverability",
    "SupervisedContrastive",
    "TaskSpaceMSE",
    "TokenDecoder",
    "TrainerLoss",
    "centre_distances",
    "conditional_mutual_information",
    "dimension_terms",
    "distillation_divergence",
    "divergences",
    "linear_cross_entropy",
    "log_simplex",
    "make_objective",
    "prediction_entropy",
    "relative_drift",
    "supervised_contrast",
    "symmetric_divergence",
    "task_space_mse",
    "uniform_cross_entropy",
]


def __getattr__(name: str) -> Any:
    if name != "TrainerLoss":  # which waits for transformers
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}._trainer").TrainerLoss
