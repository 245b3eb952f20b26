"""What a method is: a way to put queries to a model, and the choices it makes beforehand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from infoplane._prompt import Prompt
    from infoplane.methods._neighbours import Neighbours
    from infoplane.methods._setting import Setting
    from infoplane.models import Plan
    from infoplane.tasks import Split

# What whoever claims to be better has to beat.
BASELINES = ("prompt", "icl", "knn-vote", "knn-vote-tuned")

Choices = Mapping[str, Any]
Scores = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ask:
    """How n queries are put to the model: query i is scored by log p(label | prompt i) under the plan, plus the offset.

    prompts     n prompts, or None for a method that does not ask the model
    plan        what steers the model while they are read; None leaves it plain
    offset      (n or 1, K) nats that are added to the log-probabilities of the labels
    neighbours  the examples that were retrieved, if any
    """

    prompts: "tuple[Prompt, ...] | None" = None
    plan: "Plan | None" = None
    offset: Scores | None = None
    neighbours: "Neighbours | None" = None


def no_choices(setting: "Setting") -> Choices:  # noqa: ARG001 - the shape of every choice
    """Nothing to choose."""
    return {}


@dataclass(frozen=True)
class Method:
    """A way to predict the labels of a task.

    name    what it is called in commands and ledgers
    says    what it does, in a line
    ask     (setting, queries, choices) -> Ask; queries come without their labels, unless `oracle`
    choose  (setting) -> choices, plain values made on the tune split alone; kept in the run
    oracle  the method is told the labels it should find, so that it shows what could be reached
    rivals  the methods it is tested against, item by item, where they run too
    """

    name: str
    says: str
    ask: "Callable[[Setting, Split, Choices], Ask]"
    choose: "Callable[[Setting], Choices]" = no_choices
    oracle: bool = False
    rivals: tuple[str, ...] = BASELINES
