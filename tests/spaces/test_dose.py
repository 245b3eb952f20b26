"""The dose dial against truths in closed form."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import xlogy

from infoplane._errors import InputError, ModelError
from infoplane.models import Add, Edit, Plan, Select
from infoplane.spaces import find_dose


def shift(coefficient: float) -> Plan:
    """A plan that adds `coefficient` to a state of one number."""
    move = Add(np.ones((1, 1, 1), np.float32), np.array([[coefficient]]))
    return Plan((Edit(Select(layers=1), (move,)),))


class Bent:
    """Prompts whose divergence is a function of what a plan adds."""

    def __init__(self, *curves):
        self.curves, self.asked = curves, []

    def divergence(self, plan: Plan) -> NDArray[np.float64]:
        (change,) = plan.edits[0].changes
        assert isinstance(change, Add)
        self.asked.append(float(change.weights[0, 0]))
        return np.array([curve(self.asked[-1]) for curve in self.curves])


def two_tokens(x: float) -> float:
    """KL(p_x || p_0) of two tokens of equal probability after the logit of one has risen by x."""
    logs = np.array([x, 0.0]) - np.logaddexp(x, 0.0)
    return float((np.exp(logs) * (logs + math.log(2))).sum())


def test_two_tokens_at_a_tenth_of_a_nat() -> None:
    found = find_dose(Bent(two_tokens, two_tokens), shift, 0.1)
    assert found.coefficient == pytest.approx(0.94344, abs=1e-4)
    assert found.divergence.value == pytest.approx(0.1, abs=1e-5)


@pytest.mark.parametrize("target", [1e-4, 0.03, 0.3, 0.69])
def test_two_tokens_at_any_dose(target: float) -> None:
    x = find_dose(Bent(two_tokens, two_tokens), shift, target).coefficient
    p = 1 / (1 + math.exp(-x))
    assert math.log(2) + xlogy(p, p) + xlogy(1 - p, 1 - p) == pytest.approx(target, rel=1e-3)


def test_the_mean_over_prompts_is_dosed_and_has_an_interval_over_groups() -> None:
    prompts = Bent(*[lambda x, k=k: (k * x) ** 2 for k in range(1, 9)])
    alone = find_dose(prompts, shift, 0.5)
    assert alone.coefficient == pytest.approx(math.sqrt(0.5 / np.mean(np.arange(1, 9) ** 2)), rel=1e-4)
    assert alone.divergence.low is not None
    assert alone.divergence.high is not None
    assert alone.divergence.low < 0.5 < alone.divergence.high
    assert alone.divergence.n == 8
    paired = find_dose(prompts, shift, 0.5, groups=np.arange(8) // 2).divergence
    assert paired.low is not None
    assert paired.high is not None
    assert paired.high - paired.low > alone.divergence.high - alone.divergence.low


def test_of_several_strengths_the_smallest_is_taken() -> None:
    hump = Bent(*[lambda x: x**2 * math.exp(-x) + 1e-3 * x] * 2)
    found = find_dose(hump, shift, 0.3).coefficient
    assert found < 2
    assert pytest.approx(found**2 * math.exp(-found) + 1e-3 * found, rel=1e-4) == 0.3


@pytest.mark.parametrize("curve", [lambda x: 0.6 * x**2 / (1 + x**2), lambda x: x**2 * math.exp(-x)])
def test_a_dose_out_of_reach_says_how_far_one_gets(curve) -> None:
    highest = max(curve(x) for x in np.exp(np.linspace(-5, 8, 4000)))
    with pytest.raises(InputError, match=r"dose 0.7 nats: expected at most the") as error:
        find_dose(Bent(curve, curve), shift, 0.7)
    told = float(str(error.value).split("at most the ")[1].split()[0])
    assert told == pytest.approx(highest, rel=0.06)


def test_strengths_that_break_the_network_end_the_search() -> None:
    def breaks(x: float) -> float:
        if x > 3:
            raise ModelError("states that are not finite.")
        return 0.01 * x**2

    with pytest.raises(InputError, match=r"at most the 0.08 nats"):
        find_dose(Bent(breaks, breaks), shift, 1.0)
    assert find_dose(Bent(breaks, breaks), shift, 0.05).coefficient == pytest.approx(math.sqrt(5), rel=1e-4)


def test_a_start_that_breaks_the_network_is_left_downwards() -> None:
    def steep(x: float) -> float:
        if x > 0.02:
            raise ModelError("states that are not finite.")
        return (100 * x) ** 2

    assert find_dose(Bent(steep, steep), shift, 1.0).coefficient == pytest.approx(0.01, rel=1e-4)


def test_a_plan_without_effect_and_one_that_always_has_one() -> None:
    with pytest.raises(InputError, match="at most the 0 nats"):
        find_dose(Bent(*[lambda x: 0 * x] * 2), shift, 0.1)
    with pytest.raises(InputError, match=r"more than the 0.5 nats that this plan costs at any strength"):
        find_dose(Bent(lambda x: 0.5 + x**2, lambda x: 0.5 + x**2), shift, 0.4)
    for target in (0.51, 0.6, 2.5, 9.0):
        found = find_dose(Bent(*[lambda x: 0.5 + x**2] * 2), shift, target).coefficient
        assert found == pytest.approx(math.sqrt(target - 0.5), rel=1e-3)


@pytest.mark.parametrize("target", [0, -1.0, math.nan, math.inf])
def test_a_target_that_is_no_dose(target: float) -> None:
    with pytest.raises(InputError, match="a positive number of nats"):
        find_dose(Bent(two_tokens, two_tokens), shift, target)


def test_few_strengths_are_tried() -> None:
    prompts = Bent(two_tokens, two_tokens)
    find_dose(prompts, shift, 0.1)
    assert len(prompts.asked) == len(set(prompts.asked)) <= 15
