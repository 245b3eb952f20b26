"""One direction and the checks that say how far it can be trusted."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, norm

from infoplane.estimators import Estimate, proportion
from infoplane.spaces._agreement import split_half_agreement
from infoplane.spaces._directions import Method, direction

Floats = NDArray[np.float64]

_CHECKED_SHARE = 0.3
_LEAST_SIGN_RATE = 0.75


@dataclass(frozen=True, slots=True)
class Fit:
    """A unit direction (width,), its natural size and its checks."""

    unit: Floats
    size: float
    sign_rate: Estimate
    agreement: Estimate
    length: Estimate


def fit_direction(deltas: NDArray[np.float32], method: Method, seed: int) -> Fit:
    """A direction from seven tenths of the differences (n, width), its checks from the rest."""
    x = deltas.astype(np.float64)
    cut = min(round(len(x) * (1 - _CHECKED_SHARE)), len(x) - 2)
    found, held_out = direction(x[:cut], method), x[cut:]
    agree = held_out @ found.unit > 0
    chance = binom(len(agree), 0.5)
    rate = proportion(agree)
    weak = ("weak_direction",) if rate.value < _LEAST_SIGN_RATE else ()
    sign_rate = Estimate.from_dict(
        rate.as_dict()
        | {
            "estimator": "sign_rate(held_out=0.3)",
            "null_mean": 0.5,
            "null_high": float(chance.ppf(0.95) / len(agree)),
            "p_value": float(chance.sf(agree.sum() - 1)),
            "ceiling": 1.0,
            "flags": (*weak, *found.flags),
        }
    )
    return Fit(found.unit, found.size, sign_rate, split_half_agreement(x, seed=seed), _length(held_out @ found.unit))


def _length(along: Floats) -> Estimate:
    """Mean length of held-out pairs along the direction, with a normal interval; null: the same under random signs."""
    mean, root = float(along.mean()), len(along) ** 0.5
    half, spread = 1.96 * float(along.std(ddof=1)) / root, float(np.sqrt(np.square(along).mean())) / root
    return Estimate(
        value=mean,
        low=mean - half,
        high=mean + half,
        units="score",
        n=len(along),
        estimator="mean_length",
        null_mean=0.0,
        null_high=1.645 * spread,
        p_value=float(norm.sf(mean / spread)),
    )


def check_rows(fits: list[list[Fit]], layers: tuple[int, ...], labels: tuple[str, ...]) -> tuple[dict[str, Any], ...]:
    """The checks of `fits` (layers, labels) as rows of a ledger."""
    return tuple(
        {"quantity": quantity, "layer": layer, "label": label} | estimate.as_dict()
        for layer, row in zip(layers, fits, strict=True)
        for label, fit in zip(labels, row, strict=True)
        for quantity, estimate in (("sign_rate", fit.sign_rate), ("agreement", fit.agreement), ("size", fit.length))
    )
