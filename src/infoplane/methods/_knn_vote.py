"""The vote of the retrieved examples alone: what retrieval knows without the model."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane.methods._method import Ask, Choices, Method
from infoplane.methods._neighbours import log_shares
from infoplane.methods._tune import require_tunable

if TYPE_CHECKING:
    from infoplane.methods._setting import Setting
    from infoplane.tasks import Split

_SIZES = (1, 3, 5, 10, 20, 40, 80, 120, 200, 300)
# Similarities are divided by this before they become weights (A20); none: every example has one vote.
TEMPERATURES = (None, 0.3, 0.1, 0.05)


def sizes(setting: "Setting") -> tuple[int, ...]:
    """Numbers of examples worth trying, at most half of the pool: where a vote tells more, it is often a large one."""
    return tuple(k for k in _SIZES if k <= len(setting.pool) // 2) or (1,)


def _ask(setting: "Setting", queries: "Split", choices: Choices) -> Ask:
    k, temperature = choices.get("k", setting.examples), choices.get("temperature")
    neighbours = setting.nearest(queries, k)
    shares = neighbours.shares(len(setting.task.labels), temperature)
    return Ask(offset=log_shares(shares, k), neighbours=neighbours)


def _tuned(setting: "Setting") -> Choices:
    """The number of examples and their weights that are most often right on the tune split."""
    require_tunable(setting)
    labels, tune = len(setting.task.labels), setting.tune
    ways = [(k, temperature) for k in sizes(setting) for temperature in TEMPERATURES]
    found = setting.nearest(tune, max(sizes(setting)))
    accuracies = [_accuracy(found.first(k).shares(labels, temperature), tune) for k, temperature in ways]
    k, temperature = ways[int(np.argmax(accuracies))]
    tried = [{"k": k, "temperature": t, "accuracy": hits} for (k, t), hits in zip(ways, accuracies, strict=True)]
    return {"k": k, "temperature": temperature, "tried": tried}


def _accuracy(shares: NDArray[np.float64], examples: "Split") -> float:
    return float((shares.argmax(1) == examples.labels).mean())


VOTE = Method(
    "knn-vote",
    "The majority label of the retrieved examples, without the model.",
    _ask,
    rivals=("prompt", "icl"),
)
TUNED_VOTE = Method(
    "knn-vote-tuned",
    "The vote of as many examples, weighted by similarity or not, as was best on the tune split.",
    _ask,
    choose=_tuned,
    rivals=("prompt", "icl", "knn-vote"),
)
