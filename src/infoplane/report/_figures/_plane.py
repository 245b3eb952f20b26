"""The information plane: what each layer keeps of the input against what it says about the label."""

from collections.abc import Sequence

from infoplane.report._best import roles
from infoplane.report._crosses import cross, depth_colour, path
from infoplane.report._curves import Trace, level
from infoplane.report._figure import Figure, Key
from infoplane.report._house import INK, MUTED, RAMP, axis, layout, upright
from infoplane.report._points import Point, extent, values
from infoplane.report._run_data import RunData
from infoplane.report._words import STATES, hover, number, safe, whole

_ABOUT = (
    "Each mark is a layer; the path joins them in order. To the right: more of the input is kept. Up: more of the "
    "label can be read. The crosses are the intervals of both numbers. A good layer stands high and may stand left."
)
_MARKS = {"last": ("circle", "diamond"), "content": ("circle-open", "diamond-open")}
Pair = tuple[Point, Point]
Path = tuple[int, str, list[Pair]]


def draw(runs: Sequence[RunData]) -> Figure | None:
    """The paths of all states of all runs, or None where no layer has both numbers."""
    paths = [(at, role, _pairs(run, role)) for at, run in enumerate(runs) for role in roles(run)]
    paths = [path for path in paths if path[2]]
    if not paths:
        return None
    paths_drawn = [trace for at, _, pairs in paths for trace in _path(runs[at], at, pairs)]
    ceilings = {pair[1].ceiling for _, _, pairs in paths for pair in pairs if pair[1].ceiling}
    shapes, names = (
        zip(*(level(top, f"H(Y) = {number(top, 'bits')}") for top in sorted(ceilings)[-1:]), strict=True)
        if ceilings
        else ((), ())
    )
    ups = [pair[1] for _, _, pairs in paths for pair in pairs]
    top = max([extent(ups, "high", "value")[1], *ceilings])
    return Figure(
        name="plane",
        title="The information plane",
        about=_ABOUT,
        traces=[*paths_drawn, _marks(runs, paths)],
        layout=layout(
            xaxis=axis("I(T;X), bits kept of the input"),
            yaxis=axis(range=[min(0.0, extent(ups, "low", "value")[0]) - 0.03 * top, 1.08 * top]),
            shapes=list(shapes),
            annotations=[upright("I(T;Y), bits about the label"), *names],
        ),
        legend=_legend([role for _, role, _ in paths]),
        height=470,
        extra={"names": [str(pair[1].layer) for _, _, pairs in paths for pair in pairs], "corners": True},
    )


def _pairs(run: RunData, role: str) -> list[Pair]:
    """I(T;X) and I(T;Y) of the same state, by layer."""
    kept = {point.layer: point for point in run.by_layer("plane", "input_information", role=role)}
    said = run.by_layer("plane", "label_information", role=role)
    return [(kept[point.layer], point) for point in said if point.layer in kept]


def _path(run: RunData, at: int, pairs: Sequence[Pair]) -> list[Trace]:
    """The intervals of all layers, and the line that joins them."""
    crosses = [cross(kept, said, depth_colour(run, said.layer)) for kept, said in pairs]
    return [*crosses, path([kept for kept, _ in pairs], [said for _, said in pairs], at)]


def _marks(runs: Sequence[RunData], paths: Sequence[Path]) -> Trace:
    """The layers of all paths as one trace, so that their names can make room for each other."""
    marks = [(at, role, pair) for at, role, pairs in paths for pair in pairs]
    hues = [depth_colour(runs[at], pair[1].layer) for at, _, pair in marks]
    return {
        "type": "scatter", "x": values(pair[0] for _, _, pair in marks), "y": values(pair[1] for _, _, pair in marks),
        "mode": "markers+text", "hoverinfo": "text",
        "hovertext": [_told(runs, at, role, pair) for at, role, pair in marks],
        "textfont": {"size": 11, "color": MUTED}, "cliponaxis": False,
        "marker": {
            "symbol": [_MARKS[role][at] for at, role, _ in marks], "size": 11 if len(marks) <= 60 else 8, "color": hues,
            "line": {
                "color": ["#ffffff" if role == "last" else hue for (_, role, _), hue in zip(marks, hues, strict=True)],
                "width": [1.0 if role == "last" else 2.2 for _, role, _ in marks],
            },
        },
    }  # fmt: skip


def _told(runs: Sequence[RunData], at: int, role: str, pair: Pair) -> str:
    kept, said = pair
    whose = f"{safe(runs[at].model)}, " if len(runs) > 1 else ""
    return hover(f"{whose}layer {said.layer}, {STATES[role]}", said, f"I(T;X) {whole(kept)}")


def _legend(shown: Sequence[str]) -> tuple[Key, ...]:
    marks = {"last": Key(STATES["last"], "dot", (INK,)), "content": Key(STATES["content"], "open", (INK,))}
    return (Key("layer 0", "ramp", RAMP, to="last layer"), *(marks[role] for role in dict.fromkeys(shown)))
