"""Curves over layers or steps: the line with its interval, the null below it, the ceiling above it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infoplane.report._house import DASHES, FAINT, INK, MUTED, NULL, axis, shade
from infoplane.report._points import Point, extent, rounded, values
from infoplane.report._run_data import RunData

Trace = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LayerAxis:
    """Where layers stand: at their number, or at their share of the depth where the models differ in depth."""

    relative: bool
    most: int

    def at(self, run: RunData, layer: int | None) -> float:
        """The place of `layer` of `run`."""
        return rounded((layer or 0) / max(run.blocks, 1)) or 0.0 if self.relative else float(layer or 0)

    def places(self, run: RunData, points: Sequence[Point]) -> list[float]:
        """The places of many points."""
        return [self.at(run, point.layer) for point in points]

    def layout(self, **more: Any) -> dict[str, Any]:
        """The axis itself, with a little room at both ends."""
        end = 1.0 if self.relative else max(self.most, 1)
        every = {"dtick": 0.25} if self.relative else {"dtick": 1} if end <= 12 else {"tickformat": "d", "nticks": 12}
        title = "depth: layer as a share of all blocks" if self.relative else "layer"
        return axis(title, range=[-0.02 * end, 1.02 * end], showgrid=False, **every, **more)


def layer_axis(runs: Sequence[RunData]) -> LayerAxis:
    """The axis that `runs` share."""
    depths = {run.blocks for run in runs}
    return LayerAxis(relative=len(depths) > 1, most=max(depths))


def curve(
    xs: Sequence[float], points: Sequence[Point], hovers: Sequence[str], colour: str, *, run: int = 0, axis: str = "y"
) -> list[Trace]:
    """Interval and line of one quantity; the second run is dashed and its marks are hollow."""
    line = {
        "type": "scatter", "x": list(xs), "y": values(points), "yaxis": axis, "hovertext": list(hovers),
        "hoverinfo": "text",
        "mode": "lines+markers", "line": {"color": colour, "width": 2 if run == 0 else 1.8, "dash": DASHES[run]},
        "marker": {
            "size": 6 if len(points) <= 40 else 4, "color": colour if run == 0 else "#ffffff",
            "line": {"color": colour if run else "#ffffff", "width": 1.4 if run else 0.8},
        },
    }  # fmt: skip
    return [*interval(xs, points, colour, run=run, axis=axis), line]


def interval(
    xs: Sequence[float], points: Sequence[Point], colour: str, *, run: int = 0, axis: str = "y"
) -> list[Trace]:
    """The band between the ends of the intervals, nothing where no point has one."""
    known = [
        (x, point) for x, point in zip(xs, points, strict=True) if point.low is not None and point.high is not None
    ]
    if len(known) < 2:
        return []
    there, back = [point for _, point in known], [point for _, point in known[::-1]]
    return [{
        "type": "scatter", "x": [x for x, _ in known] + [x for x, _ in known[::-1]], "yaxis": axis,
        "y": values(there, "high") + values(back, "low"), "mode": "lines", "fill": "toself", "hoverinfo": "skip",
        "fillcolor": shade(colour, 0.17 if run == 0 else 0.09), "line": {"width": 0, "color": colour},
    }]  # fmt: skip


def null_area(xs: Sequence[float], points: Sequence[Point], floor: float, *, axis: str = "y") -> list[Trace]:
    """Everything below the 95 % bound of the null, down to the `floor` of the figure: no evidence there."""
    known = [(x, point.null_high) for x, point in zip(xs, points, strict=True) if point.null_high is not None]
    if len(known) < 2:
        return []
    x, y = [x for x, _ in known], [rounded(bound) for _, bound in known]
    return [{
        "type": "scatter", "x": [x[0], *x, x[-1]], "y": [floor, *y, floor], "yaxis": axis, "mode": "lines",
        "fill": "toself",
        "fillcolor": NULL, "line": {"width": 0, "color": FAINT}, "hoverinfo": "skip",
    }]  # fmt: skip


def level(
    y: float, text: str, *, colour: str = INK, dash: str = "2px,3px", axis: str = "y", below: bool = False
) -> tuple[Trace, Trace]:
    """A level line across the figure (a shape) and its name at the right end (an annotation)."""
    shape = {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": axis, "y0": y, "y1": y,
        "line": {"color": colour, "width": 1.2, "dash": dash}, "layer": "below",
    }  # fmt: skip
    name = {
        "text": text, "xref": "paper", "x": 1, "xanchor": "right", "yref": axis, "y": y, "showarrow": False,
        "yanchor": "top" if below else "bottom", "font": {"color": colour if colour != INK else MUTED, "size": 11.5},
    }  # fmt: skip
    return shape, name


def room(points: Sequence[Point], *, least: float | None = None, most: float | None = None) -> list[float]:
    """A range for the vertical axis that shows all intervals and nulls and a little more."""
    low, high = extent(points, "value", "low", "high", "null_high")
    low, high = min(low, 0.0 if least is None else least), max(high, high if most is None else most)
    pad = 0.05 * (high - low or 1.0)
    return [low - (pad if low < 0 else 0.0), high + pad]
