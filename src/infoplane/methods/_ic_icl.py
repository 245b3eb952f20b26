"""IC-ICL: retrieved examples do not stand in the prompt, their labels' directions are added to its states instead.

Retrieve, weigh the labels (eq. 14-15 of the task-space paper), add the weighted sum of their directions (eq. 16-17),
and, where it helped on the tune split, let the state attend to all labels' directions (eq. 18-20); then ask (eq. 21).
Weights sum to 1 and the strength is shared among the layers, so that neither the number of examples nor the band
changes the dose.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from infoplane.methods._label_means import in_context_means, label_means
from infoplane.methods._method import Ask, Choices, Method
from infoplane.methods._neighbours import Neighbours
from infoplane.methods._once import once
from infoplane.methods._tune import Tuner, bands, require_tunable
from infoplane.models import Attend, Plan, Select

if TYPE_CHECKING:
    from infoplane.methods._setting import Setting
    from infoplane.spaces import TaskSpace
    from infoplane.tasks import Split

# Number of examples, and what similarities are divided by before they become weights (None: all alike).
_SIZES = (5, 20, 50, 100)
_TEMPERATURES = (None, 0.1)
_ATTENTION = (0.3, 1.0)
_FIRST: dict[str, Any] = {"directions": "means", "k": 20, "temperature": 0.1, "attention": 0.0}


def space_of(setting: "Setting", directions: str) -> "TaskSpace":
    """The directions called `means` or `in-context`, otherwise those of the setting's space of contrasts."""
    kinds = {"means": label_means, "in-context": in_context_means}
    return kinds[directions](setting) if directions in kinds else setting.space


def steering_plan(space: "TaskSpace", weights: NDArray[np.float64], choices: Choices, coefficient: float) -> Plan:
    """The plan that tells row i the labels' `weights` (n, K), then lets it attend to all labels if that was chosen."""
    plan = space.plan(weights, coefficient=coefficient, layers=choices["layers"], steps=1)
    if not choices["attention"]:
        return plan
    (edit,) = plan.edits
    return replace(plan, edits=(replace(edit, changes=(*edit.changes, attention(space, choices, coefficient))),))


def attention(space: "TaskSpace", choices: Choices, coefficient: float) -> Attend:
    """The refinement at the layers and with a share of the strength of the choices."""
    layers = space.band(choices["layers"])
    vectors = np.stack([space.vectors(layer) for layer in layers], axis=1)
    centre = space.means[[space.at(layer) for layer in layers]]
    return Attend(
        vectors.astype(np.float32),
        weight=choices["attention"] * coefficient / len(layers),
        centre=centre.astype(np.float32),
    )


def label_shares(setting: "Setting", neighbours: Neighbours, choices: Choices) -> NDArray[np.float64]:
    """Weights (n, K) of the labels of the nearest k; rows sum to 1."""
    return neighbours.first(choices["k"]).shares(len(setting.task.labels), choices["temperature"])


def _ask(setting: "Setting", queries: "Split", choices: Choices) -> Ask:
    neighbours = setting.nearest(queries, choices["k"])
    weights = label_shares(setting, neighbours, choices)
    plan = steering_plan(space_of(setting, choices["directions"]), weights, choices, choices["coefficient"])
    return Ask(setting.prompts(queries), plan, neighbours=neighbours)


@once
def ic_icl_choices(setting: "Setting") -> Choices:
    """Directions and layers, then examples and weights, then attention, each with its strength, on the tune split."""
    return _chosen(setting, tuple(k for k in _SIZES if k <= len(setting.pool) // 2) or (1,))


@once
def same_examples_choices(setting: "Setting") -> Choices:
    """The same with exactly the examples that stand in the prompt of icl."""
    return _chosen(setting, (setting.examples,))


def _chosen(setting: "Setting", sizes: tuple[int, ...]) -> Choices:
    require_tunable(setting)
    neighbours = setting.nearest(setting.tune, max(sizes))

    def make_plan(way: Choices, coefficient: float) -> Plan:
        shares = label_shares(setting, neighbours, way)
        return steering_plan(space_of(setting, way["directions"]), shares, way, coefficient)

    tuner = Tuner(setting, make_plan, Select(tokens="last", steps=1))
    places = [{"layers": band} for band in bands(setting.lm.layers)]
    kinds = [{"directions": kind} for kind in (() if setting.given else ("in-context", "contrast"))]
    weights = [{"k": k, "temperature": temperature} for k in sizes for temperature in _TEMPERATURES]
    start = {**_FIRST, **places[0], "k": min(sizes, key=lambda size: abs(size - _FIRST["k"]))}
    start |= {"directions": "contrast"} if setting.given else {}
    best = tuner.stages(start, [places, kinds, weights, [{"attention": share} for share in _ATTENTION]])
    return {**best, "tried": tuner.tried}


IC_ICL = Method(
    "ic-icl",
    "The labels of retrieved examples as directions in the task space, added to the state that answers the prompt.",
    _ask,
    choose=ic_icl_choices,
    rivals=("prompt", "icl", "knn-vote", "knn-vote-tuned", "prompt+vote", "random"),
)
SAME_EXAMPLES = Method(
    "ic-icl-same",
    "ic-icl with the very examples that icl puts into the prompt, and no more.",
    _ask,
    choose=same_examples_choices,
    rivals=("prompt", "icl", "knn-vote"),
)
