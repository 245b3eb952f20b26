"""The numbers of a sweep: of every task and method the best configuration, its seeds, and what it gains."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from infoplane.report._points import Point
from infoplane.report._run_data import RunData
from infoplane.report._training import NAMES

MEASURE, DIFFERENCE = "sweep", "_difference"


@dataclass(frozen=True, slots=True)
class Arm:
    """A method on a task."""

    task: str
    method: str


def arms(run: RunData) -> list[Arm]:
    """Every task and method of the sweep, in the order of the ledger."""
    rows = (row for row in run.rows if row.get("measure") == MEASURE)
    return list(dict.fromkeys(Arm(str(row.get("task") or ""), str(row.get("method") or "")) for row in rows))


def told(run: RunData, arm: Arm) -> Mapping[str, Any]:
    """What the table of the sweep says of an arm, such as the configuration that was chosen."""
    found = (one for one in run.swept.get("arms") or [] if (one.get("task"), one.get("method")) == _key(arm))
    return next(found, {})


def metric_of(run: RunData, arm: Arm) -> str:
    """The metric its configurations were chosen by: what the table names, else the first in the ledger."""
    named = told(run, arm).get("metric")
    rows = (row for row in run.rows if row.get("measure") == MEASURE and _at(row) == _key(arm))
    return str(named or next((row["quantity"] for row in rows if row["quantity"] in NAMES), "accuracy"))


def median(run: RunData, arm: Arm, split: str = "test") -> Point | None:
    """The median over seeds of the chosen configuration."""
    return run.one(MEASURE, metric_of(run, arm), split=split, role=None, seed=None, **_where(arm))


def seeds(run: RunData, arm: Arm) -> list[Point]:
    """The number of every seed of the chosen configuration."""
    found = run.find(MEASURE, metric_of(run, arm), split="test", role=None, **_where(arm))
    return [point for point in found if point.row.get("seed") is not None and point.value is not None]


def configurations(run: RunData, arm: Arm) -> int | None:
    """How many configurations the chosen one is the best of."""
    found = run.one(MEASURE, "configurations", **_where(arm))
    return None if found is None or found.value is None else int(found.value)


def gain(run: RunData, arm: Arm) -> Point | None:
    """The paired difference from the baseline, by seed; None for the baseline itself."""
    return _points(run.one(MEASURE, metric_of(run, arm) + DIFFERENCE, **_where(arm)))


def item_gain(run: RunData, arm: Arm) -> Point | None:
    """The paired difference in accuracy from the baseline, by item."""
    return _points(run.one(MEASURE, f"item_accuracy{DIFFERENCE}", **_where(arm)))


def _points(found: Point | None) -> Point | None:
    """A difference of shares in points."""
    return found if found is None or found.unit != "%" else replace(found, unit="points")


def _where(arm: Arm) -> dict[str, Any]:
    return {"task": arm.task, "method": arm.method}


def _key(arm: Arm) -> tuple[str, str]:
    return arm.task, arm.method


def _at(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row.get("task") or ""), str(row.get("method") or "")
