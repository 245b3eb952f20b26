"""What key steps, the read/write map and the dose curves say, in a sentence or two."""

import math
from collections.abc import Sequence

from infoplane.report._dose import RANDOM, asked, dosed, spent
from infoplane.report._key_steps import ALL, KINDS, OPERATIONS, Grid, Place, grids
from infoplane.report._points import Point
from infoplane.report._read_write import MEASURE, layers, present, used
from infoplane.report._run_data import RunData
from infoplane.report._words import DASH, number, whole

_DOSE = 0.3
_DONE = {"add": "Adding", "subtract": "Subtracting", "erase": "Erasing"}


def key_steps(run: RunData) -> list[str]:
    """Where each operation on the label's own subspace changes most, beside its nulls at the same place."""
    return [sentence for operation in OPERATIONS if (sentence := _strongest(grids(run, operation), operation))]


def _strongest(found: Sequence[Grid], operation: str) -> str:
    """The place where the label's own subspace is furthest from its random control, of those that differ from it."""
    own = next((grid for grid in found if grid.kind == "oracle"), None)
    if own is None:
        return ""
    clear = own.cells.keys() - set(own.unclear())
    if not clear:
        return f"{_DONE[operation]} the label does nowhere more than a random subspace of the same size."
    place = max(sorted(clear, key=str), key=lambda one: abs(_beyond(own, found, one)))
    nulls = [f"{KINDS[grid.kind]} {number(grid.cells[place].value, '%')}" for grid in found if _beside(grid, place)]
    beside = f" ({', '.join(nulls)})" if nulls else ""
    before, after = number(own.plain[place], "%"), number(own.cells[place].value, "%")
    return f"{_DONE[operation]} the label does most {_where(place)}: accuracy goes from {before} to {after}{beside}."


def _beyond(own: Grid, found: Sequence[Grid], place: Place) -> float:
    """The change by the label's own subspace less that by a random one, where there is one."""
    random = next((grid for grid in found if grid.kind == "random" and place in grid.cells), None)
    return own.change(place) - (0.0 if random is None else random.change(place))


def _beside(grid: Grid, place: Place) -> bool:
    return grid.kind != "oracle" and place in grid.cells


def _where(place: Place) -> str:
    def words(what: str, numbers: str) -> str:
        if numbers == ALL:
            return f"all {what}s"
        return f"{what} {numbers}" if numbers.isdecimal() else f"{what}s {numbers.replace('-', DASH)}"

    return f"at {words('step', place.steps)} in {words('layer', place.layers)}"


def read_write(run: RunData) -> list[str]:
    """Whether layers that say more are also written better, and which are present and used, present and unused."""
    found = layers(run)
    if not found:
        return []
    there, moved = present(found), used(found)
    kinds = (
        ("Present and used", there & moved),
        ("present and unused", there - moved),
        ("written but little read", moved - there),
    )
    named = [f"{name}: {spans(sorted(numbers))}" for name, numbers in kinds if numbers]
    told = [_agreement(run.one(MEASURE, "read_write_correlation")), f"{'; '.join(named)}." if named else ""]
    return [sentence for sentence in told if sentence]


def _agreement(rank: Point | None) -> str:
    if rank is None or rank.value is None:
        return ""
    said = f"Spearman's rank correlation {whole(rank)} over {rank.n} layers"
    if rank.p_value is not None:
        said += f", p = {rank.p_value:.2g}"
    way = rank.clearly
    if way == 0:
        return f"Whether layers where more can be read can be written further is not clear: {said}."
    return f"Where more can be read, {'more' if way > 0 else 'less'} can be written: {said}."


def spans(numbers: Sequence[int]) -> str:
    """Layers with neighbours joined: `layer 3`, `layers 2 to 4 and 6`."""
    runs: list[list[int]] = []
    for at in numbers:
        if runs and at == runs[-1][-1] + 1:
            runs[-1].append(at)
        else:
            runs.append([at])
    words = [str(part[0]) if len(part) == 1 else f"{part[0]} to {part[-1]}" for part in runs]
    joined = " and ".join([*([", ".join(words[:-1])] if words[:-1] else []), words[-1]])
    return f"layer{'s' if len(numbers) > 1 else ''} {joined}"


def dose(run: RunData) -> list[str]:
    """What the measured dose nearest to 0.3 nats transfers, beside random directions of the same dose."""
    found = [point for point in dosed(run, "transferred_information") if point.row.get("method") == "add"]
    if not found:
        return []
    passed = min(found, key=lambda point: abs(math.log(asked(point) / _DOSE)))
    nats = spent(run, passed)
    share = 100 * (passed.value or 0.0) / nats
    told = f"Of {number(nats, 'nats')} spent, {whole(passed)} tell which label was meant ({share:.0f} %)"
    place = {name: passed.row.get(name) for name in ("dose", "role")}
    null = run.one("dose", "transferred_information", method=RANDOM, **place)
    return [f"{told}." if null is None else f"{told}; of random directions at the same dose, {whole(null.in_nats)}."]
