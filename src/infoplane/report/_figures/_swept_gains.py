"""What every method of a sweep gains over the baseline, paired by seed."""

from collections.abc import Sequence

from infoplane.report._figure import Figure, Key
from infoplane.report._figures._method_differences import chance
from infoplane.report._figures._swept_scores import lines_of
from infoplane.report._house import FAINT, INPUT, LABEL, axis, layout
from infoplane.report._points import Point
from infoplane.report._run_data import RunData
from infoplane.report._strokes import Stroke, names_axis, rule, span, traces, word, zero_line
from infoplane.report._sweep import gain
from infoplane.report._words import hover, safe

_ABOUT = (
    "Every method minus {base} on the test split, seed by seed, each at the configuration that was best on held-out "
    "examples: the mean difference and its interval over seeds. Coloured where the interval leaves zero out and p "
    "stays below 0.05 after Holm's correction over the tasks. Wilcoxon's exact test of five seeds never gives a p "
    "below 0.06: so few cannot show a difference by themselves."
)


def draw(run: RunData, runs: Sequence[RunData]) -> Figure | None:
    """Groups of rows, one a task; None without differences."""
    lines = lines_of(run, lambda arm: gain(run, arm))
    rows = [(at, line.point) for at, line in enumerate(lines) if line.point is not None]
    if not rows:
        return None
    strokes = [Stroke(at, point, _told(point), *_look(point)) for at, point in rows]
    base = ", ".join(dict.fromkeys(str(point.row.get("role")) for _, point in rows))
    unit = "points" if {point.unit for _, point in rows} == {"points"} else "difference"
    return Figure(
        name="gains" if len(runs) == 1 else f"gains-{runs.index(run)}",
        title=f"What is gained over {base}" + ("" if len(runs) == 1 else f": {run.model}"),
        about=_ABOUT.format(base=base),
        traces=traces(strokes),
        layout=layout(
            xaxis=axis(unit, range=span([point for _, point in rows], zero=True)),
            yaxis=names_axis([line.name for line in lines]),
            shapes=[zero_line(), *(rule(at - 0.5) for at, line in enumerate(lines) if at and line.arm is None)],
            annotations=[word(stroke.at, chance(stroke.point), strong=not stroke.hollow) for stroke in strokes],
            margin={"l": 44, "r": 74, "t": 10, "b": 44},
        ),
        legend=(
            Key("better", "dot", (LABEL,)),
            Key("worse", "dot", (INPUT,)),
            Key("chance explains it", "open", (FAINT,)),
        ),
        height=90 + 28 * len(lines),
        overlaid=False,
    )


def _look(point: Point) -> tuple[str, bool]:
    """Colour, and whether the mark is hollow."""
    way = point.clearly
    return {1: LABEL, -1: INPUT, 0: FAINT}[way], way == 0


def _told(point: Point) -> str:
    row, p = point.row, chance(point)
    title = f"{safe(row.get('method'))} minus {safe(row.get('role'))}, {safe(row.get('task'))}"
    return hover(title, point, *([f"{safe(p)}, Holm-corrected"] if p else []))
