"""Marks of layers in a plane of two numbers: coloured by depth, each with both its intervals."""

from collections.abc import Sequence

from infoplane.report._curves import Trace
from infoplane.report._house import DASHES, FAINT, RAMP, along
from infoplane.report._points import Point, rounded, values
from infoplane.report._run_data import RunData


def depth_colour(run: RunData, layer: int | None) -> str:
    """The colour of a layer by its depth."""
    return along(RAMP, (layer or 0) / max(run.blocks, 1))


def path(across: Sequence[Point], up: Sequence[Point], run: int) -> Trace:
    """The line that joins the layers in their order."""
    return {
        "type": "scatter", "x": values(across), "y": values(up), "mode": "lines", "hoverinfo": "skip",
        "line": {"color": FAINT, "width": 1.3, "dash": DASHES[run]},
    }  # fmt: skip


def cross(across: Point, up: Point, colour: str) -> Trace:
    """Both intervals of a layer as two thin strokes."""
    x, y = across.value, up.value
    xs = [across.low, across.high, None, x, x] if across.low is not None else [None, None, None, x, x]
    ys = [y, y, None, up.low, up.high]
    return {
        "type": "scatter", "x": [rounded(at) for at in xs], "y": [rounded(at) for at in ys], "mode": "lines",
        "hoverinfo": "skip",
        "line": {"color": colour, "width": 1.1}, "opacity": 0.6,
    }  # fmt: skip
