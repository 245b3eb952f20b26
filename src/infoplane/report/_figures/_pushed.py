"""How many items each steered method pushes away from their gold label."""

from collections.abc import Sequence

from infoplane.report._figure import Figure, Key
from infoplane.report._house import INPUT, LABEL, MUTED, axis, layout
from infoplane.report._methods import accuracies, knows_the_label, name_of, number_of
from infoplane.report._points import Point, extent
from infoplane.report._run_data import RunData
from infoplane.report._strokes import Stroke, names_axis, traces, word, zero_line
from infoplane.report._words import hover, number, safe, short

_ABOUT = (
    "Share of the items whose gold label lost log-odds under the method; some of them are still right. An average gain "
    "can hide many items that are made worse: at half (the line), pushing is no better than a coin. Random directions "
    "of the same dose show what a push without information does."
)
_COIN = 50.0


def draw(runs: Sequence[RunData]) -> Figure | None:
    """One line a method that steers; None without rows."""
    found = [(at, name, point) for at, run in enumerate(runs) for name, point in _pushed(run)]
    methods = list(dict.fromkeys(name for _, name, _ in found))
    if not methods:
        return None
    many = len({at for at, _, _ in found}) > 1
    strokes = [
        Stroke(
            methods.index(name) + (0.0 if not many else 0.17 if at else -0.17),
            point,
            hover(f"{f'{safe(runs[at].model)}, ' if many else ''}{safe(name)}", point),
            MUTED if knows_the_label(name) else INPUT if (point.low or 0.0) >= _COIN else LABEL,
            hollow=point.low is not None and point.high is not None and point.low < _COIN < point.high,
            run=at,
        )
        for at, name, point in found
    ]
    top = max(_COIN + 5, 1.06 * extent([point for _, _, point in found], "high", "value")[1])
    return Figure(
        name="pushed",
        title="Items pushed the wrong way",
        about=_ABOUT,
        traces=traces(strokes),
        layout=layout(
            xaxis=axis("items pushed away from their gold label", range=[0, min(102.0, top)], ticksuffix=" %"),
            yaxis=names_axis([short(method, 22) for method in methods]),
            shapes=[zero_line(_COIN)],
            annotations=[word(stroke.at, number(stroke.point.value, "%")) for stroke in strokes],
            margin={"l": 44, "r": 62, "t": 10, "b": 44},
        ),
        legend=(Key("fewer than half", "dot", (LABEL,)), Key("not clearly fewer", "open", (LABEL,))),
        height=84 + (42 if many else 28) * len(methods),
    )


def _pushed(run: RunData) -> list[tuple[str, Point]]:
    pairs = ((name_of(point), number_of(run, name_of(point), "anti_steered")) for point in accuracies(run))
    return [(name, point) for name, point in pairs if point is not None and point.value is not None]
