"""Which estimator answers: by name, or by what the data are."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Ints, Labels, as_features, as_groups, as_numbers, constant_columns
from infoplane.estimators._counting._corrected import DEFAULT
from infoplane.estimators._critics._auto_continuous import auto_continuous
from infoplane.estimators._data import Data
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._normal._normal_scores import normal_scores
from infoplane.estimators._registry import ESTIMATORS, Estimator
from infoplane.estimators._strata import stratified
from infoplane.estimators._ties import copied_in_groups, spread_ties

Options = Mapping[str, Any]
Values = NDArray[Any]

# Nearest neighbours are nearly unbiased up to here: of a class, and in all columns together.
_FEW_COLUMNS = 3
_FEW_TOGETHER = 4
_BY_RANK = ("ksg", "ross", "frenzel-pompe", "copula")
# Rules that are trained narrow their interval with more samples than this, and learn little more.
_MOST_SAMPLES = 50_000
_TRAINED = ("stacked", "critic", "infonce", "nwj", "dv", "smile")


def by_name(name: str, x: Values, y: Values, given: Values | None, options: Options) -> Estimate:
    """The estimate by `ESTIMATORS[name]`; InputError for an unknown name and for kinds of data it does not take."""
    if name not in ESTIMATORS:
        raise InputError(one_line(f"estimator {name!r}", f"auto or one of {', '.join(ESTIMATORS)}", "use one of these"))
    if name in _TRAINED and len(x) > _MOST_SAMPLES:
        expected = f"at most {_MOST_SAMPLES:,}, which take minutes"
        do = "give a random part of the rows, or auto, which takes one"
        raise InputError(one_line(f"{len(x):,} samples for {name}", expected, do))
    one = ESTIMATORS[name]
    x, y = _oriented(x, y, given)
    _check_takes(name, one, x, y, given)
    _check_varies(x=x, y=y)
    if given is None:
        return one.run(x, y, **options)
    if _kind(given) in one.given:
        return one.run(x, y, given=given, **options)
    return stratified(one.run, x, y, Labels(given, int(given.max()) + 1), **options)


def by_data(x: Values, y: Values, given: Values | None, options: Options) -> Estimate:
    """The estimate by the estimator that suits the data; `estimator` names it and says why.

    Where distances or ranks count, repeated values are spread over their cells (`_ties`) and columns become normal
    scores; neither changes the information.
    """
    x, y = _oriented(x, y, given)
    pair = _kind(x) == _kind(y) == "continuous" and given is None
    name, why = ("pair", "") if pair else _suited(x, y, given)
    part, copied = "", any(copied_in_groups(side, options["groups"]) for side in (x, y) if _kind(side) == "continuous")
    if len(x) > _MOST_SAMPLES and (name in _TRAINED or (pair and x.shape[1] + y.shape[1] > _FEW_COLUMNS)):
        rows = _random_part(options["groups"], options["seed"])
        part = f", on {len(rows):,} of {len(x):,} samples"
        x, y, options = x[rows], y[rows], {**options, "groups": as_groups(options["groups"][rows], len(rows))}
    if pair:
        _check_varies(x=x, y=y)
        first, second = (spread_ties(side, seed) for seed, side in enumerate((x, y), start=options["seed"]))
        found = auto_continuous(first, second, **options)
    else:
        if name in _BY_RANK:
            x, y, given = (_ranked(side, options["seed"] + place) for place, side in enumerate((x, y, given)))
        found = by_name(name, x, y, given, options)
        found = replace(found, estimator=f"auto: {found.estimator}, {why}")
    return replace(found, estimator=found.estimator + part).flagged(*(["duplicates"] if copied else []))


def _ranked(side: Values | None, seed: int) -> Any:
    """Normal scores of numbers; labels and nothing as they are."""
    return side if side is None or _kind(side) == "discrete" else normal_scores(spread_ties(side, seed))


def values_of(data: Data) -> Values:
    """Codes (n,) of labels, columns (n, d) of numbers; of a table with both, indicators beside the numbers."""
    if data.discrete is None:
        assert data.continuous is not None
        return data.continuous
    codes = data.discrete.codes
    return codes if data.continuous is None else np.hstack([data.continuous, as_numbers(codes)])


def _suited(x: Values, y: Values, given: Values | None) -> tuple[str, str]:
    """A name of `ESTIMATORS` and the reason."""
    beyond = given is not None and _kind(given) == "continuous"
    if _kind(x) == "discrete":
        return DEFAULT, "discrete data"
    if _kind(y) == "discrete":
        if beyond:
            return "discriminant", f"labels beyond {_columns(given)}"
        few = x.shape[1] <= _FEW_COLUMNS
        return "ross" if few else "stacked" if given is None else "discriminant", f"labels and {_columns(x)}"
    together = [x, y, given] if beyond else [x, y]
    few = sum(part.shape[1] for part in together if part is not None) <= _FEW_TOGETHER
    if beyond:
        return "frenzel-pompe" if few else "copula", f"{_columns(*together)} together"
    return "ksg" if few else "copula", f"{_columns(*together)} inside each value of given"


def _random_part(groups: Ints, seed: int) -> Ints:
    """Rows of whole groups in random order, as many as fit."""
    rank = np.random.default_rng([seed, 12]).permutation(int(groups.max()) + 1)
    sizes = np.bincount(rank[groups])
    return np.flatnonzero(np.cumsum(sizes)[rank[groups]] <= _MOST_SAMPLES)


def _oriented(x: Values, y: Values, given: Values | None) -> tuple[Values, Values]:
    """Labels last; both labels beside a condition of numbers: x as indicators, from which y is read."""
    if _kind(x) == "discrete" and _kind(y) == "continuous":
        return y, x
    if _kind(x) == _kind(y) == "discrete" and given is not None and _kind(given) == "continuous":
        return as_numbers(x), y
    return x, y


def _kind(values: Values) -> str:
    return "continuous" if values.dtype.kind == "f" else "discrete"


def _check_takes(name: str, one: Estimator, x: Values, y: Values, given: Values | None) -> None:
    if _fits(one, x, y, given):
        return
    kinds = f"{_kind(x)} and {_kind(y)} data{'' if given is None else f' with {_kind(given)} given'}"
    others = ", ".join(word for word, other in ESTIMATORS.items() if _fits(other, x, y, given))
    do = "use auto, or cast labels to integers and values to floats"
    raise InputError(one_line(f"estimator {name!r} for {kinds}", f"one of {others}", do))


def _fits(one: Estimator, x: Values, y: Values, given: Values | None) -> bool:
    conditions = given is None or _kind(given) == "discrete" or _kind(given) in one.given
    return one.x in ("mixed", _kind(x)) and one.y in ("mixed", _kind(y)) and conditions


def _check_varies(**sides: Values) -> None:
    for name, values in sides.items():
        if _kind(values) == "continuous" and constant_columns(as_features(values, name)).all():
            raise InputError(one_line(f"{name} with constant columns only", "values that vary", "give another array"))


def _columns(*parts: Values | None) -> str:
    count = sum(part.shape[1] for part in parts if part is not None)
    return f"{count} column{'' if count == 1 else 's'}"
