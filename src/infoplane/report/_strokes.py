"""Numbers one below the other: the mark and its interval, the name at the left, a word at the right."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infoplane.report._curves import Trace
from infoplane.report._house import FAINT, INK, MUTED, SYMBOLS, axis
from infoplane.report._points import Point, extent, values


@dataclass(frozen=True, slots=True)
class Stroke:
    """A number at the height `at`, rows counted downwards from 0; `run` is 1 for the second of two runs."""

    at: float
    point: Point
    told: str
    colour: str
    hollow: bool = False
    run: int = 0


def traces(strokes: Sequence[Stroke]) -> list[Trace]:
    """One trace a stroke for its interval, then one for all marks."""
    marks = {
        "type": "scatter", "x": values(stroke.point for stroke in strokes), "y": [stroke.at for stroke in strokes],
        "mode": "markers", "hoverinfo": "text", "hovertext": [stroke.told for stroke in strokes], "cliponaxis": False,
        "marker": {
            "size": 9, "symbol": [SYMBOLS[stroke.run] for stroke in strokes],
            "color": ["#ffffff" if stroke.hollow and not stroke.run else stroke.colour for stroke in strokes],
            "line": {"color": [stroke.colour for stroke in strokes], "width": 1.8},
        },
    }  # fmt: skip
    return [*(_interval(stroke) for stroke in strokes), marks]


def _interval(stroke: Stroke) -> Trace:
    return {
        "type": "scatter", "x": [*values([stroke.point], "low"), *values([stroke.point], "high")],
        "y": [stroke.at, stroke.at], "mode": "lines", "hoverinfo": "skip",
        "line": {"color": stroke.colour, "width": 2, "dash": "solid" if stroke.run == 0 else "4px,3px"},
    }  # fmt: skip


def names_axis(names: Sequence[str]) -> dict[str, Any]:
    """A name at every whole number, the first on top."""
    return axis(
        range=[len(names) - 0.4, -0.6],
        tickvals=list(range(len(names))),
        ticktext=list(names),
        gridcolor="rgba(0,0,0,0.05)",
        showline=False,
        tickcolor="rgba(0,0,0,0)",
    )


def zero_line(x: float = 0.0) -> dict[str, Any]:
    """A line from top to bottom: what stands on it shows no difference."""
    return {
        "type": "line", "xref": "x", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1,
        "line": {"color": INK, "width": 1.5}, "layer": "below",
    }  # fmt: skip


def word(at: float, text: str, *, strong: bool = False) -> dict[str, Any]:
    """A short text at the right end of a row."""
    return {
        "text": text, "xref": "paper", "x": 1.0, "xanchor": "left", "xshift": 8, "yref": "y", "y": at,
        "yanchor": "middle", "showarrow": False, "font": {"size": 11.5, "color": INK if strong else MUTED},
    }  # fmt: skip


def span(points: Sequence[Point], *, zero: bool = False) -> list[float]:
    """A range across that shows every interval and a little more, with zero where it is asked for."""
    low, high = extent(points, "value", "low", "high")
    low, high = (min(low, 0.0), max(high, 0.0)) if zero else (low, high)
    pad = 0.06 * (high - low or 1.0)
    return [low - pad, high + pad]


def rule(at: float) -> dict[str, Any]:
    """A faint line between groups of rows."""
    return {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": at, "y1": at,
        "line": {"color": FAINT, "width": 0.8}, "layer": "below",
    }  # fmt: skip
