"""Dose curves: what a number of nats buys, and what it costs elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infoplane.report._curves import Trace, interval, room
from infoplane.report._figure import Figure, Key
from infoplane.report._house import DASHES, FAINT, INPUT, LABEL, LENS, MUTED, axis, layout, upright
from infoplane.report._points import Point, rounded, values
from infoplane.report._run_data import RunData
from infoplane.report._words import hover, safe

MEASURE = "dose"


@dataclass(frozen=True, slots=True)
class Panel:
    """A quantity over the dose."""

    quantity: str
    title: str
    colour: str


@dataclass(frozen=True, slots=True)
class Curves:
    """A figure of panels over the same doses."""

    name: str
    title: str
    about: str
    panels: tuple[Panel, ...]


CURVES = (
    Curves(
        "dose-gain",
        "What a dose buys",
        "The dose is the divergence of the steered next token from the plain one, in nats; a nat is 1.44 bits. Top: "
        "how much the next token then says about which label was told; it cannot exceed the dose, the dashed line. "
        "Middle: that as a share of the dose. Bottom: by how much the told label gains in log-probability among the "
        "labels. Random directions of the same dose (grey) are the null: a dose that buys no more than they do changes "
        "the output without saying anything.",
        (
            Panel("transferred_information", "information transferred, nats", LABEL),
            Panel("transfer_efficiency", "share of the dose", LENS),
            Panel("label_gain", "gain of the told label, nats", INPUT),
        ),
    ),
    Curves(
        "dose-cost",
        "What it costs elsewhere",
        "The same doses on text that has nothing to do with the task: loss in nats a token, where higher is worse, and "
        "accuracy on another task. Random directions of the same dose show what any push of that size costs.",
        (
            Panel("neutral_loss", "loss on neutral text, nats a token", LABEL),
            Panel("elsewhere_accuracy", "accuracy on another task", LENS),
        ),
    ),
)
_PANEL, _GAP = 150, 58


def draw(runs: Sequence[RunData], curves: Curves) -> Figure | None:
    """One panel a quantity that any run has; None without rows."""
    panels = [panel for panel in curves.panels if any(_found(run, panel.quantity) for run in runs)]
    if not panels:
        return None
    doses = sorted({float(point.row["dose"]) for run in runs for one in panels for point in _found(run, one.quantity)})
    inner = _PANEL * len(panels) + _GAP * (len(panels) - 1)
    axes: dict[str, Any] = {"xaxis": _doses(doses, f"y{_suffix(len(panels) - 1)}")}
    names: list[dict[str, Any]] = []
    for at, panel in enumerate(panels):
        top = 1 - at * (_PANEL + _GAP) / inner
        points = [point for run in runs for point in _found(run, panel.quantity)]
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


def _found(run: RunData, quantity: str) -> list[Point]:
    """The numbers of a quantity that belong to a dose, in nats where they are information."""
    found = [point.in_nats for point in run.find(MEASURE, quantity) if isinstance(point.row.get("dose"), int | float)]
    return sorted((point for point in found if point.value is not None), key=lambda point: float(point.row["dose"]))


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
        own = _found(run, panel.quantity)
        whose = f"{safe(run.model)}, " if len(runs) > 1 else ""
        for method, band in sorted({_key(point) for point in own}, key=lambda key: ("random" not in key[0], key)):
            line = [point for point in own if _key(point) == (method, band)]
            title = f"{whose}{safe(method)}{f', layers {safe(band)}' if band else ''}"
            traces += _line(line, title, MUTED if "random" in method else panel.colour, at)
    return traces


def _key(point: Point) -> tuple[str, str]:
    """The directions and the band of layers of a row."""
    return str(point.row.get("method") or ""), str(point.row.get("role") or "")


def _line(points: Sequence[Point], title: str, colour: str, run: int) -> list[Trace]:
    xs = [float(point.row["dose"]) for point in points]
    told = [hover(f"{title}, dose {point.row['dose']:g} nats", point) for point in points]
    line = {
        "type": "scatter", "x": xs, "y": values(points), "mode": "lines+markers", "hoverinfo": "text",
        "hovertext": told, "line": {"color": colour, "width": 2, "dash": DASHES[run]},
        "marker": {"size": 6, "color": colour if run == 0 else "#ffffff", "line": {"color": colour, "width": 1.2}},
    }  # fmt: skip
    return [*interval(xs, points, colour, run=run), line]


def _all_of_it(doses: Sequence[float]) -> list[Trace]:
    """The line on which all of the dose is information about the label."""
    steps = [doses[0] * (doses[-1] / doses[0]) ** (at / 24) for at in range(25)] if doses[0] > 0 else list(doses)
    return [{
        "type": "scatter", "x": [rounded(dose) for dose in steps], "y": [rounded(dose) for dose in steps],
        "mode": "lines", "hoverinfo": "skip", "line": {"color": FAINT, "width": 1.3, "dash": "4px,4px"},
    }]  # fmt: skip
