"""Dose curves: what a number of nats buys, and what it costs elsewhere."""

from collections.abc import Sequence
from typing import Any

from infoplane.report._curves import Trace, interval, room
from infoplane.report._dose import RANDOM, Curves, Panel, asked, dosed, spent, unsteered
from infoplane.report._figure import Figure, Key
from infoplane.report._house import DASHES, FAINT, MUTED, axis, layout, upright
from infoplane.report._points import Point, rounded, values
from infoplane.report._run_data import RunData
from infoplane.report._words import hover, number, safe

_PANEL, _GAP = 150, 58


def draw(runs: Sequence[RunData], curves: Curves) -> Figure | None:
    """One panel a quantity that any run has; None without rows."""
    panels = [panel for panel in curves.panels if any(dosed(run, panel.quantity) for run in runs)]
    if not panels:
        return None
    doses = sorted({asked(point) for run in runs for one in panels for point in dosed(run, one.quantity)})
    inner = _PANEL * len(panels) + _GAP * (len(panels) - 1)
    axes: dict[str, Any] = {"xaxis": _doses(doses, f"y{_suffix(len(panels) - 1)}")}
    names: list[dict[str, Any]] = []
    for at, panel in enumerate(panels):
        top = 1 - at * (_PANEL + _GAP) / inner
        points = [point for run in runs for point in dosed(run, panel.quantity)]
        points += [plain for run in runs if (plain := unsteered(run, panel.quantity)) is not None]
        axes[f"yaxis{_suffix(at)}"] = _scale(points, [max(0.0, top - _PANEL / inner), top])
        names.append(upright(panel.title, y=top))
    return Figure(
        name=curves.name,
        title=curves.title,
        about=curves.about,
        traces=[
            trace | {"yaxis": f"y{_suffix(at)}"}
            for at, panel in enumerate(panels)
            for trace in _panel(runs, panel, doses)
        ],
        layout=layout(annotations=names, **axes),
        legend=(
            *(Key(panel.title.split(",")[0], "line", (panel.colour,)) for panel in panels),
            Key("random directions of the same dose", "line", (MUTED,)),
        ),
        height=inner + 78,
    )


def _suffix(at: int) -> str:
    return str(at + 1) if at else ""


def _doses(doses: Sequence[float], anchor: str) -> dict[str, Any]:
    """The doses that were measured, evenly spaced when each is a multiple of the one before."""
    names = [f"{dose:g}" for dose in doses]
    return axis("dose, nats", type="log", tickvals=doses, ticktext=names, showgrid=True, anchor=anchor)


def _scale(points: Sequence[Point], domain: Sequence[float]) -> dict[str, Any]:
    low, high = room(points, least=min(point.value or 0.0 for point in points))
    percent = points[0].unit == "%"
    ends = [low - 0.06 * (high - low), high]
    return axis(range=ends, domain=list(domain), nticks=5, ticksuffix=" %" if percent else "")


def _panel(runs: Sequence[RunData], panel: Panel, doses: Sequence[float]) -> list[Trace]:
    """The random directions behind, the task's own before them; a line of each band."""
    traces: list[Trace] = _all_of_it(doses) if panel.quantity == "transferred_information" else []
    for at, run in enumerate(runs):
        plain = unsteered(run, panel.quantity)
        traces += [] if plain is None else [_level(doses, plain)]
        own = dosed(run, panel.quantity)
        whose = f"{safe(run.model)}, " if len(runs) > 1 else ""
        for method, band in sorted({_key(point) for point in own}, key=lambda key: (key[0] != RANDOM, key)):
            line = [point for point in own if _key(point) == (method, band)]
            title = f"{whose}{safe(method)}{f', layers {safe(band)}' if band else ''}"
            traces += _line(run, line, title, MUTED if method == RANDOM else panel.colour, at)
    return traces


def _key(point: Point) -> tuple[str, str]:
    """The directions and the band of layers of a row."""
    return str(point.row.get("method") or ""), str(point.row.get("role") or "")


def _line(run: RunData, points: Sequence[Point], title: str, colour: str, at: int) -> list[Trace]:
    xs = [rounded(spent(run, point)) or 0.0 for point in points]
    told = [
        hover(f"{title}, dose {asked(point):g} nats", point, f"spent {number(x, 'nats')}")
        for x, point in zip(xs, points, strict=True)
    ]
    line = {
        "type": "scatter", "x": xs, "y": values(points), "mode": "lines+markers", "hoverinfo": "text",
        "hovertext": told, "line": {"color": colour, "width": 2, "dash": DASHES[at]},
        "marker": {"size": 6, "color": colour if at == 0 else "#ffffff", "line": {"color": colour, "width": 1.2}},
    }  # fmt: skip
    return [*interval(xs, points, colour, run=at), line]


def _level(doses: Sequence[float], plain: Point) -> Trace:
    """The model without steering."""
    return _dashed([doses[0], doses[-1]], [plain.value, plain.value])


def _all_of_it(doses: Sequence[float]) -> list[Trace]:
    """The line on which all of the dose is information about the label."""
    steps = [doses[0] * (doses[-1] / doses[0]) ** (at / 24) for at in range(25)]
    return [_dashed(steps, list(steps))]


def _dashed(xs: Sequence[float], ys: Sequence[float | None]) -> Trace:
    return {
        "type": "scatter", "x": [rounded(x) for x in xs], "y": [rounded(y) for y in ys], "mode": "lines",
        "hoverinfo": "skip", "line": {"color": FAINT, "width": 1.3, "dash": "4px,4px"},
    }  # fmt: skip
