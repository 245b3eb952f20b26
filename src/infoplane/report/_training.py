"""The numbers of a training, as they stand in the ledger: by epoch, of the chosen epoch, and what it cost."""

from infoplane.report._points import Point
from infoplane.report._run_data import RunData

MEASURE, LOSS, REPORTED = "finetune", "training_loss", "selected_on_reported"
_SECONDS, _CHOSEN = "seconds", "chosen"
NAMES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "f1": "F1",
    "matthews_correlation": "Matthews' correlation",
}


def metrics(run: RunData) -> list[str]:
    """The metrics that the network was judged by, the one that chose the epoch first."""
    rows = [row for row in run.rows if row.get("measure") == MEASURE]
    found = sorted(rows, key=lambda row: row.get("role") == _CHOSEN)
    return [name for name in dict.fromkeys(str(row.get("quantity")) for row in found) if name not in (LOSS, _SECONDS)]


def metric_name(metric: str) -> str:
    """What a metric is called."""
    return NAMES.get(metric, metric.replace("_", " "))


def by_epoch(run: RunData, metric: str) -> list[Point]:
    """A metric on the examples that chose the epoch, in the order of epochs."""
    found = (point for point in run.find(MEASURE, metric, role=None) if point.row.get("epoch") is not None)
    return sorted(found, key=_epoch)


def result(run: RunData, metric: str, split: str = "test") -> Point | None:
    """A metric of the chosen epoch on `split`; None without one."""
    return run.one(MEASURE, metric, split=split, role=_CHOSEN)


def chosen_epoch(run: RunData) -> int | None:
    """The epoch whose weights were kept: that of the result, else the best by its first metric."""
    first = next(iter(metrics(run)), "")
    named = result(run, first)
    if named is not None and isinstance(named.row.get("epoch"), int):
        return _epoch(named)
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


def seconds(run: RunData) -> Point | None:
    """Seconds of all steps together; its n is their number."""
    return run.one(MEASURE, _SECONDS)


def method_of(run: RunData) -> str:
    """The objective it was trained with, empty where none is noted."""
    named = (row.get("method") for row in run.rows if row.get("measure") == MEASURE)
    return str(next((name for name in named if name), ""))


def _epoch(point: Point) -> int:
    return int(point.row.get("epoch") or 0)
