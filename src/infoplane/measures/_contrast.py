"""What a steered number is compared with: the same examples under a control, exchanged group by group.

A control is what the plan is judged against: random directions of the same rank and size, or no plan. Where the plan
does nothing of its own, an example's number and its control's may change places; whole groups do so together.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import Estimate, bootstrap_mean
from infoplane.measures._numbers import Options

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DRAWS = 1000
_ROUNDING = 1e-9


def swaps(groups: Ints, options: Options) -> NDArray[np.bool_]:
    """(P, n): which examples change places with their control in every draw; groups do so whole."""
    ids = np.unique(groups, return_inverse=True)[1]
    drawn = np.random.default_rng([options.seed, 5]).random((options.permutations, int(ids.max()) + 1)) < 0.5
    return np.asarray(drawn[:, ids])


def group_weights(groups: Ints, seed: int) -> Floats:
    """(draws, n): how often each example stands in a bootstrap draw of whole groups; the same for every number."""
    ids = np.unique(groups, return_inverse=True)[1]
    count = int(ids.max()) + 1
    drawn = np.random.default_rng([seed, 4]).multinomial(count, np.full(count, 1 / count), size=_DRAWS)
    return np.asarray(drawn[:, ids], np.float64)


def against(estimate: Estimate, control: float, differences: Floats) -> Estimate:
    """`estimate` judged against `control`, the value of its control; `differences` (P,): draws of value - control.

    Two-sided: p = (1 + #{|draw| >= |value - control|}) / (1 + P). `null_mean` is the control, and the value is outside
    null_mean +- (null_high - null_mean) exactly where p <= 0.05; inside it is flagged `like_control`.
    """
    if not len(differences):
        return estimate.flagged("no_null")
    sizes, found = np.sort(np.abs(differences)), abs(estimate.value - control)
    rank = min(len(sizes), math.ceil(0.95 * (len(sizes) + 1)))
    least = found - _ROUNDING * max(1.0, found)
    p_value = float((1 + (sizes >= least).sum()) / (1 + len(sizes)))
    judged = replace(estimate, null_mean=control, null_high=control + float(sizes[rank - 1]), p_value=p_value)
    warnings = {"few_permutations": len(sizes) < 20, "like_control": p_value > 0.05}
    return judged.flagged(*(flag for flag, holds in warnings.items() if holds))


def mean_against(own: Floats, control: Floats, groups: Ints, options: Options, estimate: Estimate) -> Estimate:
    """`estimate`, the mean of `own` (n,), judged against the mean of `control` (n,)."""
    signs = np.where(swaps(groups, options), -1.0, 1.0)
    return against(estimate, float(control.mean()), signs @ (own - control) / len(own))


def mean_row(own: Floats, control: Floats, groups: Ints, options: Options) -> Estimate:
    """Mean of `own` (n,) in nats with a bootstrap interval over groups, against `control` (n,)."""
    return mean_against(own, control, groups, options, bootstrap_mean(own, groups, seed=options.seed))


def ratio_row(
    gains: tuple[Floats, Floats], costs: tuple[Floats, Floats], groups: Ints, options: Options, estimate: Estimate
) -> Estimate:
    """mean(gain) / mean(cost) with a bootstrap interval over groups, of (own, control), each (n,).

    `estimate` gives units, name and ceiling. A cost of nothing gives zero, flagged `no_dose`.
    """
    spent = [float(cost.mean()) for cost in costs]
    if spent[0] <= 0:
        return replace(estimate, value=0.0).flagged("no_dose")
    weights = group_weights(groups, options.seed)
    draws = (weights @ gains[0]) / np.maximum(weights @ costs[0], np.finfo(float).tiny)
    low, high = (float(end) for end in np.quantile(draws, [0.025, 0.975]))
    value = float(gains[0].mean()) / spent[0]
    found = replace(estimate, value=value, low=min(low, value), high=max(high, value))
    own, control = (gain / cost if cost > 0 else np.zeros_like(gain) for gain, cost in zip(gains, spent, strict=True))
    return mean_against(own, control, groups, options, found)
