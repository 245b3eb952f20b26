"""What IC-ICL is compared with at the dose it spends: directions that say nothing, and labels that are right."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from infoplane.methods._ic_icl import ic_icl_choices, label_shares, space_of, steering_plan
from infoplane.methods._method import Ask, Choices, Method
from infoplane.methods._once import once
from infoplane.methods._tune import Tuner
from infoplane.models import Plan, Select

if TYPE_CHECKING:
    from infoplane.methods._setting import Setting
    from infoplane.tasks import Split


def _random_plan(setting: "Setting", weights: NDArray[np.float64], choices: Choices, coefficient: float) -> Plan:
    turned = space_of(setting, choices["directions"]).random(setting.seed)
    return turned.plan(weights, coefficient=coefficient, layers=choices["layers"], steps=1)


@once
def _random_choices(setting: "Setting") -> Choices:
    neighbours = setting.nearest(setting.tune, ic_icl_choices(setting)["k"])
    weights = label_shares(setting, neighbours, ic_icl_choices(setting))
    return _at_equal_dose(setting, lambda way, strength: _random_plan(setting, weights, way, strength))


def _ask_random(setting: "Setting", queries: "Split", choices: Choices) -> Ask:
    neighbours = setting.nearest(queries, choices["k"])
    plan = _random_plan(setting, label_shares(setting, neighbours, choices), choices, choices["coefficient"])
    return Ask(setting.prompts(queries), plan, neighbours=neighbours)


def _gold(setting: "Setting", queries: "Split") -> NDArray[np.float64]:
    return np.eye(len(setting.task.labels))[queries.labels]


@once
def _oracle_choices(setting: "Setting") -> Choices:
    weights = _gold(setting, setting.tune)
    return _at_equal_dose(setting, lambda way, strength: steering_plan(setting, weights, way, strength))


def _ask_oracle(setting: "Setting", queries: "Split", choices: Choices) -> Ask:
    plan = steering_plan(setting, _gold(setting, queries), choices, choices["coefficient"])
    return Ask(setting.prompts(queries), plan)


def _at_equal_dose(setting: "Setting", make_plan: Any) -> Choices:
    """What ic-icl chose, without its attention, at the strength at which these plans cost what its plans cost."""
    way = {name: value for name, value in ic_icl_choices(setting).items() if name != "tried"} | {"attention": 0.0}
    if not way["dose"]:
        return {**way, "coefficient": 0.0}
    tuner = Tuner(setting, make_plan, Select(tokens="last", steps=1))
    return {**way, "coefficient": tuner.coefficient(way, way["dose"])}


RANDOM = Method(
    "random",
    "ic-icl with its directions turned at random, at the dose that it spends.",
    _ask_random,
    choose=_random_choices,
    rivals=("prompt",),
)
ORACLE = Method(
    "oracle",
    "ic-icl told the true label instead of retrieved ones, at the dose that it spends.",
    _ask_oracle,
    choose=_oracle_choices,
    oracle=True,
)
