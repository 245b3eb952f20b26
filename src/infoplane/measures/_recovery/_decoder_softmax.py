"""Softmaxes of all places of a text from one exponential a type.

The logit of type v at place j of a text is h . u_v + g_jv, so its normaliser is sum_v exp(h . u_v) exp(g_jv): one
exponential a text and one product of matrices serve every place, where logits of each slot would be made, raised and
summed apart. Texts are taken some at a time, so that few logits are held.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from infoplane.measures._recovery._decoder_slots import Slots

_HELD = 2**20  # logits held at once
_LEAST = 1e-30  # of a normaliser, whose inverse is still a number

_ITERATIONS, _CLOSE = 12, 1e-5  # of Newton's method; nats that are none


def parts(texts: int, types: int) -> Iterator[tuple[int, int]]:
    """Ranges of texts whose logits are held at once."""
    rows = max(1, _HELD // types)
    for start in range(0, texts, rows):
        yield start, min(start + rows, texts)


@dataclass(frozen=True, eq=False)
class Gradients:
    """Of the mean cross-entropy of some slots: for hidden (n, k), for types (V, k), for places' logits (J, V)."""

    hidden: Tensor
    types: Tensor
    places: Tensor


def cross_entropy(hidden: Tensor, types: Tensor, places: Tensor, slots: Slots) -> float:
    """Mean over slots of -log softmax_v(h_i . u_v + g_jv) at the right type, in nats.

    hidden (n, k) one a text of `slots`; types (V, k); places (J, V), the logits g.
    """
    highest, raised = _raised(places)
    total = 0.0
    for start, stop in parts(len(hidden), len(types)):
        row, at = slots.part(start, stop)
        place, target = slots.places[at], slots.targets[at]
        logits = hidden[start:stop] @ types.T
        right = logits[row, target] + places[place, target]
        top, powers = _raised(logits)
        scale = (powers @ raised.T)[row, place].clamp_min(_LEAST)
        total += float((scale.log() + top[row] + highest[place] - right).sum(dtype=torch.float64))
    return total / len(slots)


def gradients(hidden: Tensor, types: Tensor, places: Tensor, slots: Slots) -> Gradients:
    """Those of `cross_entropy`."""
    raised = _raised(places)[1]
    share = 1 / len(slots)
    made = Gradients(torch.empty_like(hidden), torch.zeros_like(types), torch.zeros_like(places))
    for start, stop in parts(len(hidden), len(types)):
        row, at = slots.part(start, stop)
        place, target = slots.places[at], slots.targets[at]
        states, wrong = hidden[start:stop], torch.full((len(row),), -share)
        powers = _raised(states @ types.T)[1]
        weights = powers.new_zeros((stop - start, len(places)))
        scale = (powers @ raised.T)[row, place].clamp_min(_LEAST)
        weights.index_put_((row, place), share / scale, accumulate=True)
        made.places.addmm_(weights.T, powers)
        powers.mul_(weights @ raised).index_put_((row, target), wrong, accumulate=True)
        torch.mm(powers, types, out=made.hidden[start:stop])
        made.types.addmm_(powers.T, states)
    made.places.mul_(raised).index_put_(
        (slots.places, slots.targets), torch.full((len(slots),), -share), accumulate=True
    )
    return made


def calibrate(hidden: Tensor, types: Tensor, places: Tensor, slots: Slots) -> tuple[float, float]:
    """Powers (a, b) of least mean cross-entropy with logits a h . u_v + b g_jv, by Newton's method: it is convex."""
    powers, step = torch.ones(2, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    least = float("inf")
    for _ in range(_ITERATIONS):
        loss, slope, curvature = _bend(hidden, types, places, slots, powers)
        if not math.isfinite(loss) or loss > least:
            step = step / 2
            powers = powers - step
            continue
        if least - loss < _CLOSE:
            break
        least = loss
        step = torch.linalg.lstsq(curvature, -slope[:, None], driver="gelsd").solution[:, 0]
        powers = powers + step
    return float(powers[0]), float(powers[1])


def _bend(hidden: Tensor, types: Tensor, places: Tensor, slots: Slots, powers: Tensor) -> tuple[float, Tensor, Tensor]:
    """Mean cross-entropy at `powers`, its slope (2,) and its curvature (2, 2): moments of both logits over types."""
    first, second = powers.tolist()
    highest, raised = _raised(places * second)
    bent, curved = raised * places, raised * places**2
    moments = torch.zeros(6, dtype=torch.float64)
    for start, stop in parts(len(hidden), len(types)):
        row, at = slots.part(start, stop)
        place, target = slots.places[at], slots.targets[at]
        logits = hidden[start:stop] @ types.T
        top, shares = _raised(logits * first)
        tilted = shares * logits
        products = ((shares, raised), (tilted, raised), (shares, bent), (tilted * logits, raised), (tilted, bent))
        sums = [(left @ right.T)[row, place].double() for left, right in (*products, (shares, curved))]
        scale = sums[0].clamp_min(_LEAST)
        state, known, *squares = (part / scale for part in sums[1:])
        right = logits[row, target].double(), places[place, target].double()
        loss = scale.log() + top[row] + highest[place] - first * right[0] - second * right[1]
        bends = squares[0] - state**2, squares[1] - state * known, squares[2] - known**2
        moments += torch.stack([loss, state - right[0], known - right[1], *bends]).sum(1)
    loss, *rest = (moments / len(slots)).tolist()
    return loss, torch.tensor(rest[:2]).double(), torch.tensor([rest[2:4], rest[3:5]]).double()


def _raised(logits: Tensor) -> tuple[Tensor, Tensor]:
    """The largest logit of every row (n,), and exp(logit - it) (n, V)."""
    highest = logits.amax(1)
    return highest, (logits - highest[:, None]).exp_()
