"""Both tables of the CMI paper in its shape, every number beside the paper's own, as Markdown."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from cmi_paper import COLUMNS, TABLE_1, TABLE_2
from cmi_students import PLAIN, Taught
from paper_markdown import markdown

from infoplane.estimators import Estimate
from infoplane.methods import holm, item_difference, seed_difference
from infoplane.runs import Run

HERE = {**COLUMNS, "empathetic_dialogues": "EmpatheticDialogues"}
_HEAD = ("", *HERE.values())
_ABSENT = "not run here"

Metrics = Mapping[str, float]


def table_1(swept: Sequence[Run]) -> str:
    """Fine-tuning: medians over seeds, then what each method gains over cross-entropy."""
    told = [json.loads((run.artifacts / "sweep.json").read_text(encoding="utf-8")) for run in swept]
    arms = {(_column(arm["task"]), arm["method"]): arm for one in told for arm in one["arms"]}
    tried = {method: arm["configurations"] for (_, method), arm in arms.items()}
    base = told[0]["baseline"]
    score = {at: _medians(at[0], arm["seeds"].values()) for at, arm in arms.items()}
    gain = {at: _gained(at[0], arm["differences"]) for at, arm in arms.items() if at[1] != base}
    return "\n\n".join(
        (
            "### Table I: fine-tuning",
            markdown(
                _HEAD,
                [*_published(TABLE_1), *(_line(f"{name}{_best_of(n)}", name, score) for name, n in tried.items())],
            ),
            f"Gain over {base} in points: mean over seeds [95 % interval]; p by item, Holm over tasks swept together.",
            markdown(_HEAD, [_line(name, name, gain) for name in tried if name != base]),
        )
    )


def table_2(taught: Sequence[Taught]) -> str:
    """Students: medians over seeds, then what each teacher gains over cross-entropy's at the same temperature."""
    by_column = {_column(one.task.name): one for one in taught}
    tried = {arm: n for one in taught for arm, n in one.tried.items() if arm in one.arms}
    score = {
        (column, arm): _medians(column, map(_values, _tests(one, arm)))
        for column, one in by_column.items()
        for arm in one.arms
    }
    gains = {(column, pair): cell for pair in _rivals(list(tried)) for column, cell in _gains(by_column, *pair).items()}
    return "\n\n".join(
        (
            "### Table II: students of half the depth, by teacher",
            markdown(
                _HEAD, [*_published(TABLE_2), *(_line(f"{arm}{_best_of(n)}", arm, score) for arm, n in tried.items())]
            ),
            "Gain in points: mean over seeds [95 % interval]; p by item, Holm over tasks.",
            markdown(_HEAD, [_line(" over ".join(pair), pair, gains) for pair in _rivals(list(tried))]),
        )
    )


def _best_of(configurations: int) -> str:
    return f" (best of {configurations})"


def _rivals(arms: Sequence[str]) -> list[tuple[str, str]]:
    return [("cross-entropy", PLAIN), *((arm, "cross-entropy") for arm in arms if arm not in (PLAIN, "cross-entropy"))]


def _gains(by_column: Mapping[str, Taught], arm: str, against: str) -> dict[str, str]:
    """Differences between two arms on every task, p corrected over the tasks."""
    by_item, by_seed = {}, {}
    for column, one in by_column.items():
        if not {arm, against} <= set(one.arms):
            continue
        ours, theirs = (list(one.arms[name].values()) for name in (arm, against))
        groups = one.task.splits["test"].groups
        by_item[column] = item_difference([run.right for run in ours], [run.right for run in theirs], groups)
        metric = one.task.metrics[0]
        by_seed[column] = seed_difference([run.test[metric] for run in ours], [run.test[metric] for run in theirs])
    corrected = dict(zip(by_item, holm([one.p_value or 1.0 for one in by_item.values()]), strict=True))
    return {column: _points(by_seed[column], corrected[column]) for column in by_item}


def _points(found: Estimate, p: float) -> str:
    low, high = (100 * float(end or 0.0) for end in (found.low, found.high))
    return f"{100 * found.value:+.1f} [{low:+.1f}, {high:+.1f}], p {p:.2g}"


def _gained(column: str, differences: Mapping[str, Mapping[str, Any]]) -> str:
    metric = "matthews_correlation" if column == "cola" else "accuracy"
    one, items = differences[f"{metric}_difference"], differences["item_accuracy_difference"]
    numbers = {end: 100 * one[end] for end in ("value", "low", "high")}
    return f"{numbers['value']:+.1f} [{numbers['low']:+.1f}, {numbers['high']:+.1f}], p {items['p_holm']:.2g}"


def _medians(column: str, seeds: Iterable[Metrics]) -> str:
    """The median over seeds of the column's metric in per cent, and the lowest and the highest."""
    values = np.array([100 * _metric(column, metrics) for metrics in seeds])
    return f"{np.median(values):.1f} [{values.min():.1f}, {values.max():.1f}]"


def _metric(column: str, metrics: Metrics) -> float:
    """The paper's metric of a column: Matthews' correlation, the mean of accuracy and F1, or accuracy."""
    if column == "cola":
        return metrics["matthews_correlation"]
    return (metrics["accuracy"] + metrics["f1"]) / 2 if column == "mrpc" else metrics["accuracy"]


def _tests(one: Taught, arm: str) -> list[Mapping[str, Estimate]]:
    return [run.test for run in one.arms[arm].values()]


def _values(test: Mapping[str, Estimate]) -> dict[str, float]:
    return {name: float(one) for name, one in test.items()}


def _line(name: str, key: Any, cells: Mapping[tuple[str, Any], str]) -> list[str]:
    return [name, *(cells.get((column, key), _ABSENT) for column in HERE)]


def _published(rows: Mapping[str, Mapping[str, float]]) -> list[list[str]]:
    return [
        [f"*{name} (paper)*", *(f"{row[column]:.1f}" if column in row else "" for column in HERE)]
        for name, row in rows.items()
    ]


def _column(task: str) -> str:
    return task.removeprefix("glue/")
