"""The numbers of each slot that all bounds are made of, and the bounds from the means of these numbers.

Columns: surprisal -log p(t|bin); loss -log q(t|E); whether the first guess is wrong; whether the list of guesses lacks
the type; cost -log r(t|T != guess) where the guess is wrong, else 0; bytes.
"""

from typing import Any

import numpy as np

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._recovery._fano import (
    equivocation,
    hit_cost,
    largest_equivocation,
    miss_cost,
    without_guess,
)
from infoplane.estimators._recovery._slots import TargetSlots

SURPRISAL, SIZE = 0, 5
_LIST = 10


def list_size(types: int) -> int:
    """Guesses in the list of `fano_list_information`: ten, or all types but one if these are fewer."""
    return min(_LIST, types - 1)


def readings(
    surprisals: Floats, shares: Floats, ranks: Ints, guesses: Ints, asked: TargetSlots, prior: Floats, sizes: Floats
) -> Floats:
    """The numbers (n, 6) of the slots `asked`; `shares` are log q, `prior` r is (types,)."""
    wrong = ranks > 0
    costs = np.where(wrong, -without_guess(prior, asked.targets, guesses), 0.0)
    outside = ranks >= list_size(len(prior))
    return np.stack([surprisals, -shares, wrong.astype(np.float64), outside.astype(np.float64), costs, sizes], axis=1)


def all_wrong(numbers: Floats, types: int) -> Floats:
    """Mean numbers (6,) of the same slots if every guess were wrong, at the price that the decoder's own doubt sets.

    A right guess of share q would have cost -log((1 - q) / (types - 1)); n slots cannot tell doubts below 1 / (n + 1).
    """
    surprisal, loss, wrong, _, cost, size = numbers.T
    doubt = np.maximum(-np.expm1(-loss), 1 / (len(numbers) + 1))
    price = np.where(wrong > 0, loss, np.maximum(loss, miss_cost(types) - np.log(doubt)))
    miss = cost.sum() / wrong.sum() if wrong.any() else miss_cost(types)
    return np.array([surprisal.mean(), price.mean(), 1.0, 1.0, miss, size.mean()])


def bounds(means: Floats, known: Any, types: int, *, wary: bool = False) -> dict[str, Floats]:
    """Lower bounds of the information in nats a token from `means` (..., 6) and the entropy `known` (...).

    `wary`: the least that Fano's inequalities give at any smaller error, since beyond chance they rise again.
    """
    _, loss, wrong, outside, cost, size = np.moveaxis(means, -1, 0)
    left = largest_equivocation if wary else equivocation
    guesses = list_size(types)
    miss = np.divide(cost, wrong, out=np.zeros_like(cost), where=wrong > 0)
    return {
        "recovery_information": known - loss,
        "fano_information": known - left(wrong, 0.0, miss_cost(types)),
        "fano_prior_information": known - left(wrong, 0.0, miss),
        "fano_list_information": known - left(outside, hit_cost(guesses), miss_cost(types, guesses)),
        "recovery_information_per_byte": (known - loss) / size,
    }
