"""Rows of steering for made-up runs: methods compared, key steps, what can be written, what a dose buys."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
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
    run: MadeRun, *, accuracies: dict[str, float] | None = None, versus: Sequence[str] = ("prompt", "icl", "knn-vote")
) -> MadeRun:
    """Every method of `METHODS` on the test split, and its paired difference from the methods `versus` before it."""
    found = {name: about[0] for name, about in METHODS.items()} | (accuracies or {})
    for name in METHODS:
        _method(run, name, found[name])
    names = [name for name in METHODS if name != "oracle"]
    for at, name in enumerate(names):
        for base in versus:
            if base in names[:at]:
                gap = found[name] - found[base]
                p = min(1.0, 12 * math.erfc(abs(gap) / 0.012 / math.sqrt(2)))
                place = {"method": name, "role": base, "split": "test"}
                tested = SHARE | {"p_value": p, "ceiling": None}
                run.add("compare", "accuracy_difference", gap, 0.024, **place, **tested)
                run.add("compare", "macro_f1_difference", gap, 0.03, **place, **SCORE)
    return run


def _method(run: MadeRun, name: str, accuracy: float) -> None:
    _, seconds, tokens, dose, wrong = METHODS[name]
    where = {"method": name, "split": "test"}
    run.add("compare", "accuracy", accuracy, 0.022, **where, **SHARE)
    run.add("compare", "macro_f1", accuracy - 0.03, 0.024, **where, **SCORE)
    run.add("compare", "coverage", 1.0, 0.0, **where, **SHARE)
    run.add("compare", "answer_accuracy", accuracy - 0.01, 0.05, **where, **SHARE)
    run.add("compare", "seconds", seconds, seconds / 20, **where, **TIME)
    for part, share in (("retrieval", 0.03), ("prefill", 0.8), ("decode", 0.17)):
        run.add("compare", f"{part}_seconds", seconds * share, seconds / 900, **where, **TIME)
    run.add("compare", "prefill_tokens", tokens, 0.0, **where, **NUMBER)
    run.add("compare", "decode_tokens", 3.2 if tokens else 0.0, 0.0, **where, **NUMBER)
    if name != "prompt":
        run.add("compare", "relative_seconds", seconds / 0.021, 0.02, **where, **SCORE | {"role": "prompt"})
    if dose is not None and wrong is not None:
        run.add("compare", "divergence", dose, 0.03, **where, **NATS)
        run.add("compare", "anti_steered", wrong, 0.03, **where, **SHARE)


def key_steps(run: MadeRun) -> MadeRun:
    """Accuracy after adding, subtracting and erasing the label's, a random and another label's subspace."""
    plain, steps = 0.48, range(run.steps)
    run.add("key_steps", "steered_accuracy", plain, 0.03, method="plain", **SHARE)
    third = max(1, run.layers // 3)
    ranges = [(1, third), (third + 1, 2 * third), (2 * third + 1, run.layers), (1, run.layers)]
    answering = f"1-{run.steps - 1}"
    for operation, sign in (("add", 0.45), ("subtract", -0.4), ("erase", -0.3)):
        for kind, share in (("random", 0.04), ("oracle", 1.0), ("other", -0.35)):
            for first, last in ranges:
                place = {"role": f"layers={first}-{last} steps={answering}"}
                _key(run, f"{kind} {operation}", plain, sign * share * (1.0 if first > 1 else 0.6), place)
            for step in steps:
                place = {"step": step, "role": "{}-{}".format(*ranges[1])}
                _key(run, f"{kind} {operation}", plain, sign * share * 0.35 ** abs(step - 1), place)
        for kind, share in (("random", 0.04), ("oracle", 1.0)):
            for step in steps if operation != "subtract" else ():
                for layer in range(1, run.layers + 1):
                    strength = math.exp(-((layer / run.layers - 0.5) ** 2) * 12) * 0.35 ** abs(step - 1)
                    place = {"step": step, "layer": layer, "n": 256}
                    _key(run, f"{kind} {operation}", plain - 0.02, sign * share * strength, place)
    return run


def _key(run: MadeRun, method: str, plain: float, change: float, place: dict[str, Any]) -> None:
    """Three numbers of a change at a place; `plain`: the accuracy without it on the same items."""
    value = float(np.clip(plain + change, 0.01, 0.99))
    flags = ["oracle"] if method.startswith("oracle") else []
    control = plain if method.startswith("random") else plain + 0.01
    flags += ["like_control"] if abs(value - control) < 0.035 else []
    about = SHARE | {"null_mean": control, "null_high": control + 0.035, "method": method, "flags": flags}
    run.add("key_steps", "steered_accuracy", value, 0.03, **place, **about)
    run.add("key_steps", "steered_macro_f1", value * 0.9, 0.03, **place, **about | {"units": "score"})
    run.add("key_steps", "label_information", value * run.entropy, 0.05, **place, method=method, flags=flags)


def read_write(run: MadeRun) -> MadeRun:
    """What can be read and what can be written at every layer, and how their ranks agree."""
    for layer in range(1, run.layers + 1):
        depth = layer / run.layers
        place: dict[str, Any] = {"layer": layer, "site": "residual"}
        run.add("read_write", "label_information", run.share(layer, "last") * run.entropy, 0.06, **place)
        gain = 3.1 * math.exp(-((depth - 0.45) ** 2) * 14) - 0.05
        null = {"null_mean": 0.1, "null_high": 0.4, "flags": ["like_control"] if abs(gain - 0.1) < 0.3 else []}
        run.add("read_write", "write_gain", gain, 0.2, **place, **SCORE | null)
    run.add("read_write", "read_write_correlation", 0.31, 0.4, **SCORE | {"ceiling": 1.0, "n": run.layers})
    return run


def dose(run: MadeRun) -> MadeRun:
    """What five doses give and cost, of the label's and of random directions."""
    run.add("dose", "neutral_loss", 3.4, 0.02, method="plain", **NATS)
    run.add("dose", "elsewhere_accuracy", 0.61, 0.03, method="plain", **SHARE)
    for nats in (0.03, 0.1, 0.3, 1.0, 3.0):
        for method, share in (("add", 0.62), ("random", 0.05)):
            place = {"method": method, "dose": nats, "role": "3-4"}
            passed = nats * share / (1 + 0.4 * nats)
            flags = ["control"] if method == "random" else []
            run.add("dose", "divergence", 1.1 * nats, 0.05 * nats, **place, **NATS)
            about = NATS | {"ceiling": nats, "flags": flags}
            run.add("dose", "transferred_information", passed, 0.06 * nats, **place, **about)
            run.add("dose", "transfer_efficiency", passed / nats, 0.04, **place, **SHARE | {"flags": flags})
            run.add("dose", "label_gain", 2.2 * passed, 0.1 * nats, **place, **NATS)
            run.add("dose", "neutral_loss", 3.4 + 0.15 * nats**1.2, 0.02, **place, **NATS)
            run.add("dose", "elsewhere_accuracy", 0.61 - 0.08 * nats, 0.03, **place, **SHARE)
    return run


