"""One entrance for entropy: looks at what came and takes the estimator made for it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from infoplane._errors import InputError, one_line
from infoplane.estimators._choice import values_of
from infoplane.estimators._counting._corrected import DEFAULT, ENTROPIES
from infoplane.estimators._counting._discrete import discrete_entropy
from infoplane.estimators._data import Declared, read_data
from infoplane.estimators._estimate import Estimate, Units
from infoplane.estimators._nearest._kozachenko import kozachenko_leonenko, weighted_kl_entropy

_DIFFERENTIAL: dict[str, Callable[..., Estimate]] = {
    "kozachenko-leonenko": kozachenko_leonenko,
    "weighted-kl": weighted_kl_entropy,
}
# Above this many columns the bias of a single neighbour distance is what the weights are for.
_FEW_COLUMNS = 3


def entropy(
    x: Any,
    *,
    estimator: str = "auto",
    alphabet: int | None = None,
    units: Units = "nats",
    groups: Any = None,
    confidence: float = 0.95,
    seed: int = 0,
    kind: Declared | None = None,
) -> Estimate:
    """H(X) of discrete `x` (n,), or of its rows (n, d); differential entropy h(X) of continuous `x`.

    Discrete: a name of `ENTROPIES`; `auto` is `chao-wang-jost`; `alphabet` the number of possible values where known.
    Continuous: `kozachenko-leonenko`, taken by `auto` up to 3 columns, or `weighted-kl` beyond. h depends on the units
    of x and may be negative. `kind` = "discrete" or "continuous" overrides the type.
    Raises InputError for other names and for what the estimator refuses.
    """
    values = values_of(read_data(x, "x", kind))
    options = {"groups": groups, "confidence": confidence, "seed": seed}
    if values.dtype.kind != "f":
        name = DEFAULT if estimator == "auto" else estimator
        return discrete_entropy(values, estimator=name, alphabet=alphabet, **options).to(units)
    if alphabet is not None:
        raise InputError(one_line(f"alphabet {alphabet!r} for continuous x", "none", "leave it out, or declare kind"))
    if estimator != "auto":
        return _differential(estimator)(values, **options).to(units)
    width = values.shape[1]
    if width <= _FEW_COLUMNS:
        found = kozachenko_leonenko(values, **options)
    else:
        found = weighted_kl_entropy(values, k=max(5, width), **options)
    why = f"auto: {found.estimator}, {width} column{'' if width == 1 else 's'} of quantities"
    return replace(found, estimator=why).to(units)


def _differential(name: str) -> Callable[..., Estimate]:
    if name not in _DIFFERENTIAL:
        expected = f"one of {', '.join(_DIFFERENTIAL)}; for discrete x one of {', '.join(ENTROPIES)}"
        raise InputError(one_line(f"estimator {name!r} for continuous x", expected, "use auto"))
    return _DIFFERENTIAL[name]
