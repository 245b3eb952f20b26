"""The numbers of a training, as they stand in the ledger: by epoch, of the chosen epoch, and what it cost."""

from collections import Counter

from infoplane.report._points import Point
from infoplane.report._run_data import RunData

MEASURE, LOSS, REPORTED = "finetune", "training_loss", "selected_on_reported"
_COSTS = ("seconds", "step_seconds")
NAMES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "f1": "F1",
    "matthews_correlation": "Matthews' correlation",
}


def metrics(run: RunData) -> list[str]:
    """The metrics that the network was judged by, the one that chose the epoch first."""
    rows = [row for row in run.rows if row.get("measure") == MEASURE]
    found = sorted(rows, key=lambda row: row.get("epoch") is None)
    return [name for name in dict.fromkeys(str(row.get("quantity")) for row in found) if name not in (LOSS, *_COSTS)]


def metric_name(metric: str) -> str:
    """What a metric is called."""
    return NAMES.get(metric, metric.replace("_", " "))


def by_epoch(run: RunData, metric: str) -> list[Point]:
    """A metric on the examples that chose the epoch, in the order of epochs."""
    found = [point for point in run.find(MEASURE, metric) if point.row.get("epoch") is not None]
    splits = Counter(point.row.get("split") for point in found)
    most = max(splits, key=lambda split: splits[split], default=None)
    return sorted((point for point in found if point.row.get("split") == most), key=_epoch)


def result(run: RunData, metric: str, split: str = "test") -> Point | None:
    """A metric of the chosen epoch on `split`: its only number, or that of no epoch among others; None without one."""
    found = run.find(MEASURE, metric, split=split)
    final = [point for point in found if point.row.get("epoch") is None]
    return final[-1] if final else found[0] if len(found) == 1 else None


def chosen_epoch(run: RunData) -> int | None:
    """The epoch whose weights were kept: named by a result or by the run's facts, else the best by its first metric."""
    first = next(iter(metrics(run)), "")
    named = result(run, first)
    for found in (None if named is None else named.row.get("epoch"), run.note("facts").get("epoch")):
        if isinstance(found, int):
            return found
    best = max(by_epoch(run, first), key=lambda point: point.value or 0.0, default=None)
    return None if best is None else _epoch(best)


def held_out(run: RunData) -> Point | None:
    """The first metric at the chosen epoch, on the examples that chose it."""
    epoch = chosen_epoch(run)
    found = by_epoch(run, next(iter(metrics(run)), ""))
    return next((point for point in found if _epoch(point) == epoch), None)


def losses(run: RunData) -> dict[str, list[Point]]:
    """The parts of the training loss, in nats, each in the order of epochs."""
    parts: dict[str, list[Point]] = {}
    for point in sorted(run.find(MEASURE, LOSS), key=_epoch):
        parts.setdefault(str(point.row.get("role") or "loss"), []).append(point.in_nats)
    return parts


def cost(run: RunData, what: str) -> Point | None:
    """Seconds of the whole training, or of a step (`step_seconds`)."""
    return run.one(MEASURE, what)


def method_of(run: RunData) -> str:
    """The objective it was trained with, empty where none is noted."""
    named = (row.get("method") for row in run.rows if row.get("measure") == MEASURE)
    return str(next((name for name in named if name), ""))


def _epoch(point: Point) -> int:
    return int(point.row.get("epoch") or 0)
