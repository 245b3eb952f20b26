"""The methods side by side: how often right, at what cost, how far pushed."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from infoplane.report._gauge import Gauge
from infoplane.report._methods import about, accuracies, name_of, number_of
from infoplane.report._points import Point
from infoplane.report._run_data import RunData
from infoplane.report._sections._table import MISSING, Cell, Table
from infoplane.report._words import alike, interval, number, whole

_PARTS = ("retrieval", "prefill", "decode")


def table(run: RunData, runs: Sequence[RunData]) -> Table | None:
    """One line a method, best first; columns that no method has are left out. None without methods."""
    found = accuracies(run)
    if not found:
        return None
    names = [name_of(point) for point in found]

    def numbers(quantity: str, cell: Callable[[Point | None], Cell]) -> list[Cell]:
        return [cell(number_of(run, name, quantity)) for name in names]

    columns = {
        "method": [_method(run, name) for name in names],
        "accuracy": [_share(point, Gauge.of(point, 100.0)) for point in found],
        "macro-F1": numbers("macro_f1", _share),
        "answers understood": [_understood(run, name) for name in names],
        "time an item": [_seconds(run, name) for name in names],
        "times the prompt": numbers("relative_seconds", _ratio),
        "tokens an item": [_tokens(run, name) for name in names],
        "dose spent": numbers("divergence", _dose),
        "pushed the wrong way": numbers("anti_steered", _share),
    }
    shown = {name: cells for name, cells in columns.items() if any(not cell.missing for cell in cells)}
    title = "Methods" if len(runs) == 1 else f"Methods: {run.model}"
    return Table(title, tuple(shown), tuple(zip(*shown.values(), strict=True)), stacked=True, note=_attention(run))


def duration(seconds: float) -> str:
    """A time an item in the unit that suits it."""
    return number(seconds, "s") if seconds >= 1 else f"{1000 * seconds:.3g}\u00a0ms"


def _attention(run: RunData) -> str:
    """How spread the attention of a method over the labels is, and how often it only repeats what was retrieved."""
    return " ".join(
        f"The attention of {name_of(entropy)} over the labels has an entropy of {whole(entropy.in_nats)} and falls on "
        f"the retrieved majority in {whole(agreement)}."
        for entropy in run.find("compare", "attention_entropy")
        if (agreement := number_of(run, name_of(entropy), "attention_agreement")) is not None
    )


def _method(run: RunData, name: str) -> Cell:
    """The name, what the method does and the plain values it chose for itself."""
    told = about(run, name)
    chosen = (told.get("choices") or {}).items()
    chose = ", ".join(_choice(key, value) for key, value in chosen if isinstance(value, int | float | str))
    return Cell(name, key=name, note=f"{told.get('says', '')} {f'Chose {chose}.' if chose else ''}".strip())


def _choice(key: str, value: float | str) -> str:
    """A choice and its value; the accuracy is that which decided, on the tune split."""
    name = "tune accuracy" if key == "accuracy" else key.replace("_", " ")
    return f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"


def _share(point: Point | None, gauge: Gauge | None = None) -> Cell:
    """A number between zero and one with its interval."""
    if point is None or point.value is None:
        return MISSING
    ends = interval(point) if point.low != point.high else ""
    return Cell(number(point.value, point.unit), ends, round(point.value, 6), gauge)


def _seconds(run: RunData, method: str) -> Cell:
    """All seconds an item, and what they went into."""
    total = number_of(run, method, "seconds")
    if total is None or total.value is None:
        return MISSING
    parts = {name: number_of(run, method, f"{name}_seconds") for name in _PARTS}
    shown = {name: part.value for name, part in parts.items() if part is not None and part.value is not None}
    told = [f"{name} {duration(took)}" for name, took in shown.items() if took > total.value / 200]
    return Cell(duration(total.value), key=round(total.value, 9), note=", ".join(told))


def _ratio(point: Point | None) -> Cell:
    """Seconds over those of the prompt, turn by turn."""
    if point is None or point.value is None:
        return MISSING
    return Cell(*alike(point), round(point.value, 6))


def _understood(run: RunData, method: str) -> Cell:
    """The share of generated answers that name a label, and of those that name the right one."""
    cell, right = _share(number_of(run, method, "coverage")), number_of(run, method, "answer_accuracy")
    return (
        cell
        if right is None or cell.missing
        else replace(cell, note=f"{number(right.value, '%')} of {right.n:,} right")
    )


def _tokens(run: RunData, method: str) -> Cell:
    """Tokens read and tokens written."""
    read, written = (number_of(run, method, f"{name}_tokens") for name in ("prefill", "decode"))
    if read is None or read.value is None:
        return MISSING
    made = 0.0 if written is None else written.value or 0.0
    return Cell(_count(read.value), key=round(read.value + made, 3), note=f"and {_count(made)} written" if made else "")


def _count(number: float) -> str:
    """A mean number of tokens."""
    return f"{number:,.0f}" if number == round(number) or number >= 100 else f"{number:,.1f}"


def _dose(point: Point | None) -> Cell:
    """The divergence from the plain answer in nats."""
    if point is None or point.value is None or (nats := point.in_nats.value) is None:
        return MISSING
    return Cell(number(nats, "nats"), interval(point.in_nats), round(nats, 6))
