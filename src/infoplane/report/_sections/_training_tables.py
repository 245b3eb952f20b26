"""Tables of trainings: what was reached, what changed, how classes spread, what was swept."""

from collections.abc import Sequence

from infoplane.report._cmi import AFTER, BEFORE, QUANTITIES, places
from infoplane.report._cmi import MEASURE as CMI
from infoplane.report._points import Point
from infoplane.report._run_data import RunData
from infoplane.report._sections._differences import Difference, differences, line
from infoplane.report._sections._table import MISSING, Cell, Table, number_cell, small_cell
from infoplane.report._sweep import Arm, arms, configurations, gain, item_gain, median, metric_of, told
from infoplane.report._training import chosen_epoch, held_out, method_of, metric_name, metrics, result

_ROLES = {BEFORE: "before training", AFTER: "after training", None: ""}


def reached(run: RunData, runs: Sequence[RunData]) -> Table | None:
    """A line a split: the metrics of the chosen epoch there. None without any."""
    names = metrics(run)
    lines = [(split, [result(run, name, split) for name in names]) for split in ("test", "tune")]
    held = held_out(run)
    if held is not None and not any(point is not None for point in lines[1][1]):
        lines[1] = ("tune", [held, *[None for _ in names[1:]]])
    shown = [(split, own) for split, own in lines if any(point is not None for point in own)]
    if not shown:
        return None
    epoch = chosen_epoch(run)
    columns = ("examples", *(metric_name(name) for name in names), "n")
    cells = tuple((_split(split), *map(number_cell, own), Cell(_count(own))) for split, own in shown)
    note = "" if epoch is None else f"Epoch {epoch} of {method_of(run) or 'the training'}."
    return Table("Reached" + _of(run, runs), columns, cells, stacked=True, note=note)


def _split(name: str) -> Cell:
    notes = {"test": "looked at once", "tune": "chose the epoch"}
    return Cell(name, key=name, note=notes.get(name, ""))


def _count(points: Sequence[Point | None]) -> str:
    return next((f"{point.n:,}" for point in points if point is not None), "")


def changed(run: RunData, runs: Sequence[RunData]) -> Table | None:
    """A line a key number: before training, after it, and what lies between. None unless both were measured."""
    if run.before is None or run.after is None:
        return None
    found = [*differences([run.before, run.after]), *_in_directions(run)]
    columns = ("number", "before", "after", "after \u2212 before", "intervals")
    note = "Intervals that are apart show a change; overlapping ones do not show that there is none."
    return Table("Before and after" + _of(run, runs), columns, tuple(map(_line, found)), stacked=True, note=note)


def _in_directions(run: RunData) -> list[Difference]:
    """I(z;Y) at the layer where it is largest: in a space of its own each, and both in the space from before."""
    before = _largest(run.before)
    pairs = (
        ("I(z;Y) in directions of its own", _largest(run.after)),
        ("I(z;Y) in the directions from before", _largest(run.inherited)),
    )
    return [line(name, before, after) for name, after in pairs if before is not None and after is not None]


def _largest(run: RunData | None) -> Point | None:
    found = [] if run is None else run.by_layer("plane", "space_information")
    return max(found, key=lambda point: point.value or 0.0, default=None)


def _line(found: Difference) -> tuple[Cell, ...]:
    both = zip(found.values, found.intervals, found.gauges, strict=True)
    numbers = [Cell(value, ends, key=value, gauge=gauge) for value, ends, gauge in both]
    return (
        Cell(found.name, key=found.name),
        *numbers,
        Cell(found.difference, key=found.difference),
        Cell(found.verdict),
    )


def spread(run: RunData, runs: Sequence[RunData]) -> Table | None:
    """A line a split, before and after training: I(X;Z|Y) and its companions. None without them."""
    found = places(run)
    if not found:
        return None
    shown = {
        name: [small_cell(run.one(CMI, name, split=split, role=role)) for split, role in found] for name in QUANTITIES
    }
    shown = {name: cells for name, cells in shown.items() if not all(cell.missing for cell in cells)}
    when = [Cell(_ROLES.get(role, str(role)) or split, key=at, note=split) for at, (split, role) in enumerate(found)]
    columns = ("when", *(QUANTITIES[name] for name in shown))
    note = "I(X;Z|Y) / \u0393 is small where classes are tight and lie apart."
    lines = tuple(zip(when, *shown.values(), strict=True))
    return Table("Spread within classes" + _of(run, runs), columns, lines, stacked=True, note=note)


def swept(run: RunData, runs: Sequence[RunData]) -> Table | None:
    """A line a task and method: what its best configuration reaches, of how many, and what it gains."""
    found = arms(run)
    if not found:
        return None
    columns = ("task", "method", "test", "held out", "configurations", "minus the baseline", "by item", "p (Holm)")
    lines = tuple(_swept(run, arm) for arm in found)
    return Table("Every method" + _of(run, runs), columns, lines, stacked=True)


def _swept(run: RunData, arm: Arm) -> tuple[Cell, ...]:
    tried, gained = configurations(run, arm), gain(run, arm)
    chosen = ", ".join(f"{name} {value}" for name, value in (told(run, arm).get("chosen") or {}).items())
    p = None if gained is None else gained.p_value
    return (
        Cell(arm.task, key=arm.task),
        Cell(arm.method, key=arm.method, note=f"best with {chosen}" if chosen else ""),
        number_cell(median(run, arm), note=metric_name(metric_of(run, arm))),
        number_cell(median(run, arm, "tune")),
        MISSING if tried is None else Cell(f"best of {tried}", key=tried),
        number_cell(gained, sign=True),
        number_cell(item_gain(run, arm), sign=True),
        MISSING if p is None else Cell(f"{p:.2g}", key=p),
    )


def _of(run: RunData, runs: Sequence[RunData]) -> str:
    return "" if len(runs) == 1 else f": {run.model}, {method_of(run)}".rstrip(", ")
