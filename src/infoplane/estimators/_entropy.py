"""One entrance for entropy: looks at what came and takes the estimator made for it."""

from typing import Any

from infoplane.estimators._corrected import DEFAULT
from infoplane.estimators._discrete import discrete_entropy
from infoplane.estimators._estimate import Estimate, Units


def entropy(
    x: Any,
    *,
    estimator: str = "auto",
    alphabet: int | None = None,
    units: Units = "nats",
    groups: Any = None,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """H(X) of discrete `x` (n,), or of its rows (n, d), in nats or bits; see `discrete_entropy`.

    `auto` is `chao-wang-jost`. Raises InputError as `discrete_entropy` does.
    """
    name = DEFAULT if estimator == "auto" else estimator
    options = {"groups": groups, "confidence": confidence, "seed": seed}
    return discrete_entropy(x, estimator=name, alphabet=alphabet, **options).to(units)
