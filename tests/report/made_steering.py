"""Rows of steering for made-up runs: methods compared, key steps, what can be written, what a dose buys."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

MadeRun = Any  # the class of conftest.py, which is no module of its own

SHARE = {"units": "fraction", "kind": "estimate", "null_mean": None, "null_high": None, "ceiling": 1.0, "flags": []}
NUMBER = SHARE | {"units": "count", "ceiling": None}
SCORE = SHARE | {"units": "score", "ceiling": None}
NATS = {"kind": "estimate", "null_mean": None, "null_high": None, "ceiling": None, "flags": []}
TIME = SHARE | {"units": "seconds", "ceiling": None}
# accuracy, seconds an item, tokens of the prompt, dose in nats, share pushed the wrong way
METHODS: dict[str, tuple[float, float, float, float | None, float | None]] = {
    "prompt": (0.354, 0.021, 84, None, None),
    "prompt-calibrated": (0.371, 0.021, 84, None, None),
    "icl": (0.296, 0.048, 460, None, None),
    "knn-vote": (0.402, 0.0006, 0, None, None),
    "ic-icl": (0.437, 0.0222, 84, 0.31, 0.18),
    "in-context-vectors": (0.361, 0.0225, 84, 0.29, 0.41),
    "random": (0.349, 0.0221, 84, 0.30, 0.52),
    "oracle": (0.93, 0.0221, 84, 0.30, 0.02),
}


def compare(
    run: MadeRun, *, accuracies: dict[str, float] | None = None, versus: Sequence[str] = ("prompt",)
) -> MadeRun:
    """Every method of `METHODS` on the test split, and its paired difference from the methods `versus`."""
    found = {name: about[0] for name, about in METHODS.items()} | (accuracies or {})
    for name, (_, seconds, tokens, dose, wrong) in METHODS.items():
        where = {"method": name, "split": "test"}
        run.add("compare", "accuracy", found[name], 0.022, **where, **SHARE)
        run.add("compare", "macro_f1", found[name] - 0.03, 0.024, **where, **SHARE)
        run.add("compare", "coverage", 1.0, 0.0, **where, **SHARE)
        run.add("compare", "seconds", seconds, seconds / 20, **where, **TIME)
        for part, share in (("retrieval", 0.03), ("prefill", 0.8), ("decode", 0.17)):
            run.add("compare", f"{part}_seconds", seconds * share, seconds / 40, **where, **TIME)
        run.add("compare", "prefill_tokens", tokens, 0.0, **where, **NUMBER)
        run.add("compare", "decode_tokens", 3.2 if tokens else 0.0, 0.0, **where, **NUMBER)
        if dose is not None and wrong is not None:
            run.add("compare", "divergence", dose, 0.03, **where, **NATS)
            run.add("compare", "anti_steered", wrong, 0.03, **where, **SHARE)
    for base in versus:
        for name in METHODS:
            if name != base:
                gap = found[name] - found[base]
                p = min(1.0, 12 * math.erfc(abs(gap) / 0.02 / math.sqrt(2)))
                run.add(
                    "compare", "accuracy_difference", gap, 0.03, method=name, role=base, split="test",
                    **SHARE | {"p_value": p, "ceiling": None},
                )  # fmt: skip
    return run


def key_steps(run: MadeRun) -> MadeRun:
    """Accuracy after adding, subtracting and erasing the label's, a random and another label's subspace."""
    plain, where = 0.48, {"split": "test"}
    run.add("key_steps", "steered_accuracy", plain, 0.03, method="plain", **where, **SHARE)
    for operation, sign in (("add", 0.45), ("subtract", -0.4), ("erase", -0.3)):
        for kind, share in (("oracle", 1.0), ("random", 0.04), ("other", -0.35)):
            for step in range(1, run.steps + 1):
                for layer in range(run.layers + 1):
                    strength = math.exp(-((layer / run.layers - 0.5) ** 2) * 12) * 0.35 ** (step - 1)
                    value = float(np.clip(plain + sign * share * strength, 0.01, 0.99))
                    place = where | {"method": f"{kind} {operation}", "step": step, "layer": layer}
                    run.add("key_steps", "steered_accuracy", value, 0.03, **place, **SHARE)
                    run.add("key_steps", "steered_macro_f1", value * 0.9, 0.03, **place, **SHARE)
                    run.add("key_steps", "label_information", value * run.entropy, 0.05, **place)
    return run


def read_write(run: MadeRun) -> MadeRun:
    """What can be read and what can be written at every layer, and how their ranks agree."""
    for layer in range(1, run.layers + 1):
        depth = layer / run.layers
        place: dict[str, Any] = {"layer": layer, "site": "residual"}
        run.add("read_write", "label_information", run.share(layer, "last") * run.entropy, 0.06, **place)
        gain = 3.1 * math.exp(-((depth - 0.45) ** 2) * 14) - 0.05
        run.add("read_write", "write_gain", gain, 0.2, **place, **SCORE | {"null_mean": 0.0, "null_high": 0.3})
    run.add("read_write", "read_write_correlation", 0.31, 0.4, **SCORE | {"ceiling": 1.0, "n": run.layers})
    return run


def dose(run: MadeRun) -> MadeRun:
    """What five doses give and cost, of the label's and of random directions."""
    for nats in (0.03, 0.1, 0.3, 1.0, 3.0):
        for method, share in (("add", 0.62), ("random", 0.05)):
            place = {"method": method, "dose": nats, "role": "3-4", "split": "tune"}
            passed = nats * share / (1 + 0.4 * nats)
            run.add("dose", "divergence", nats, 0.05 * nats, **place, **NATS)
            run.add("dose", "transferred_information", passed, 0.06 * nats, **place, **NATS | {"ceiling": nats})
            run.add("dose", "transfer_efficiency", passed / nats, 0.04, **place, **SHARE)
            run.add("dose", "label_gain", 2.2 * passed, 0.1 * nats, **place, **NATS)
            run.add("dose", "neutral_loss", 3.4 + 0.15 * nats**1.2, 0.02, **place, **NATS)
            run.add("dose", "elsewhere_accuracy", 0.61 - 0.08 * nats, 0.03, **place, **SHARE)
    return run


def steered(run: MadeRun) -> MadeRun:
    """All of it."""
    return dose(read_write(key_steps(compare(run, versus=("prompt", "knn-vote")))))
