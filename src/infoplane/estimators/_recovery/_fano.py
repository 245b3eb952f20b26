"""Fano's inequality: at most this much of a token is left unknown by a reader who errs this often.

I(T;E) >= H(T) - H(T|T^) for every guess T^ made from E, and H(T|T^) is at most what these functions give (Cover and
Thomas 2006, theorem 2.10.1). Each is the cross-entropy of a reader with one confidence for all its guesses, so a
calibrated decoder's own cross-entropy is a better bound; these need nothing but its guesses.
"""

from typing import Any

import numpy as np
from scipy import special

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, Ints


def fano_equivocation(error: Any, types: int) -> Floats:
    """H_b(P_e) + P_e log(|V| - 1) >= H(T|T^) in nats, in the shape of `error` = P_e, a share of wrong guesses.

    `types` = |V|: the number of possible values, any number not below it. With equality where wrong guesses are uniform
    over the other types and all guesses equally sure. Raises InputError for shares outside [0, 1], under two types.
    """
    return equivocation(checked_error(error), 0.0, miss_cost(types))


def fano_prior_equivocation(error: Any, log_shares: Any) -> Floats:
    """H_b(P_e) + P_e E[-log r(T|T != T^) | error] >= H(T|T^) in nats, for any r fixed before the errors were seen.

    `log_shares` (e,): log r(T|T != T^) of the right type at each error, as `without_guess` gives it; () with no error.
    Raises InputError for shares outside [0, 1], and for errors without log shares.
    """
    rate, shares = checked_error(error), np.asarray(log_shares, dtype=np.float64).ravel()
    if not len(shares) and (rate > 0).any():
        raise InputError(
            one_line(f"error {error} and no log_shares", "one an error", "give those of the wrong guesses")
        )
    return equivocation(rate, 0.0, -float(shares.mean()) if len(shares) else 0.0)


def fano_list_equivocation(error: Any, types: int, size: int) -> Floats:
    """H_b(P_k) + (1 - P_k) log k + P_k log(|V| - k) >= H(T|list) in nats; `error` = P_k: the type is not in the list.

    `size` = k: guesses in the list; k = 1 is `fano_equivocation`. Raises InputError for shares outside [0, 1] and
    unless 1 <= k < |V|.
    """
    return equivocation(checked_error(error), hit_cost(size), miss_cost(types, size))


def without_guess(prior: Floats, targets: Ints, guesses: Ints) -> Floats:
    """The log r(t|T != guess) = log r(t) - log(1 - r(guess)), (n,), from the positive `prior` r (types,)."""
    return np.asarray(np.log(prior[targets]) - np.log1p(-prior[guesses]))


def equivocation(error: Floats, hit: Any, miss: Any) -> Floats:
    """H_b(P) + (1 - P) `hit` + P `miss`: nats left when the type is among the guesses costs `hit`, and else `miss`."""
    unsure = special.entr(error) + special.entr(1 - error)
    return np.asarray(unsure + (1 - error) * hit + error * miss)


def largest_equivocation(error: Floats, hit: Any, miss: Any) -> Floats:
    """The largest `equivocation` of all error rates up to `error`: it falls again above 1 / (1 + e^(hit - miss))."""
    return equivocation(np.minimum(error, special.expit(np.subtract(miss, hit))), hit, miss)


def hit_cost(size: int) -> float:
    """The log k nats left when the type is one of the k guesses."""
    return float(np.log(size)) if size > 0 else _bad_list(size)


def miss_cost(types: int, size: int = 1) -> float:
    """The log(|V| - k) nats left when it is none of them."""
    return float(np.log(types - size)) if types > size else _bad_list(size, types)


def checked_error(error: Any) -> Floats:
    """`error` as numbers; InputError outside [0, 1]."""
    rate = np.asarray(error, dtype=np.float64)
    if not ((rate >= 0) & (rate <= 1)).all():
        raise InputError(one_line(f"error {error}", "shares from 0 to 1", "give the share of wrong guesses"))
    return rate


def _bad_list(size: int, types: int | None = None) -> float:
    came = f"{size} guesses" + ("" if types is None else f" of {types} types")
    raise InputError(one_line(came, "at least one, and fewer than the types", "give more types or fewer guesses"))
