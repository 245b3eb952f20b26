"""How many spans of every kind are read back, beside a guess without the state, and what is proven."""

from collections.abc import Sequence

from infoplane.report._audit import METHODS, NAMED, READ, STATE, WITHOUT, Place, certified, kinds, number_of, places
from infoplane.report._curves import Trace
from infoplane.report._figure import AGAIN, Figure, Key
from infoplane.report._house import FAINT, INK, LABEL, axis, layout
from infoplane.report._points import Point, extent, rounded
from infoplane.report._run_data import RunData
from infoplane.report._strokes import names_axis
from infoplane.report._words import hover, safe, short

_ABOUT = {
    READ: "Share of the spans of each kind that are read back whole, letter by letter, from what is stored of a text, "
    "on documents that the reader was not fitted to. Grey: the same reader without the state, so what is common "
    "enough to be guessed. The black stroke is proven with the confidence that the run asked for.",
    NAMED: "Share of the texts whose own span is picked out of a list of spans of the same kind. A reader that cannot "
    "write a name down may still know which of many it is.",
}
_TITLES = {READ: "Read back whole", NAMED: "Picked out of a list"}
_COLOURS = {STATE: LABEL, WITHOUT: FAINT}
_APART, _THICK = 0.19, 0.32


def draw(run: RunData, quantity: str, runs: Sequence[RunData]) -> Figure | None:
    """Two bars and a stroke a kind, at the place read last; None without such numbers."""
    found = [place for place in places(run) if any(number_of(run, quantity, kind, place) for kind in kinds(run))]
    if not found:
        return None
    place = found[-1]
    shown = [kind for kind in kinds(run) if number_of(run, quantity, kind, place) is not None]
    bars = [(method, _points(run, quantity, method, shown, place)) for method in _COLOURS]
    proven = {at: one for at, kind in enumerate(shown) if (one := certified(run, quantity, kind, place)) is not None}
    every = [*proven.values(), *(point for _, own in bars for point in own.values())]
    most = extent(every, "high", "value")[1] or 1.0
    name = f"audit-{quantity.removeprefix('span_')}"
    return Figure(
        name=name if len(runs) == 1 else f"{name}-{runs.index(run)}",
        title=f"{_TITLES[quantity]}, {place.words}" + ("" if len(runs) == 1 else f": {run.model}"),
        about=_ABOUT[quantity] if run is runs[0] else AGAIN,
        traces=[*(_bar(shown, method, own) for method, own in bars if own), _strokes(shown, proven)],
        layout=layout(
            xaxis=axis("spans", range=[0, min(102.0, 1.08 * most)], ticksuffix=" %"),
            yaxis=names_axis([short(kind, 20) for kind in shown]),
            bargap=0.2,
            margin={"l": 44, "r": 24, "t": 10, "b": 44},
        ),
        legend=(
            *(Key(METHODS[method], "dot", (_COLOURS[method],)) for method, own in bars if own),
            *([Key("proven: at least", "line", (INK,))] if proven else []),
        ),
        height=90 + 46 * len(shown),
        overlaid=False,
    )


def _points(run: RunData, quantity: str, method: str, shown: Sequence[str], place: Place) -> dict[int, Point]:
    found = ((at, number_of(run, quantity, kind, place, method)) for at, kind in enumerate(shown))
    return {at: point for at, point in found if point is not None}


def _bar(shown: Sequence[str], method: str, points: dict[int, Point]) -> Trace:
    """The bars of one way to read, above or below the middle of each row, with their intervals."""
    beside = -_APART if method == STATE else _APART
    ends = [(point.value or 0.0, point.low, point.high) for point in points.values()]
    return {
        "type": "bar", "orientation": "h", "x": [rounded(value) for value, _, _ in ends],
        "y": [at + beside for at in points], "width": _THICK, "marker": {"color": _COLOURS[method]},
        "error_x": {
            "type": "data", "symmetric": False, "color": INK, "thickness": 1, "width": 3,
            "array": [rounded(0.0 if high is None else high - value) for value, _, high in ends],
            "arrayminus": [rounded(0.0 if low is None else value - low) for value, low, _ in ends],
        },
        "hoverinfo": "text",
        "hovertext": [hover(f"{safe(shown[at])}, {METHODS[method]}", point) for at, point in points.items()],
    }  # fmt: skip


def _strokes(shown: Sequence[str], proven: dict[int, Point]) -> Trace:
    """What is proven, as an upright stroke through the bar of the state."""
    return {
        "type": "scatter", "mode": "markers", "x": [rounded(point.value) for point in proven.values()],
        "y": [at - _APART for at in proven],
        "marker": {"symbol": "line-ns-open", "size": 19, "color": INK, "line": {"width": 2.4, "color": INK}},
        "hoverinfo": "text",
        "hovertext": [hover(f"{safe(shown[at])}, proven: at least", point) for at, point in proven.items()],
    }  # fmt: skip
