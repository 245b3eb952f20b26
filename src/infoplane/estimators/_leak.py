"""Does a recipe find information where there is none? Many published ones do."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, as_features, as_labels, constant_columns, same_length
from infoplane.estimators._compression._components import principal_components
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._labels._readout import read_labels
from infoplane.estimators._permute import permute_labels

# What a recipe may find by chance or rounding, as a share of H(Y).
_TOLERATED = 0.05
_MOST_SQUARED = 12


def leak_check(
    recipe: Callable[[Any, Any], Any],
    x: Any,
    y: Any,
    *,
    groups: Any = None,
    seed: int = 0,
    repeats: int = 5,
) -> Estimate:
    """What `recipe(x, labels)` says, in nats, about labels made independent of `x` (n, ...): a sound one, nothing.

    The labels are `y` (n,) permuted `repeats` times, labels that are constant inside `groups` (n,) between whole
    groups. The recipe returns either
    * features (n, d), numbers of any preprocessing that is given the labels: read held out, groups whole, by
      `read_labels` from the features and from their leading components with products of pairs, whichever says more; or
    * a number or `Estimate`: the information found by a whole recipe with all its projecting, selecting and fitting.
    The value is the mean over repeats, the interval Student's t over them, the ceiling H(Y). The flag `leaky_recipe` is
    set when the interval lies above 0 and the mean above 5 % of H(Y). A step that uses labels is sound only inside
    cross-fitting: what it makes of a sample must not have seen that sample's label, nor that of its group.
    Raises InputError for fewer than two repeats, unequal lengths, one class, features that are not finite numbers.
    """
    labels = as_labels(y)
    same_length(len(x), y=labels.codes)
    if repeats < 2:
        raise InputError(one_line(f"{repeats} repeats", "at least 2", "use for example 5"))
    permuted = permute_labels(np.asarray(y).ravel(), groups, repeats, seed)
    found = np.array([_said(recipe(x, draw), draw, groups, seed) for draw in permuted])
    value = float(found.mean())
    half = float(special.stdtrit(repeats - 1, 0.975) * found.std(ddof=1) / np.sqrt(repeats))
    leaks = value - half > 0 and value > _TOLERATED * labels.entropy
    return Estimate(
        value=value,
        low=value - half,
        high=value + half,
        n=len(labels.codes),
        estimator=f"leak_check(repeats={repeats})",
        ceiling=labels.entropy,
        null_mean=0.0,
        flags=("leaky_recipe",) if leaks else (),
    )


def _said(given: Any, labels: Any, groups: Any, seed: int) -> float:
    """Nats about `labels` (n,) in what a recipe has `given`."""
    if isinstance(given, Estimate):
        return float(given.to("nats"))
    if np.ndim(given) == 0 and np.asarray(given).dtype.kind in "iubf":
        return float(as_features(np.atleast_1d(given), "the number of the recipe")[0, 0])
    features = as_features(given, "features of the recipe")
    same_length(len(labels), features=features)
    if constant_columns(features).all():
        return 0.0
    looks = (features, _products(features))
    return max(read_labels(look, labels, groups=groups, seed=seed).information.value for look in looks)


def _products(features: Floats) -> Floats:
    """Leading principal components of `features` (n, d), and their products in pairs: (n, c + c (c + 1) / 2).

    A projection on the direction of the own label leaves class means equal and shows in second moments alone.
    """
    components = principal_components(features)
    codes = components.first(_MOST_SQUARED).encode(features) / np.sqrt(components.variances[:_MOST_SQUARED])
    left, right = np.triu_indices(codes.shape[1])
    return np.hstack([codes, codes[:, left] * codes[:, right]])