def steered(run: MadeRun) -> MadeRun:
    """All of it."""
    return dose(read_write(key_steps(compare(run))))


def write_compared(run: MadeRun, folder: Path) -> Path:
    """The directory of a comparison, which read no states: the ledger and the table of methods."""
    run.write(folder, space=False, steps=False)
    (folder / "artifacts" / "saved.json").unlink()
    return write_methods(folder)


def write_methods(folder: Path) -> Path:
    """What methods do and what they chose, beside the ledger in `folder`."""
    chose = {
        "knn-vote": {"k": 8, "tried": [{"k": 1}]},
        "ic-icl": {"k": 5, "dose": 0.3751309, "layers": "3-4", "accuracy": 0.41},
    }
    said = [{"method": name, "says": f"What {name} does.", "choices": chose.get(name, {})} for name in METHODS]
    (folder / "artifacts" / "methods.json").write_text(json.dumps({"methods": said}), encoding="utf-8")
    return folder


def write_steered(run: MadeRun, folder: Path) -> Path:
    """The directory of a run that measured everything."""
    write_methods(run.write(folder))
    tokens = {"plain": [" joy", "ful", "\n"], "oracle add": [" proud", "\n"]}
    example = {"text": "They left <b>again</b>. " * 12, "label": run.labels[1], "tokens": tokens}
    view = {"layers": "3-4", "steps": "1-4", "methods": list(tokens), "examples": [example] * 3}
    (folder / "artifacts" / "key_steps.json").write_text(json.dumps(view), encoding="utf-8")
    return folder
