"""Does a recipe find information where there is none? Many published ones do."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import as_labels, same_length
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._permute import permute_labels

# What a recipe may find by chance or rounding, as a share of H(Y).
_TOLERATED = 0.05


def leak_check(
    recipe: Callable[[Any, Any], Estimate | float],
    x: Any,
    y: Any,
    *,
    groups: Any = None,
    seed: int = 0,
    repeats: int = 5,
) -> Estimate:
    """Mean of `recipe(x, labels)` in nats over `repeats` permutations of the labels `y` (n,), which are unrelated to x.

    A sound recipe, with all its projecting, selecting and fitting inside, gives about 0. The interval is Student's t
    over repeats; the flag `leaky_recipe` is set when it lies above 0 and the mean above 5 % of H(Y), the ceiling.
    Raises InputError for fewer than two repeats, unequal lengths, one class.
    """
    labels = as_labels(y)
    same_length(len(x), y=labels.codes)
    if repeats < 2:
        raise InputError(one_line(f"{repeats} repeats", "at least 2", "use for example 5"))
    permuted = permute_labels(np.asarray(y).ravel(), groups, repeats, seed)
    found = np.array([float(_in_nats(recipe(x, draw))) for draw in permuted])
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


def _in_nats(found: Estimate | float) -> Estimate | float:
    return found.to("nats") if isinstance(found, Estimate) else found
