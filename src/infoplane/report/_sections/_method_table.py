"""The methods side by side: how often right, at what cost, how far pushed."""

from collections.abc import Sequence

from infoplane.methods import METHODS
from infoplane.report._gauge import Gauge
from infoplane.report._methods import PROMPT, accuracies, name_of, number_of
from infoplane.report._points import Point
from infoplane.report._run_data import RunData
from infoplane.report._sections._table import MISSING, Cell, Table
from infoplane.report._words import interval, number

_PARTS = ("retrieval", "prefill", "decode")


def table(run: RunData, runs: Sequence[RunData]) -> Table | None:
    """One line a method, best first; columns that no method has are left out. None without methods."""
    found = accuracies(run)
    if not found:
        return None
    columns = {
        "method": [_method(point) for point in found],
        "accuracy": [_share(point, Gauge.of(point, 100.0)) for point in found],
        "macro-F1": [_share(number_of(run, name_of(point), "macro_f1")) for point in found],
        "answers understood": [_share(number_of(run, name_of(point), "coverage")) for point in found],
        "seconds an item": [_seconds(run, name_of(point)) for point in found],
        "tokens an item": [_tokens(run, name_of(point)) for point in found],
        "dose spent": [_dose(number_of(run, name_of(point), "divergence")) for point in found],
        "pushed the wrong way": [_share(number_of(run, name_of(point), "anti_steered")) for point in found],
    }
    shown = {name: cells for name, cells in columns.items() if any(not cell.missing for cell in cells)}
    title = "Methods" if len(runs) == 1 else f"Methods: {run.model}"
    return Table(title, tuple(shown), tuple(zip(*shown.values(), strict=True)), stacked=True)


def duration(seconds: float) -> str:
    """A time an item in the unit that suits it."""
    return number(seconds, "s") if seconds >= 1 else f"{1000 * seconds:.3g}\u00a0ms"


def _method(point: Point) -> Cell:
    name = name_of(point)
    method = METHODS.get(name)
    return Cell(name, key=name, note=method.says if method else "")


def _share(point: Point | None, gauge: Gauge | None = None) -> Cell:
    if point is None or point.value is None:
        return MISSING
    ends = interval(point) if point.low != point.high else ""
    return Cell(number(point.value, point.unit), ends, round(point.value, 6), gauge)


def _seconds(run: RunData, method: str) -> Cell:
    """All seconds an item, as a multiple of the prompt's, and what they went into."""
    total, plain = number_of(run, method, "seconds"), number_of(run, PROMPT, "seconds")
    if total is None or total.value is None:
        return MISSING
    parts = {name: number_of(run, method, f"{name}_seconds") for name in _PARTS}
    told = [f"{name} {duration(part.value)}" for name, part in parts.items() if part and part.value]
    ratio = f"{total.value / plain.value:.2f} \u00d7 prompt" if plain and plain.value and method != PROMPT else ""
    return Cell(duration(total.value), ratio, round(total.value, 9), note=", ".join(told))


def _tokens(run: RunData, method: str) -> Cell:
    """Tokens read and tokens written."""
    read, written = (number_of(run, method, f"{name}_tokens") for name in ("prefill", "decode"))
    if read is None or read.value is None:
        return MISSING
    made = 0.0 if written is None else written.value or 0.0
    return Cell(_count(read.value), key=round(read.value + made, 3), note=f"and {_count(made)} written" if made else "")


def _count(number: float) -> str:
    return f"{number:,.0f}" if number == round(number) else f"{number:,.1f}"


def _dose(point: Point | None) -> Cell:
    if point is None or point.value is None or (nats := point.in_nats.value) is None:
        return MISSING
    return Cell(number(nats, "nats"), interval(point.in_nats), round(nats, 6))
