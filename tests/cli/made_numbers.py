"""Rows of a made-up run, for tables to be made from."""

from typing import Any

from infoplane.estimators import Estimate
from infoplane.runs import COORDINATES


def rows(layers: int = 3, steps: int = 2) -> list[dict[str, Any]]:
    """Rows of a made-up run: a plane of two states and `steps` steps."""
    common = {"model": "tiny", "task": "made", "split": "measure", "seed": 0}
    made: list[dict[str, Any]] = []

    def add(measure: str, quantity: str, value: float, units: Any = "nats", flags: Any = (), **where: Any) -> None:
        estimate = Estimate(
            value=value, low=value - 0.1, high=value + 0.1, units=units, n=120, estimator="made", flags=flags,
            null_mean=0.0, null_high=0.04, p_value=0.01, ceiling=2.0 if units == "nats" else 1.0,
        )  # fmt: skip
        blank = dict.fromkeys(COORDINATES)
        made.append(blank | common | where | {"measure": measure, "quantity": quantity} | estimate.as_dict())

    add("plane", "label_entropy", 2.0)
    add("plane", "prompt_accuracy", 0.61, "fraction", method="label_scoring")
    for layer in range(layers):
        for role in ("last", "content"):
            where = {"layer": layer, "role": role, "site": "residual"}
            add("plane", "label_information", 0.5 * layer, flags=() if layer else ("not_above_null",), **where)
            add("plane", "probe_accuracy", 0.3 + 0.2 * layer, "fraction", **where)
            add("plane", "input_information", 3.25 - layer, flags=("gaussian_usable",), **where)
        add("plane", "lens_accuracy", 0.11 * (layer + 1), "fraction", layer=layer, role="last", site="residual")
    add("best_layer", "best_layer_information", 0.93, flags=("fresh_split",), layer=1, role="last", split="tune")
    for step in range(1, steps + 1):
        for layer in range(layers):
            where = {"layer": layer, "step": step, "role": "step"}
            add("steps", "label_information", 0.7 * layer / step, **where)
            add("steps", "conditional_label_information", 0.123, **where)
            add("steps", "probe_accuracy", 0.4, "fraction", **where)
    return made
