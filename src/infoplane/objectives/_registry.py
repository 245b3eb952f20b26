"""Objectives by name."""

from inspect import signature
from typing import Any

from infoplane._errors import InputError, one_line
from infoplane.objectives._centre import CentreLoss
from infoplane.objectives._confidence import ConfidencePenalty
from infoplane.objectives._contrastive import SupervisedContrastive
from infoplane.objectives._cross_entropy import CrossEntropy
from infoplane.objectives._distillation import Distillation
from infoplane.objectives._label_smoothing import LabelSmoothing
from infoplane.objectives._max_cmi import MaxCMI
from infoplane.objectives._min_cmi import MinCMI
from infoplane.objectives._objective import Objective
from infoplane.objectives._rdrop import RDrop
from infoplane.objectives._recoverability import Recoverability
from infoplane.objectives._task_space import TaskSpaceMSE

OBJECTIVES: dict[str, type[Objective]] = {
    one.name: one
    for one in (
        CrossEntropy,
        MinCMI,
        MaxCMI,
        Distillation,
        LabelSmoothing,
        ConfidencePenalty,
        CentreLoss,
        SupervisedContrastive,
        RDrop,
        TaskSpaceMSE,
        Recoverability,
    )
}


def make_objective(name: str, **settings: Any) -> Objective:
    """The objective called `name`; InputError for a name there is not and for settings that it does not take."""
    if name not in OBJECTIVES:
        raise InputError(one_line(f"objective {name!r}", f"one of {', '.join(OBJECTIVES)}", "use one of these"))
    try:
        return OBJECTIVES[name](**settings)
    except TypeError:
        came = f"objective {name} with {', '.join(settings)}"
        known = signature(OBJECTIVES[name]).parameters
        raise InputError(one_line(came, f"some of {', '.join(known) or 'nothing'}", "leave the others out")) from None
