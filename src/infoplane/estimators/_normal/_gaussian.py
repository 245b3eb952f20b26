"""Mutual information of normal vectors in closed form."""

from typing import Any

from infoplane.estimators._estimate import Estimate
from infoplane.estimators._normal._closed_form import arrays, closed_form
from infoplane.estimators._normal._log_volume import Volumes


def gaussian(
    x: Any,
    y: Any,
    given: Any = None,
    *,
    groups: Any = None,
    permutations: int = 0,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """I(X;Y) or I(X;Y|Z) in nats of jointly normal `x` (n, p), `y` (n, q) and `given` (n, r).

    1/2 log |S_xz| |S_yz| / (|S_xyz| |S_z|) of sample covariances S, minus its exact bias for normal data, so that the
    mean is the truth at any n > p + q + r + 1. It can be negative. Jackknife interval. Data that do not look normal
    are flagged `heavy_tails` or `not_gaussian`; one side a linear function of the other, `deterministic`.
    Raises InputError for unequal lengths, NaN and too few rows.
    """
    volumes = Volumes.of(*arrays(x, y, given))
    return closed_form(volumes, "gaussian", groups=groups, permutations=permutations, confidence=confidence, seed=seed)
