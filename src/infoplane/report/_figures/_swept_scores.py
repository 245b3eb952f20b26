"""What every method of a sweep reaches with its best configuration: the median over seeds, and the seeds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from infoplane.report._curves import Trace
from infoplane.report._figure import Figure, Key
from infoplane.report._house import FAINT, LABEL, axis, layout
from infoplane.report._points import Point, extent, values
from infoplane.report._run_data import RunData
from infoplane.report._strokes import Stroke, names_axis, rule, traces, word
from infoplane.report._sweep import Arm, arms, configurations, median, metric_of, seeds
from infoplane.report._training import metric_name
from infoplane.report._words import hover, number, safe, short

_ABOUT = (
    "The mark is the median over seeds on the test split of the configuration that was best on held-out examples, the "
    "line its interval, the small dots the seeds. At the right, how many configurations it is the best of: a best of "
    "many is by luck better where it was chosen, so compare on the test split and at the same number."
)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the figure: a task's heading, or a method on it with its number."""

    name: str
    arm: Arm | None = None
    point: Point | None = None


def draw(run: RunData, runs: Sequence[RunData]) -> Figure | None:
    """Groups of rows, one a task; None without a sweep."""
    lines = lines_of(run, lambda arm: median(run, arm))
    rows = [(at, line.arm, line.point) for at, line in enumerate(lines) if line.arm is not None and line.point]
    if not rows:
        return None
    strokes = [Stroke(at, point, _told(run, arm, point), LABEL) for at, arm, point in rows]
    shown = [stroke.point for stroke in strokes] + [one for _, arm, _ in rows for one in seeds(run, arm)]
    low, high = extent(shown, "value", "low", "high")
    pad = 0.06 * (high - low or 1.0)
    percent = {point.unit for point in shown} == {"%"}
    return Figure(
        name="swept" if len(runs) == 1 else f"swept-{runs.index(run)}",
        title="Methods at their best configuration" + ("" if len(runs) == 1 else f": {run.model}"),
        about=_ABOUT,
        traces=[_dots(run, [(at, arm) for at, arm, _ in rows]), *traces(strokes)],
        layout=layout(
            xaxis=axis(_titles(run, rows), range=[low - pad, high + pad], ticksuffix=" %" if percent else ""),
            yaxis=names_axis([line.name for line in lines]),
            shapes=[rule(at - 0.5) for at, line in enumerate(lines) if at and line.arm is None],
            annotations=[word(at, f"of {count}") for at, arm, _ in rows if (count := configurations(run, arm))],
            margin={"l": 44, "r": 52, "t": 10, "b": 44},
        ),
        legend=(Key("median over seeds", "dot", (LABEL,)), Key("a seed", "small", (FAINT,))),
        height=90 + 28 * len(lines),
        overlaid=False,
    )


def lines_of(run: RunData, number_at: Callable[[Arm], Point | None]) -> list[Line]:
    """The heading of every task and its methods that have a number; tasks without one are left out."""
    found = [(arm, point) for arm in arms(run) if (point := number_at(arm)) is not None and point.value is not None]
    lines: list[Line] = []
    for task in dict.fromkeys(arm.task for arm, _ in found):
        own = [Line(short(arm.method, 22), arm, point) for arm, point in found if arm.task == task]
        lines += [Line(f"<b>{short(task, 20)}</b>"), *own]
    return lines


def _dots(run: RunData, rows: Sequence[tuple[int, Arm]]) -> Trace:
    """The seeds of every method, a little above its line."""
    found = [(at, point) for at, arm in rows for point in seeds(run, arm)]
    return {
        "type": "scatter", "x": values(point for _, point in found), "y": [at - 0.26 for at, _ in found],
        "mode": "markers", "hoverinfo": "text",
        "hovertext": [f"seed {point.row['seed']}: {number(point.value, point.unit)}" for _, point in found],
        "marker": {"size": 5, "color": FAINT}, "cliponaxis": False,
    }  # fmt: skip


def _titles(run: RunData, rows: Sequence[tuple[int, Arm, Point]]) -> str:
    return ", ".join(dict.fromkeys(metric_name(metric_of(run, arm)) for _, arm, _ in rows))


def _told(run: RunData, arm: Arm, point: Point) -> str:
    count = configurations(run, arm)
    more = [] if count is None else [f"best of {count} configuration{'' if count == 1 else 's'}"]
    return hover(f"{safe(arm.method)} on {safe(arm.task)}, {metric_name(metric_of(run, arm))}", point, *more)
