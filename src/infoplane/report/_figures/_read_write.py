"""The read/write map: what can be read at each layer against what can be written there."""

from collections.abc import Sequence
from typing import Any

from infoplane.report._crosses import cross, depth_colour, path
from infoplane.report._curves import Trace
from infoplane.report._figure import Figure, Key
from infoplane.report._house import FAINT, INK, MUTED, NULL, RAMP, SYMBOLS, axis, layout, upright
from infoplane.report._points import Point, extent, values
from infoplane.report._read_write import Layer, layers
from infoplane.report._run_data import RunData
from infoplane.report._words import hover, safe, whole

_ABOUT = (
    "Each mark is a layer. To the right: a probe reads more of the label there. Up: a nat of dose at that layer moves "
    "the log-odds of the told label further. High and right: present and used. Low and right: present and unused, a "
    "probe finds it but the model's answer does not follow. The dashed lines are half of the largest value either way; "
    "where they stand is a convention. A layer can be written badly because its direction is poor, not because the "
    "model does not use it."
)
_CORNERS = (
    ("present and used", 1.0, "right", 1.0, "top"),
    ("present and unused", 1.0, "right", 0.0, "bottom"),
    ("written, not read", 0.0, "left", 1.0, "top"),
)


def draw(runs: Sequence[RunData]) -> Figure | None:
    """The layers of all runs, or None where no layer has both numbers."""
    found = [(at, layers(run)) for at, run in enumerate(runs)]
    marks = [(at, layer) for at, own in found for layer in own]
    if not marks:
        return None
    read, written = [layer.read for _, layer in marks], [layer.written for _, layer in marks]
    x, y = _ends(read), _ends(written)
    return Figure(
        name="read-write",
        title="Read against written",
        about=_ABOUT,
        traces=[*(trace for at, own in found for trace in _path(runs[at], at, own)), _marks(runs, marks)],
        layout=layout(
            xaxis=axis("I(T;Y), bits read", range=x),
            yaxis=axis(range=y),
            shapes=[*_null(read, x, y), *_halves(found[0][1] or found[-1][1])],
            annotations=[upright("log-odds moved per nat of dose"), *(_corner(*corner) for corner in _CORNERS)],
        ),
        legend=(
            Key("layer 0", "ramp", RAMP, to="last layer"),
            *([Key("not above its null", "bar", (NULL,))] if _null(read, x, y) else []),
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
            "symbol": [SYMBOLS[at] for at, _ in marks], "size": 11 if len(marks) <= 60 else 8, "color": hues,
            "line": {
                "color": ["#ffffff" if at == 0 else hue for (at, _), hue in zip(marks, hues, strict=True)],
                "width": [1.0 if at == 0 else 2.0 for at, _ in marks],
            },
        },
    }  # fmt: skip


def _told(runs: Sequence[RunData], at: int, layer: Layer) -> str:
    whose = f"{safe(runs[at].model)}, " if len(runs) > 1 else ""
    return hover(f"{whose}layer {layer.number}, read", layer.read, f"<b>written</b> {whole(layer.written)} per nat")


def _null(read: Sequence[Point], x: Sequence[float], y: Sequence[float]) -> list[dict[str, Any]]:
    """The area left of the largest null of reading."""
    bounds = [point.null_high for point in read if point.null_high is not None]
    if not bounds:
        return []
    box = {"type": "rect", "x0": x[0], "x1": max(bounds), "y0": y[0], "y1": y[1], "fillcolor": NULL, "layer": "below"}
    return [box | {"line": {"width": 0}}]


def _halves(own: Sequence[Layer]) -> list[dict[str, Any]]:
    """Lines at half of the most that is read and written, and at nothing written."""
    look = {"type": "line", "layer": "below"}
    right, top = (max(point.value or 0.0 for point in points) / 2 for points in _sides(own))
    dashed = {"line": {"color": FAINT, "width": 1, "dash": "4px,4px"}}
    return [
        look | {"xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0, "line": {"color": INK, "width": 1}},
        look | dashed | {"xref": "paper", "x0": 0, "x1": 1, "y0": top, "y1": top},
        look | dashed | {"yref": "paper", "y0": 0, "y1": 1, "x0": right, "x1": right},
    ]


def _sides(own: Sequence[Layer]) -> tuple[list[Point], list[Point]]:
    return [layer.read for layer in own], [layer.written for layer in own]


def _corner(text: str, x: float, xanchor: str, y: float, yanchor: str) -> dict[str, Any]:
    return {
        "text": text, "xref": "paper", "yref": "paper", "x": x, "y": y, "xanchor": xanchor, "yanchor": yanchor,
        "showarrow": False, "font": {"size": 11.5, "color": MUTED},
    }  # fmt: skip
