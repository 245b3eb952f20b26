"""What the model and the vote of retrieved examples say together: log-probabilities plus weighted log-shares.

A product of experts whose one weight is chosen on the tune split. It needs no states of the model, and so tells how
much of what IC-ICL gains comes from being inside the model.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from infoplane.methods._ic_icl import IC_ICL, ic_icl_choices, label_shares, space_of, steering_plan
from infoplane.methods._knn_vote import TEMPERATURES, sizes
from infoplane.methods._method import Ask, Choices, Method
from infoplane.methods._neighbours import Neighbours, log_shares
from infoplane.methods._once import once
from infoplane.methods._tune import require_tunable

if TYPE_CHECKING:
    from infoplane.methods._setting import Setting
    from infoplane.tasks import Split

# Shares of many votes are nearly even, and only weigh as much as a sharp model after a large factor.
_WEIGHTS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 30.0)

Floats = NDArray[np.float64]


def _evidence(setting: "Setting", neighbours: Neighbours, k: int, temperature: float | None) -> Floats:
    shares = neighbours.first(k).shares(len(setting.task.labels), temperature)
    return log_shares(shares, k)


def _ask(setting: "Setting", queries: "Split", choices: Choices) -> Ask:
    steered = choices.get("steered")
    neighbours = setting.nearest(queries, max(choices["k"], steered["k"] if steered else 0))
    plan = None
    if steered:
        weights = label_shares(setting, neighbours, steered)
        plan = steering_plan(space_of(setting, steered["directions"]), weights, steered, steered["coefficient"])
    offset = choices["weight"] * _evidence(setting, neighbours, choices["k"], choices["temperature"])
    return Ask(setting.prompts(queries), plan, offset, neighbours)


@once
def _with_prompt(setting: "Setting") -> Choices:
    require_tunable(setting)
    return _chosen(setting, setting.scores(Ask(setting.prompts(setting.tune))))


@once
def _with_ic_icl(setting: "Setting") -> Choices:
    steered = {name: value for name, value in ic_icl_choices(setting).items() if name != "tried"}
    scores = setting.scores(IC_ICL.ask(setting, setting.tune, steered))
    return {**_chosen(setting, scores), "steered": steered}


def _chosen(setting: "Setting", scores: Floats) -> Choices:
    """Number of examples, their weights and the vote's own weight that are most often right; of equals, the first."""
    neighbours = setting.nearest(setting.tune, max(sizes(setting)))
    tried: list[dict[str, Any]] = [
        {"k": k, "temperature": temperature, "weight": weight, "accuracy": _accuracy(setting, scores + weight * vote)}
        for k in sizes(setting)
        for temperature in TEMPERATURES
        for vote in (_evidence(setting, neighbours, k, temperature),)
        for weight in _WEIGHTS
    ]
    best = max(tried, key=lambda one: one["accuracy"])
    return {**best, "tried": tried}


def _accuracy(setting: "Setting", scores: Floats) -> float:
    return float((scores.argmax(axis=1) == setting.tune.labels).mean())


PROMPT_AND_VOTE = Method(
    "prompt+vote",
    "The bare prompt's log-probabilities plus the vote's, weighed on the tune split.",
    _ask,
    _with_prompt,
    rivals=("prompt", "knn-vote-tuned"),
)
IC_ICL_AND_VOTE = Method(
    "ic-icl+vote",
    "ic-icl's log-probabilities plus the vote's, weighed on the tune split.",
    _ask,
    _with_ic_icl,
    rivals=("prompt", "icl", "knn-vote-tuned", "prompt+vote", "ic-icl"),
)
