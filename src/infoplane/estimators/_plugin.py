"""The names under which counting was first offered."""

from typing import Any

from infoplane.estimators._discrete import DEFAULT, discrete_entropy, discrete_information
from infoplane.estimators._estimate import Estimate, Units

plugin_information = discrete_information


def entropy(x: Any, *, estimator: str = "auto", units: Units = "nats", **options: Any) -> Estimate:
    """H(X) of discrete `x`."""
    return discrete_entropy(x, estimator=DEFAULT if estimator == "auto" else estimator, **options).to(units)
