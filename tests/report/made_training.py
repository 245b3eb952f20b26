"""Rows of trainings for made-up runs: epochs, results, spread within classes, handing down, sweeps."""

import json
import math
from pathlib import Path
from typing import Any

MadeRun = Any  # the class of conftest.py, which is no module of its own

SHARE = {"units": "fraction", "kind": "estimate", "null_mean": 0.07, "null_high": 0.1, "ceiling": 1.0, "flags": []}
SCORE = SHARE | {"units": "score", "null_mean": None, "null_high": None}
NATS = {"kind": "estimate", "null_mean": None, "null_high": None, "ceiling": None, "flags": []}
TIME = NATS | {"units": "seconds", "low": None, "high": None}
COUNT = NATS | {"units": "count", "low": None, "high": None}
TESTED = SHARE | {"null_mean": None, "null_high": None, "ceiling": None}
EPOCHS = 6


def finetune(run: MadeRun, *, method: str = "min-cmi", flags: tuple[str, ...] = ()) -> MadeRun:
    """Six epochs that overfit, the fourth chosen; `flags` of the numbers of the test split."""
    common: dict[str, Any] = {"method": method}
    for epoch in range(1, EPOCHS + 1):
        value = 0.55 - 0.05 * (epoch - 4) ** 2
        run.add("finetune", "accuracy", value, 0.04, split="tune", epoch=epoch, **common, **SHARE)
        for role, loss in (("cross_entropy", 2.5 * math.exp(-epoch / 2.5)), ("cmi", 0.3 / epoch)):
            place = {"split": "direction", "epoch": epoch, "role": role, "low": None, "high": None}
            run.add("finetune", "training_loss", loss, 0.0, **common, **NATS | place)
    end = {"split": "test", "role": "chosen", "epoch": 4, **common}
    run.add("finetune", "accuracy", 0.53, 0.03, **end, **SHARE | {"flags": list(flags)})
    run.add("finetune", "macro_f1", 0.49, 0.03, **end, **SCORE | {"flags": list(flags)})
    run.add("finetune", "seconds", 12.3, 0.0, **common, **TIME, n=1100)
    return run


def cmi(run: MadeRun) -> MadeRun:
    """The spread of every class before and after on the test split."""
    for role, share in (("before", 1.0), ("after", 0.4)):
        place = {"split": "test", "method": "min-cmi", "role": role}
        run.add("cmi", "cmi", 0.09 * share, 0.01, **place, **NATS)
        run.add("cmi", "cmi_corrected", 0.08 * share, 0.01, **place, **NATS)
        run.add("cmi", "separation", 5.2, 0.1, **place, **NATS)
        run.add("cmi", "ncmi", 0.09 * share / 5.2, 0.002, **place, **SCORE)
        run.add("cmi", "dimensions_share", 0.21, 0.03, **place, **SHARE)
        for at, label in enumerate(run.labels):
            run.add("cmi", "class_cmi", share * (0.04 + 0.02 * at), 0.006, label=label, **place, **NATS)
    return run


def distill(run: MadeRun) -> MadeRun:
    """Two teachers, four students and one without a teacher; the chosen three on the test split."""
    for name, accuracy, spread in (("cross-entropy", 0.60, 0.05), ("max-cmi-0.2", 0.59, 0.14)):
        place = {"role": name, "method": "teacher", "split": "tune"}
        run.add("distill", "accuracy", accuracy, 0.03, **place, **SHARE)
        run.add("distill", "cmi", spread, 0.01, **place, **NATS)
    for at, role in enumerate(("alpha=0.5, T=1", "alpha=0.5, T=2", "alpha=0.9, T=1", "alpha=0.9, T=2")):
        _student(run, "distillation", role, 0.49 + 0.02 * at)
    _student(run, "cross-entropy", "alpha=0, T=1", 0.40)
    for method, accuracy in (("teacher", 0.61), ("distillation", 0.55), ("cross-entropy", 0.46)):
        place = {"role": "chosen", "method": method, "split": "test"}
        run.add("distill", "accuracy", accuracy, 0.03, **place, **SHARE)
        run.add("distill", "macro_f1", accuracy - 0.04, 0.03, **place, **SCORE)
    for other, gap, p in (("teacher", -0.06, 0.02), ("cross-entropy", 0.09, 0.001)):
        place = {"role": other, "method": "distillation", "split": "test", "p_value": p}
        run.add("distill", "accuracy_difference", gap, 0.03, **place, **TESTED)
    for quantity, method, count in (
        ("configurations", "distillation", 4),
        ("parameters", "teacher", 2_600_000),
        ("parameters", "distillation", 1_400_000),
    ):
        run.add("distill", quantity, count, 0.0, method=method, split=None, **COUNT)
        run.rows[-1]["value"] = count
    return run


