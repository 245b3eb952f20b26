"""What a decoder said about the slots asked, checked once."""

from typing import Any

import numpy as np

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, Ints, same_length
from infoplane.estimators._containers import as_array
from infoplane.estimators._recovery._slots import TargetSlots, as_codes

# Above 0 by this much a log share is rounding of float32.
_ROUNDING = 1e-5


def as_log_shares(values: Any, asked: TargetSlots, name: str = "log_shares") -> Floats:
    """`values` (..., n) as logarithms of shares, one a slot; InputError for shares of 0 or above 1."""
    shares = as_array(values, name).astype(np.float64)
    same_length(len(asked), **{name: shares.T})
    if not np.isfinite(shares).all() or shares.max(initial=0.0) > _ROUNDING:
        came = f"{name} that are infinite, NaN or above 0"
        raise InputError(one_line(came, "logarithms of shares above 0", "mix the decoder with uniform shares"))
    return np.minimum(shares, 0.0)


def as_ranks(values: Any, asked: TargetSlots, types: int) -> Ints:
    """`values` (n,) as places from 0 of the right type among the guesses; InputError for others."""
    ranks = as_codes(values, "ranks")
    same_length(len(asked), ranks=ranks)
    if ranks.max() >= types:
        raise InputError(one_line(f"rank {ranks.max()} of {types} types", "places from 0", "give the first guess 0"))
    return ranks


def check_types(types: int, asked: TargetSlots, others: TargetSlots | None) -> None:
    """InputError unless there are at least two types and all targets are among them."""
    largest = int(asked.and_more(others).targets.max())
    if types < 2 or largest >= types:
        came = f"types {types} and targets up to {largest}"
        raise InputError(one_line(came, "at least two types, more than the largest target", "give the number of types"))


def as_guesses(values: Any, ranks: Ints, asked: TargetSlots, types: int) -> Ints:
    """`values` (n,) as codes of the first guesses; InputError for others, and unless rank 0 means the right type."""
    guesses = as_codes(values, "guesses")
    same_length(len(asked), guesses=guesses)
    wrong = int(((guesses == asked.targets) != (ranks == 0)).sum())
    if wrong or guesses.max() >= types:
        came = f"{wrong} guesses that disagree with their ranks" if wrong else f"guess {guesses.max()} of {types} types"
        raise InputError(one_line(came, "codes below types, the right one where the rank is 0", "count ranks from 0"))
    return guesses
