"""One entrance for mutual information: looks at what came and takes the estimator made for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import as_features, constant_columns, is_discrete
from infoplane.estimators._estimate import Estimate, Units
from infoplane.estimators._linear import linear_information
from infoplane.estimators._neighbours import ksg, ross
from infoplane.estimators._plugin import plugin_information
from infoplane.estimators._readout import read_labels

Data = Literal["discrete", "continuous"]

_MOST_COMPONENTS = 64
_SAMPLES_PER_COMPONENT = 20


@dataclass(frozen=True, slots=True)
class Estimator:
    """An estimator of I(X;Y): the kinds of data it takes, whether it can condition, and the function itself."""

    x: Data
    y: Data
    conditional: bool
    run: Callable[..., Estimate]


def _discriminant(x: Any, y: Any, **options: Any) -> Estimate:
    return read_labels(x, y, **options).information


def _gaussian(x: Any, y: Any, **options: Any) -> Estimate:
    components = max(1, min(_MOST_COMPONENTS, len(x) // _SAMPLES_PER_COMPONENT))
    return linear_information(x, y, components=components, noise=0.0, **options)


# For each pair of kinds the first entry is the default.
ESTIMATORS: dict[str, Estimator] = {
    "plugin": Estimator("discrete", "discrete", True, plugin_information),
    "discriminant": Estimator("continuous", "discrete", True, _discriminant),
    "ross": Estimator("continuous", "discrete", False, ross),
    "gaussian": Estimator("continuous", "continuous", False, _gaussian),
    "ksg": Estimator("continuous", "continuous", False, ksg),
}


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
) -> Estimate:
    """I(X;Y), or I(X;Y|A) for discrete `given` (n,), of arrays `x`, `y` of shape (n,) or (n, d).

    Integers, booleans, strings and categories are discrete, floats continuous. `auto` counts discrete pairs
    (`plugin`), reads labels from vectors by a cross-fitted linear discriminant (`discriminant`, a lower bound; or
    `ross`), and takes cross-fitted canonical correlations of two vectors (`gaussian`; or `ksg`). The order of x and y
    does not matter. Raises InputError, saying what came and what to do, for data that no estimator takes.
    """
    kinds = _kind(x), _kind(y)
    if kinds == ("discrete", "continuous"):
        x, y, kinds = y, x, ("continuous", "discrete")
    chosen = _chosen(estimator, kinds, given is not None)
    _check_spread(x, y, kinds)
    options = {"groups": groups, "permutations": permutations, "confidence": confidence, "seed": seed}
    condition = {} if given is None else {"given": given}
    return chosen.run(x, y, **condition, **options).to(units)


def _kind(values: Any) -> Data:
    return "discrete" if is_discrete(values) else "continuous"


def _chosen(name: str, kinds: tuple[Data, Data], conditional: bool) -> Estimator:
    fitting = {word: one for word, one in ESTIMATORS.items() if (one.x, one.y) == kinds}
    if conditional:
        fitting = {word: one for word, one in fitting.items() if one.conditional}
    if name != "auto":
        fitting = {word: one for word, one in fitting.items() if word == name}
    if not fitting:
        came = f"estimator {name!r} for {' and '.join(kinds)} data{' with given' if conditional else ''}"
        expected = "; ".join(
            f"{word} ({one.x}, {one.y}{', given' if one.conditional else ''})" for word, one in ESTIMATORS.items()
        )
        raise InputError(
            one_line(came, f"one of {expected}", "use auto, or cast labels to integers and values to floats")
        )
    return next(iter(fitting.values()))


def _check_spread(x: Any, y: Any, kinds: tuple[Data, Data]) -> None:
    for name, values, kind in (("x", x, kinds[0]), ("y", y, kinds[1])):
        if kind == "continuous" and constant_columns(as_features(values, name)).all():
            raise InputError(one_line(f"{name} with constant columns only", "values that vary", "give another array"))
