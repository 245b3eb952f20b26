"""Rows of made-up runs of what is read back: recoverability by layer, pooling and group, and an audit by kind."""

import json
import math
from pathlib import Path
from typing import Any

from made_training import write_alone

MadeRun = Any  # the class of conftest.py, which is no module of its own

ENTROPY = 4.6
PLAIN = {"kind": "estimate", "null_mean": None, "null_high": None, "p_value": None, "ceiling": None, "flags": []}
BOUND = PLAIN | {"kind": "lower_bound", "ceiling": ENTROPY}
NULL = {"null_mean": -0.04, "null_high": -0.01, "p_value": 0.05}
SHARE = PLAIN | {"units": "fraction"}
GROUPS = {
    "frequency 1-100": 1.4,
    "frequency 101-1000": 0.9,
    "frequency 1001+": 0.3,
    "content word": 0.8,
    "function word": 1.3,
}
KINDS = {"email": (0.42, 0.03), "number": (0.61, 0.22), "name": (0.18, 0.02), "order": (0.05, 0.04)}


def kept(depth: float, pooling: str, lift: float = 0.0) -> float:
    """What is read in nats at a share of the depth: a rise, a peak at three fifths, and a fall."""
    rise = 1.9 * math.sin(min(depth / 0.6, 1.0) * math.pi / 2) - 1.6 * max(0.0, depth - 0.6) ** 1.2
    return (0.9 + 0.55 * rise + lift) if pooling == "mean" else (0.15 + 0.7 * rise + lift)


def recover(run: MadeRun, *, poolings: tuple[str, ...] = ("mean", "last"), lift: float = 0.0) -> MadeRun:
    """Every number of a recoverability run."""
    common: dict[str, Any] = {"task": "embedded", "split": "test", "site": "residual", "method": "state"}
    run.add("recoverability", "text_entropy", ENTROPY, 0.0, **common | {"site": None}, **PLAIN)
    run.add("recoverability", "recovery_information", 0.21, 0.02, **common | {"method": "position"}, **BOUND)
    for pooling in poolings:
        where = common | {"role": pooling}
        for layer in range(run.layers + 1):
            _layer(run, kept(layer / run.layers, pooling, lift), where | {"layer": layer})
        _ends(run, pooling, lift, where)
    return run


def _layer(run: MadeRun, nats: float, where: dict[str, Any]) -> None:
    """One layer: the bounds, the controls and the groups."""
    run.add("recoverability", "recovery_information", nats, 0.05, **where, **BOUND | NULL)
    run.add("recoverability", "usable_information", nats - 0.2, 0.05, **where, **PLAIN)
    per_byte = BOUND | {"ceiling": ENTROPY / 4.8}
    run.add("recoverability", "recovery_information_per_byte", nats / 4.8, 0.012, **where, **per_byte)
    for quantity, less, flags in (
        ("fano_information", 2.6, ["dominated", "vacuous"]),
        ("fano_prior_information", 0.5, ["dominated"]),
        ("fano_list_information", 0.35, ["dominated"]),
    ):
        run.add("recoverability", quantity, nats - less, 0.06, **where, **BOUND | {"flags": flags})
    proven = BOUND | {"kind": "certificate", "high": None, "ceiling": None}
    run.add("recoverability", "certified_information", nats - 0.7, 0.0, **where, **proven)
    run.rows[-1]["low"] = run.rows[-1]["value"]
    run.add("recoverability", "recovery_accuracy", 0.05 + 0.17 * nats, 0.012, **where, **SHARE)
    random = where | {"method": "untrained"}
    run.add("recoverability", "recovery_information", 0.35, 0.03, **random, **BOUND)
    renamed = where | {"method": "relabelled"}
    run.add("recoverability", "recovery_accuracy", 0.04, 0.01, **renamed, **SHARE)
    run.add("recoverability", "recovery_selectivity", 0.01 + 0.17 * nats, 0.01, **renamed, **SHARE)
    for label, times in GROUPS.items():
        value = 0.02 + 0.13 * times * nats
        run.add("recoverability", "recovery_accuracy", value, 0.02, **where, label=label, **SHARE)
        run.add("recoverability", "usable_information", times * nats, 0.05, **where, label=label, **PLAIN)


