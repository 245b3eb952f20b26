"""The table of a sweep: what a command prints and a report draws, as plain values."""

from collections.abc import Mapping, Sequence
from typing import Any

from infoplane.estimators import Estimate
from infoplane.methods._sweep._chosen import Chosen
from infoplane.methods._training._judged import Row

_DIFFERENCE = "_difference"

Where = Mapping[str, Any]


def table(rows: Sequence[Row], chosen: Sequence[Chosen], about: Where) -> dict[str, Any]:
    """`about`, and `arms`: one entry a task and method.

    Of an arm: `metric`, the one that chooses; the `chosen` configuration and its `score`; how many `configurations`
    were tried, each `tried` with its score, and why trainings `failed`; `test`, a median over seeds for each metric;
    `seeds`, each metric of each run; `differences` from the baseline by quantity, with p corrected over tasks;
    `seconds` of training in all.
    """
    return {**about, "arms": [_entry(one, [row for row in rows if _is_of(row[0], one)]) for one in chosen]}


def _entry(chosen: Chosen, rows: Sequence[Row]) -> dict[str, Any]:
    whole = [row for row in rows if row[0].get("seed") is None]
    of_best = [(where, one) for where, one in whole if where.get("role") is None and where.get("split") == "test"]
    of_pairs = [(where, one) for where, one in whole if where["quantity"].endswith(_DIFFERENCE)]
    collected = chosen.collected
    runs = [run for tried in collected.tried for run in tried.results.values()]
    return {
        "task": collected.arm.task.name,
        "method": collected.arm.method,
        "metric": chosen.metric,
        "chosen": dict(chosen.best.configuration),
        "score": float(chosen.score(chosen.best)),
        "configurations": len(collected.tried),
        "failed": dict(collected.failed),
        "test": {where["quantity"]: _numbers(one) for where, one in of_best},
        "seeds": {
            str(seed): {name: float(one) for name, one in run.test.items()} for seed, run in chosen.best.results.items()
        },
        "differences": {where["quantity"]: {"against": where["role"], **_numbers(one)} for where, one in of_pairs},
        "tried": [{"configuration": one.said, "score": float(chosen.score(one))} for one in collected.tried],
        "seconds": sum(run.seconds for run in runs),
    }


def _is_of(where: Where, chosen: Chosen) -> bool:
    arm = chosen.collected.arm
    return bool(where["task"] == arm.task.name and where["method"] == arm.method)


def _numbers(estimate: Estimate) -> dict[str, float | None]:
    found = {"value": float(estimate), "low": estimate.low, "high": estimate.high, "confidence": estimate.confidence}
    return found if estimate.p_value is None else {**found, "p_holm": estimate.p_value}
