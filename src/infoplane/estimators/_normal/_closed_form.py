"""From volumes to an estimate: value, jackknife interval, permutation null and the warnings of a Gaussian formula."""

from typing import Any

import numpy as np
from scipy import special

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, Ints, as_features, as_groups, same_length
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._normal._log_volume import Volumes, jackknife_error
from infoplane.estimators._normal._normality import heavy_tails, hidden_information, light_tails
from infoplane.estimators._permute import permute_rows, with_null
from infoplane.estimators._resample import checked_confidence


def arrays(x: Any, y: Any, given: Any) -> tuple[Floats, Floats, Floats]:
    """The three as matrices of n rows, `given` with no column where it is None; InputError for unequal lengths."""
    first, second = as_features(x, "x"), as_features(y, "y")
    condition = np.empty((len(first), 0)) if given is None else as_features(given, "given")
    same_length(len(first), y=second, given=condition)
    return first, second, condition


def closed_form(
    volumes: Volumes,
    name: str,
    *,
    correction: float = 0.0,
    groups: Any,
    permutations: int,
    confidence: float,
    seed: int,
) -> Estimate:
    """The estimate that `volumes` give under the name `name`, plus a known `correction`.

    The interval is that of the delete-one jackknife, exact by leverages, with Student's t; its standard error is at
    least that of independent normal vectors, sqrt(p q / 2) / (n - r - 1), where first-order terms vanish. The null
    permutes the rows of y, or with a condition the rows of what it leaves of y (Freedman and Lane 1983).
    """
    r, p, q = volumes.sizes
    samples = len(volumes.joint)
    ids = as_groups(groups, samples)
    error, clusters = jackknife_error(volumes.parts(), ids)
    if clusters < 2:
        raise InputError(one_line("one group of samples", "at least two for an interval", "give more groups"))
    error = max(error, float(np.sqrt(p * q / 2)) / max(1, clusters - r - 1))
    half = error * float(special.stdtrit(clusters - 1, (1 + checked_confidence(confidence)) / 2))
    value = volumes.information() + correction
    estimate = Estimate(
        value=value, low=value - half, high=value + half, confidence=confidence, n=samples, estimator=name
    )
    draws = permute_rows(ids, np.zeros(samples, dtype=np.int64), permutations, seed)
    white = volumes.joint * np.sqrt(samples)
    normal = volumes.dependent  # of a linear function only rounding is left to look at
    warnings = {
        "not_gaussian": not normal and (hidden_information(*volumes.variates()) > 0 or light_tails(white)),
        "heavy_tails": not normal and heavy_tails(white),
        "deterministic": volumes.dependent,
        "few_samples": samples < 10 * max(p, q),
    }
    return with_null(estimate, _null(volumes, draws)).flagged(*(flag for flag, holds in warnings.items() if holds))


def _null(volumes: Volumes, draws: Ints) -> Floats:
    """Information (P,) with the rows of y in the orders `draws` (P, n)."""
    r = volumes.sizes[0]
    y, rest = volumes.apart[:, r:], volumes.joint[:, : sum(volumes.sizes[:2])]
    return np.array([volumes.corrected(_log_ratio_of_volumes(rest.T @ y[order], r)) for order in draws])


def _log_ratio_of_volumes(projections: Floats, r: int) -> float:
    """1/2 log(|I - A'A| / |I - A'A - B'B|), A the first r rows of `projections` (r+p, q) and B the others."""
    left = np.eye(projections.shape[1]) - projections[:r].T @ projections[:r]
    both = left - projections[r:].T @ projections[r:]
    return float(np.linalg.slogdet(left)[1] - np.linalg.slogdet(both)[1]) / 2
