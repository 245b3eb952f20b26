"""What IC-ICL is compared with at the dose it spends: directions that say nothing, and labels that are right."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError
from infoplane.methods._ic_icl import ic_icl_choices, label_shares, space_of, steering_plan
from infoplane.methods._method import Ask, Choices, Method
from infoplane.methods._once import once
from infoplane.models import Plan, Select

if TYPE_CHECKING:
    from infoplane.methods._setting import Setting
    from infoplane.tasks import Split

# (way, coefficient) -> the plan of the tune split's prompts; of so many of them the dose is found.
Planned = Callable[[Choices, float], Plan]
_DOSED_ON = 64


def _random_plan(setting: "Setting", weights: NDArray[np.float64], choices: Choices, coefficient: float) -> Plan:
    turned = space_of(setting, choices["directions"]).random(setting.seed)
    return steering_plan(turned, weights, choices, coefficient)


def _gold_plan(setting: "Setting", weights: NDArray[np.float64], choices: Choices, coefficient: float) -> Plan:
    return steering_plan(space_of(setting, choices["directions"]), weights, choices, coefficient)


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
    return _at_equal_dose(setting, lambda way, strength: _gold_plan(setting, weights, way, strength))


def _ask_oracle(setting: "Setting", queries: "Split", choices: Choices) -> Ask:
    plan = _gold_plan(setting, _gold(setting, queries), choices, choices["coefficient"])
    return Ask(setting.prompts(queries), plan)


def _at_equal_dose(setting: "Setting", make_plan: Planned) -> Choices:
    """What ic-icl chose, its attention too, at the strength at which these plans cost what its plans cost.

    Where none does, it is the strength that comes nearest: `reached` is the dose in nats that it costs, `why` the rest.
    """
    way = {name: value for name, value in ic_icl_choices(setting).items() if name not in ("tried", "accuracy")}
    if not way["dose"]:
        return {**way, "coefficient": 0.0}
    dosed = _Dosed(setting)
    try:
        return {**way, "coefficient": dosed.coefficient(lambda strength: make_plan(way, strength), way["dose"])}
    except InputError as unreachable:
        coefficient, reached = dosed.nearest(way["dose"])
        return {**way, "coefficient": coefficient, "reached": reached, "why": str(unreachable)}


class _Dosed:
    """Some prompts of the tune split on which a dose is looked for; `tried` holds the strengths and their mean nats."""

    def __init__(self, setting: "Setting") -> None:
        from infoplane.models import Rehearsal

        self.tried: list[tuple[float, float]] = []
        self._few = np.arange(min(_DOSED_ON, len(setting.tune)))
        prompts, select = setting.prompts(setting.tune.take(self._few)), Select(tokens="last", steps=1)
        self._rehearsal = Rehearsal(setting.lm, prompts, setting.task.answers, select=select)
        self._strength = 0.0

    def coefficient(self, make_plan: "Callable[[float], Plan]", dose: float) -> float:
        """The strength at which the tune split's plan costs `dose` nats; InputError where it never does."""
        from infoplane.spaces import find_dose

        def planned(strength: float) -> Plan:
            self._strength = strength
            return make_plan(strength).take(self._few)

        return find_dose(self, planned, dose, tolerance=1e-2).coefficient

    def divergence(self, plan: Plan) -> NDArray[np.float64]:
        """(n,) KL(steered || plain) in nats of the next token; ModelError where states are no longer finite."""
        found = self._rehearsal.divergence(plan)
        if np.isfinite(found).all():
            self.tried.append((self._strength, float(found.mean())))
        return found

    def nearest(self, dose: float) -> tuple[float, float]:
        """The strength whose cost came nearest to `dose`, of equals the smallest, and that cost in nats."""
        return min(self.tried, key=lambda one: (abs(one[1] - dose), one[0]), default=(0.0, 0.0))


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
