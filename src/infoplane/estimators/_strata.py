"""Information given a discrete variable: the average over its values of the information inside each."""

from collections.abc import Callable
from typing import Any

import numpy as np

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, Ints, Labels, as_groups
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._permute import null_flags, permute_rows, permute_within, vary_in_group, with_null

# A stratum below this size has no information to speak of and an estimate of none.
_SMALLEST = 20


def stratified(
    run: Callable[..., Estimate],
    x: Any,
    y: Any,
    given: Labels,
    *,
    groups: Ints,
    permutations: int,
    confidence: float,
    seed: int,
) -> Estimate:
    """I(X;Y|A) = sum_a p(a) I(X;Y|A=a) in nats, each term by the estimator `run` on the samples with A = a.

    Strata of under 20 samples are left out with the flag `few_samples`, and p(a) is among the others. The widths of the
    intervals add in quadrature, or as they are where groups reach over strata. The null exchanges y among samples of
    equal `given`, whole groups where they can be, and estimates again.
    Raises InputError when no stratum is large enough.
    """
    sizes = given.counts
    kept = np.flatnonzero(sizes >= _SMALLEST)
    if not len(kept):
        came = f"{given.classes} values of given in {len(given.codes)} samples, none {_SMALLEST} times"
        raise InputError(one_line(came, f"values that occur at least {_SMALLEST} times", "use coarser values"))
    rows = [np.flatnonzero(given.codes == value) for value in kept]
    share = sizes[kept] / sizes[kept].sum()
    fixed = {"permutations": 0, "confidence": confidence, "seed": seed}

    def parts(other: Any) -> list[Estimate]:
        return [_within(run, x[some], other[some], groups=as_groups(groups[some], len(some)), **fixed) for some in rows]

    if y.dtype.kind == "f":
        draws = y[permute_rows(groups, given.codes, permutations, seed)]
    else:
        draws = permute_within(y, given.codes, groups, permutations, seed)
    null = np.array([share @ [part.value for part in parts(draw)] for draw in draws])
    mean = _average(parts(y), share, int(sizes[kept].sum()), confidence, apart=not vary_in_group(given.codes, groups))
    flags = null_flags(given.codes, groups, permutations) + (("few_samples",) if len(kept) < len(sizes) else ())
    return with_null(mean, null).flagged(*flags)


def _within(run: Callable[..., Estimate], x: Any, y: Any, **options: Any) -> Estimate:
    """The estimate inside a stratum: 0 exactly where x or y is constant."""
    if (x == x[0]).all() or (y == y[0]).all():
        return Estimate(value=0.0, low=0.0, high=0.0, n=len(x), estimator="constant", ceiling=0.0)
    return run(x, y, **options)


def _average(parts: list[Estimate], share: Floats, samples: int, confidence: float, *, apart: bool) -> Estimate:
    """The weighted mean of the estimates of strata, which are independent where they are `apart`."""
    value = float(share @ [part.value for part in parts])
    below, above = (
        float(np.linalg.norm(share * [getattr(part, end) - part.value for part in parts], ord=2 if apart else 1))
        for end in ("low", "high")
    )
    names = [part.estimator for part in parts if part.estimator != "constant"] or ["constant"]
    ceilings = [part.ceiling for part in parts]
    shared = dict.fromkeys(flag for part in parts for flag in part.flags if flag not in ("no_null", "not_above_null"))
    return Estimate(
        value=value,
        low=value - below,
        high=value + above,
        confidence=confidence,
        kind="lower_bound" if any(part.kind == "lower_bound" for part in parts) else "estimate",
        n=samples,
        estimator=f"{names[0]} within {len(parts)} values of given",
        ceiling=None if None in ceilings else float(share @ np.array(ceilings, dtype=np.float64)),
        flags=tuple(shared),
    )
