"""One entrance for mutual information: looks at what came and takes the estimator made for it."""

from typing import Any

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import as_groups, check_draws, same_length
from infoplane.estimators._choice import by_data, by_name, values_of
from infoplane.estimators._data import Declared, read_data
from infoplane.estimators._estimate import Estimate, Units


def mutual_information(
    x: Any,
    y: Any,
    given: Any = None,
    *,
    estimator: str = "auto",
    units: Units = "nats",
    confidence: float = 0.95,
    permutations: int = 0,
    groups: Any = None,
    seed: int = 0,
    x_kind: Declared | None = None,
    y_kind: Declared | None = None,
    given_kind: Declared | None = None,
) -> Estimate:
    """I(X;Y), or I(X;Y|Z) with `given`, of `x`, `y`, `given` of shape (n,) or (n, d): arrays, tensors, table columns.

    Whole numbers, booleans, text and categories are discrete, floats continuous; `x_kind`, `y_kind`, `given_kind` =
    "discrete" or "continuous" override. `auto` goes by kind, dimension, samples and what it finds, and says in
    `estimator` what it took and why; otherwise a name of `ESTIMATORS`. The order of x and y does not matter. The
    interval treats `groups` (n,) as the independent units; `permutations` draws a null.
    Raises InputError (a ValueError), saying what came and what to do, for data that the estimator does not take.
    """
    first, second = values_of(read_data(x, "x", x_kind)), values_of(read_data(y, "y", y_kind))
    check_draws(permutations, seed)
    condition = None if given is None else values_of(read_data(given, "given", given_kind))
    same_length(len(first), y=second, given=condition)
    options = {
        "groups": as_groups(groups, len(first)),
        "permutations": permutations,
        "confidence": confidence,
        "seed": seed,
    }
    if estimator == "auto":
        return by_data(first, second, condition, options).to(units)
    return by_name(estimator, first, second, condition, options).to(units)


def conditional_mutual_information(x: Any, y: Any, given: Any, **options: Any) -> Estimate:
    """I(X;Y|Z): `mutual_information` with `given` = z, (n,) or (n, d), which it must have."""
    return mutual_information(x, y, given, **options)


def interaction_information(x: Any, y: Any, z: Any, **options: Any) -> Estimate:
    """I(X;Y|Z) - I(X;Y) in nats (McGill 1954): above 0 where x and z say more together than apart (synergy).

    Below 0 where they repeat each other (redundancy), symmetric in the three but for the estimators. The half-widths of
    the two intervals add, which no dependence between them can exceed. It has no null: no permutation leaves everything
    but the interaction as it is. `options` as `mutual_information`, with `given_kind` for `z`, but no `permutations`.
    """
    if options.get("permutations"):
        raise InputError(one_line("permutations of an interaction", "none, it has no null", "leave them out"))
    given_kind, units = options.pop("given_kind", None), options.pop("units", "nats")
    beyond = mutual_information(x, y, z, given_kind=given_kind, **options)
    alone = mutual_information(x, y, **options)
    shared = tuple(dict.fromkeys(flag for flag in beyond.flags + alone.flags if flag != "no_null"))
    return Estimate(
        value=beyond.value - alone.value,
        low=_less(beyond.low, alone.high),
        high=_less(beyond.high, alone.low),
        confidence=beyond.confidence,
        n=alone.n,
        estimator=f"{beyond.estimator} - {alone.estimator}",
        flags=shared,
    ).to(units)


def _less(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first - second