def _ends(run: MadeRun, pooling: str, lift: float, where: dict[str, Any]) -> None:
    """The peak and what is forgotten behind it."""
    by_layer = [kept(layer / run.layers, pooling, lift) for layer in range(run.layers + 1)]
    layer = by_layer.index(max(by_layer))
    gap = by_layer[layer] - by_layer[-1]
    where = where | {"layer": layer}
    run.add("recoverability", "recovery_peak", by_layer[layer], 0.05, **where, **BOUND)
    run.add("recoverability", "recovery_forgetting", gap, 0.04, **where, **PLAIN | {"p_value": 0.01})
    run.add("recoverability", "recovery_forgetting_share", gap / by_layer[layer], 0.03, **where, **SHARE)
    run.add("recoverability", "text_information", 1.4 * by_layer[layer], 0.1, **where, **BOUND)


def write_recovered(make: Any, folder: Path, *, blocks: int = 6, **about: Any) -> Path:
    """The directory of a recoverability run."""
    lift, poolings = about.pop("lift", 0.0), about.pop("poolings", ("mean", "last"))
    run = make(["no", "labels"], blocks, 1, **about)
    run.n = 4000
    write_alone(recover(run, lift=lift, poolings=poolings), folder)
    return _asked(folder, "recover", poolings=list(poolings), delta=0.05)


def write_audited(make: Any, folder: Path, *, layers: tuple[int | str, ...] = ("final",), **about: Any) -> Path:
    """The directory of an audit with its examples."""
    run = make(["no", "labels"], 6, 1, **about)
    for layer in layers:
        for kind, (read, guess) in KINDS.items():
            where = {"layer": layer, "role": "mean", "label": kind, "split": "test", "site": "residual", "n": 240}
            for method, share in (("state", read), ("without", guess), ("exchanged", guess)):
                run.add("audit", "span_recovery", share, 0.03, **where, method=method, **SHARE)
                run.add("audit", "span_characters", min(share + 0.3, 0.9), 0.02, **where, method=method, **SHARE)
                run.add("audit", "span_identification", min(share + 0.25, 0.9), 0.03, **where, method=method, **SHARE)
            for quantity, share in (("span_recovery", read - 0.09), ("span_identification", read + 0.14)):
                proven = SHARE | {"kind": "certificate", "high": None}
                run.add("audit", f"certified_{quantity}", max(share, 0.0), 0.0, **where, method="state", **proven)
                run.rows[-1]["low"] = run.rows[-1]["value"] = max(share, 0.0)
                run.rows[-1]["flags"] = ["not_above_guessing"] if share <= guess else []
    write_alone(run, folder)
    spans = {"masked": True, "says": ["At least so much, never at most.", "The attacker is small."], "examples": [
        {"kind": "email", "span": "a***@***.org", "state": "a***@***.org", "without": "i**@**.com", "right": True},
        {"kind": "name", "span": "M*** <b>", "state": "N***", "without": "J***", "right": False},
    ]}  # fmt: skip
    (folder / "artifacts" / "spans.json").write_text(json.dumps(spans), encoding="utf-8")
    return _asked(folder, "audit", delta=0.05, show_values=False)


def _asked(folder: Path, command: str, **config: Any) -> Path:
    """The run as what `command` asked for."""
    about = json.loads((folder / "run.json").read_text())
    about["config"] = {"model": "embedded", "task": "embedded", "layers": "all", "seed": 0} | config
    about["facts"] = {
        "command": f"infoplane {command} --model embedded --texts embedded --out runs/{command}",
        "excluded": {"under 8 words": 212, "duplicate text": 3}, "seconds": 61.2,
        "texts": {"train": 4000, "tune": 500, "test": 500}, "kind": "decoder", "other_share": 0.071,
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(about), encoding="utf-8")
    return folder


def rows_of(folder: Path) -> list[dict[str, Any]]:
    """The rows of the ledger in `folder`."""
    return [json.loads(line) for line in (folder / "ledger.jsonl").read_text().splitlines()]


def changed(folder: Path, change: Any) -> None:
    """Every row of the ledger in `folder` as `change` gives it, left out where it gives None."""
    rows = [change(row) for row in rows_of(folder)]
    (folder / "ledger.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows if row is not None))
