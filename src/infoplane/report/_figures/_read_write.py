"""The read/write map: what can be read at each layer against what can be written there."""

from collections.abc import Sequence
from typing import Any

from infoplane.report._crosses import cross, depth_colour, path
from infoplane.report._curves import Trace
from infoplane.report._figure import Figure, Key
from infoplane.report._house import INK, MUTED, NULL, RAMP, axis, layout, upright
from infoplane.report._points import Point, extent, values
from infoplane.report._read_write import Layer, half, layers
from infoplane.report._run_data import RunData
from infoplane.report._words import hover, number, safe, whole

_ABOUT = (
    "Each mark is a layer. To the right: a probe reads more of the label there. Up: a nat of dose at that layer moves "
    "the log-odds of the told label further. Filled, it is moved further than by random directions of the same dose. "
    "Right of the dashed line (half of the most that is read, a convention) and filled: present and used. Right and "
    "hollow: present and unused, a probe finds it but the answer does not follow. A layer can be hollow because its "
    "direction is poor, not because the model does not use it."
)


def draw(runs: Sequence[RunData]) -> Figure | None:
    """The layers of all runs, or None where no layer has both numbers."""
    found = [(at, layers(run)) for at, run in enumerate(runs)]
    marks = [(at, layer) for at, own in found for layer in own]
    if not marks:
        return None
    read, written = [layer.read for _, layer in marks], [layer.written for _, layer in marks]
    x, y = _ends(read), _ends(written)
    shown = found[0][1] or found[-1][1]
    return Figure(
        name="read-write",
        title="Read against written",
        about=_ABOUT,
        traces=[*(trace for at, own in found for trace in _path(runs[at], at, own)), _marks(runs, marks)],
        layout=layout(
            xaxis=axis("I(T;Y), bits read", range=x),
            yaxis=axis(range=y),
            shapes=[*_null(read, x, y), *_lines(shown)],
            annotations=[upright("log-odds moved per nat of dose"), _beside(half(shown))],
        ),
        legend=(
            Key("layer 0", "ramp", RAMP, to="last layer"),
            *([Key("no evidence of reading", "bar", (NULL,))] if _null(read, x, y) else []),
            Key("written no more than by random directions", "open", (INK,)),
        ),
        height=430,
        extra={"names": [str(layer.number) for _, layer in marks], "corners": True},
    )


def _ends(points: Sequence[Point]) -> list[float]:
    low, high = extent(points, "value", "low", "high")
    low, high = min(low, 0.0), max(high, 0.0)
    pad = 0.07 * (high - low or 1.0)
    return [low - pad, high + 2 * pad]


def _path(run: RunData, at: int, own: Sequence[Layer]) -> list[Trace]:
    crosses = [cross(layer.read, layer.written, depth_colour(run, layer.number)) for layer in own]
    return [*crosses, path([layer.read for layer in own], [layer.written for layer in own], at)]


def _marks(runs: Sequence[RunData], marks: Sequence[tuple[int, Layer]]) -> Trace:
    hues = [depth_colour(runs[at], layer.number) for at, layer in marks]
    return {
        "type": "scatter", "x": values(layer.read for _, layer in marks),
        "y": values(layer.written for _, layer in marks), "mode": "markers+text", "hoverinfo": "text",
        "hovertext": [_told(runs, at, layer) for at, layer in marks], "textfont": {"size": 11, "color": MUTED},
        "cliponaxis": False,
        "marker": {
            "symbol": [_symbol(at, layer) for at, layer in marks], "size": 11 if len(marks) <= 60 else 8, "color": hues,
            "line": {
                "color": ["#ffffff" if layer.writes else hue for (_, layer), hue in zip(marks, hues, strict=True)],
                "width": [1.0 if layer.writes else 2.0 for _, layer in marks],
            },
        },
    }  # fmt: skip


def _symbol(run: int, layer: Layer) -> str:
    """Hollow where the direction writes no more than random ones; a diamond for the second run."""
    shape = ("circle", "diamond")[run]
    return shape if layer.writes else f"{shape}-open"


def _told(runs: Sequence[RunData], at: int, layer: Layer) -> str:
    whose = f"{safe(runs[at].model)}, " if len(runs) > 1 else ""
    random = layer.written.null_mean
    beside = [] if random is None else [f"random directions {number(random)}"]
    return hover(f"{whose}layer {layer.number}", layer.read, f"<b>written</b> {whole(layer.written)} per nat", *beside)


def _null(read: Sequence[Point], x: Sequence[float], y: Sequence[float]) -> list[dict[str, Any]]:
    """The area left of the largest null of reading."""
    bounds = [point.null_high for point in read if point.null_high is not None]
    if not bounds:
        return []
    box = {"type": "rect", "x0": x[0], "x1": max(bounds), "y0": y[0], "y1": y[1], "fillcolor": NULL, "layer": "below"}
    return [box | {"line": {"width": 0}}]


def _lines(own: Sequence[Layer]) -> list[dict[str, Any]]:
    """Upright at half of the most that is read, level at nothing written."""
    look = {"type": "line", "layer": "below"}
    dashed = {"line": {"color": MUTED, "width": 1.2, "dash": "4px,4px"}}
    return [
        look | {"xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0, "line": {"color": INK, "width": 1}},
        look | dashed | {"yref": "paper", "y0": 0, "y1": 1, "x0": half(own), "x1": half(own)},
    ]


def _beside(x: float) -> dict[str, Any]:
    """What stands right of the dashed line."""
    return {
        "text": "present", "x": x, "yref": "paper", "y": 1, "xanchor": "left", "yanchor": "top", "xshift": 4,
        "showarrow": False, "font": {"size": 11.5, "color": MUTED},
    }  # fmt: skip