def _student(run: MadeRun, method: str, role: str, accuracy: float) -> None:
    place = {"role": role, "method": method, "epoch": 3}
    run.add("distill", "accuracy", accuracy, 0.03, **place, split="tune", **SHARE)
    run.add("distill", "seconds", 7.5, 0.0, **place, split=None, **TIME)


def write_distilled(make: Any, folder: Path, labels: list[str]) -> Path:
    """The directory of a distillation, which says what it chose."""
    write_alone(distill(make(labels, 6, 3)), folder)
    about = json.loads((folder / "run.json").read_text())
    about["facts"] |= {"teacher": "max-cmi-0.2", "alpha": 0.9, "temperature": 2.0}
    (folder / "run.json").write_text(json.dumps(about))
    return folder


def sweep(run: MadeRun, folder_table: dict[str, Any] | None = None) -> MadeRun:
    """Three methods on two tasks, five seeds each: one gains, one loses, seven configurations tried."""
    arms = []
    for task, base in (("mrpc", 0.71), ("sst2", 0.86)):
        for method, gained in (("cross-entropy", None), ("min-cmi", 0.031), ("label-smoothing", -0.004)):
            where = {"task": task, "method": method}
            middle = base + (gained or 0.0)
            for split in ("tune", "test"):
                run.add("sweep", "accuracy", middle, 0.02, **where, split=split, seed=None, **SHARE)
            tried = 1 if method == "cross-entropy" else 7
            run.add("sweep", "configurations", tried, 0.0, **where, split=None, seed=None, **COUNT)
            run.rows[-1]["value"] = tried
            for seed in range(5):
                run.add("sweep", "accuracy", middle + 0.004 * (seed - 2), 0.02, **where, split="test", **SHARE)
                run.rows[-1]["seed"] = seed
            for at in range(tried):
                role = f"weight={at}"
                run.add("sweep", "accuracy", middle - 0.01 * at, 0.02, **where, split="tune", role=role, **SHARE)
                run.rows[-1]["seed"] = None
            if gained is not None:
                tested = {"split": "test", "role": "cross-entropy", "seed": None}
                p = {"p_value": 0.03 if gained > 0 else 0.9, "ceiling": None, "null_mean": None, "null_high": None}
                for quantity in ("accuracy_difference", "item_accuracy_difference"):
                    run.add("sweep", quantity, gained, 0.012, **where, **tested, **SHARE | p)
            arms.append(where | {"metric": "accuracy", "chosen": {"weight": 0.2}, "configurations": tried})
    if folder_table is not None:
        folder_table["arms"] = arms
    return run


def write_trained(
    make: Any, folder: Path, labels: list[str], *, blocks: int = 6, method: str = "min-cmi", **about: Any
) -> Path:
    """The directory of a finetune run: its own ledger, and the planes before, after and in the space from before."""
    run = cmi(finetune(make(labels, blocks, 3, **about), method=method))
    write_alone(run, folder)
    for name, lift, inherited in (("before", 0.0, False), ("after", 0.2, False), ("inherited", 0.2, True)):
        plane = make(labels, blocks, 3, lift=lift, seed=len(name), name=f"{folder}/model").plane().space()
        if inherited:
            plane.rows = [row for row in plane.rows if row["quantity"] == "space_information"]
            for row in plane.rows:
                row["flags"] = ["parent_space"]
                row["value"] *= 0.7
        plane.write(folder / name)
    return folder


def write_alone(run: MadeRun, folder: Path) -> Path:
    """The directory of a run that read no states."""
    run.write(folder, space=False, steps=False)
    (folder / "artifacts" / "saved.json").unlink()
    return folder


def write_swept(make: Any, folder: Path) -> Path:
    """The directory of a sweep with its table."""
    table: dict[str, Any] = {}
    write_alone(sweep(make(["yes", "no"], 2, 2), table), folder)
    (folder / "artifacts" / "sweep.json").write_text(json.dumps(table), encoding="utf-8")
    return folder
