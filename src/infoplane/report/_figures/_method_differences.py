"""Paired differences between methods: which stand apart from zero."""

from collections.abc import Sequence
from dataclasses import dataclass

from infoplane.report._figure import Figure, Key
from infoplane.report._house import FAINT, INPUT, LABEL, axis, layout
from infoplane.report._methods import accuracies, difference, knows_the_label, name_of, references
from infoplane.report._points import Point
from infoplane.report._run_data import RunData
from infoplane.report._strokes import Stroke, names_axis, rule, span, traces, word, zero_line
from infoplane.report._words import hover, safe, short

_ABOUT = (
    "Every method minus the one named above it, item by item on the same items: to the right of the line it is right "
    "more often. Coloured where the interval does not reach zero and p stays below 0.05 after Holm's correction for "
    "all comparisons; hollow and grey where chance explains the difference. Choosing a method by this figure and "
    "quoting its difference from it is too kind to it. Oracles would need another scale and are left out."
)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the figure: a reference's heading, or a method compared with it in each run that has it."""

    name: str
    found: tuple[tuple[int, Point], ...] = ()


def draw(runs: Sequence[RunData]) -> Figure | None:
    """Groups of rows, one group a reference; None without rows."""
    lines = lines_of(runs)
    if not lines:
        return None
    many = len({at for line in lines for at, _ in line.found}) > 1
    strokes = [
        Stroke(place + (0.0 if not many else 0.17 if at else -0.17), point, _told(runs, at, point), *_look(point), at)
        for place, line in enumerate(lines)
        for at, point in line.found
    ]
    return Figure(
        name="differences",
        title="Paired differences",
        about=_ABOUT,
        traces=traces(strokes),
        layout=layout(
            xaxis=axis("difference of accuracies, points", range=span([stroke.point for stroke in strokes], zero=True)),
            yaxis=names_axis([line.name for line in lines]),
            shapes=[zero_line(), *(rule(at - 0.5) for at, line in enumerate(lines) if at and not line.found)],
            annotations=[word(stroke.at, chance(stroke.point), strong=not stroke.hollow) for stroke in strokes],
            margin={"l": 44, "r": 74, "t": 10, "b": 44},
        ),
        legend=(
            Key("right more often", "dot", (LABEL,)),
            Key("right less often", "dot", (INPUT,)),
            Key("chance explains it", "open", (FAINT,)),
        ),
        height=80 + (42 if many else 25) * len(lines),
    )


def chance(point: Point) -> str:
    """The p-value of a row in a few letters."""
    if point.p_value is None:
        return ""
    return "p < 0.001" if point.p_value < 0.001 else f"p = {point.p_value:.3f}".removesuffix("0")


def lines_of(runs: Sequence[RunData]) -> list[Line]:
    """The rows of the figure, none where no two methods are compared."""
    bases = dict.fromkeys(base for run in runs for base in references(run))
    return [line for base in bases for line in _group(runs, base)]


def _group(runs: Sequence[RunData], base: str) -> list[Line]:
    """The heading of a reference and every method compared with it; none without a method."""
    methods = dict.fromkeys(name_of(point) for run in runs for point in accuracies(run))
    fair = [method for method in methods if not knows_the_label(method)]
    lines = []
    for method in fair:
        found = tuple((at, gap) for at, run in enumerate(runs) if (gap := difference(run, method, base)) is not None)
        if found:
            lines.append(Line(short(method, 22), found))
    return [Line(f"<b>minus {short(base, 18)}</b>"), *lines] if lines else []


def _look(point: Point) -> tuple[str, bool]:
    """Colour, and whether the mark is hollow."""
    way = point.clearly
    return {1: LABEL, -1: INPUT, 0: FAINT}[way], way == 0


def _told(runs: Sequence[RunData], at: int, point: Point) -> str:
    whose = f"{safe(runs[at].model)}, " if len(runs) > 1 else ""
    title = f"{whose}{safe(name_of(point))} minus {safe(point.row.get('role'))}"
    p = chance(point)
    return hover(title, point, *([f"{safe(p)}, Holm-corrected"] if p else []))
