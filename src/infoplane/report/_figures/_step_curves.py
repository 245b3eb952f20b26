"""The answer as it is written, at the layer to quote: label, prompt and running answers by step."""

from collections.abc import Sequence
from typing import Any

from infoplane.report._best import best_layer
from infoplane.report._curves import Trace, curve, null_area, room
from infoplane.report._figure import Figure, Key
from infoplane.report._figures._step_map import row_name
from infoplane.report._house import ANSWER, FAINT, INK, INPUT, LABEL, MUTED, NULL, axis, layout, upright
from infoplane.report._points import Point, values
from infoplane.report._run_data import RunData
from infoplane.report._words import hover, safe

_ABOUT = (
    "From top to bottom: information about the label, with and without the answer known, under the label entropy of "
    "the answers still running; information shared with the prompt; answers still running. A fall in the top panel "
    "together with the bars is a loss of answers, not of information."
)
_UPPER = (("label_information", "I(T;Y)", LABEL), ("conditional_label_information", "I(T;Y | answer)", ANSWER))
_LOWER = "I(T; state at step 0)"
_LEGEND = (
    *(Key(name, "line", (colour,)) for _, name, colour in _UPPER),
    Key(_LOWER, "line", (INPUT,)),
    Key("H(Y) of the answers running", "dotted", (INK,)),
    Key("null: shuffled labels", "bar", (NULL,)),
)


def draw(runs: Sequence[RunData]) -> Figure | None:
    """Three panels over the same steps, or None without rows at that layer."""
    shown = [(at, run, layer) for at, run in enumerate(runs) if (layer := quoted_layer(run)) is not None]
    upper = {(at, quantity): _by_step(run, quantity, layer) for at, run, layer in shown for quantity, _, _ in _UPPER}
    lower = {at: _by_step(run, "input_information", layer) for at, run, layer in shown}
    points = [point for own in upper.values() for point in own]
    if not points:
        return None
    floor, top = room(points, most=max((point.ceiling or 0.0 for point in points), default=0.0))
    traces: list[Trace] = []
    for at, run, layer in shown:
        said, whose = upper[at, _UPPER[0][0]], f"{safe(run.model)}, " if len(runs) > 1 else ""
        traces += null_area(_steps(said), said, floor) if at == 0 else []
        traces += _ceiling(said)
        for quantity, name, colour in _UPPER:
            traces += _line(upper[at, quantity], f"{whose}{name}, layer {layer}", colour, at)
        traces += _line(lower[at], f"{whose}{_LOWER}, layer {layer}", INPUT, at, axis="y2")
        traces += _running(run, at, len(shown))
    where = ", ".join(dict.fromkeys(f"layer {layer}" for _, _, layer in shown))
    return Figure(
        name="by-step",
        title=f"While the answer is written, {where}",
        about=_ABOUT,
        traces=traces,
        layout=_panels(shown[0][1], max(point.step or 1 for point in points), [floor, top]),
        legend=_LEGEND,
        height=560,
    )


def _panels(run: RunData, last: int, ends: list[float]) -> dict[str, Any]:
    """Three panels over one axis of steps, which are named after the tokens of `run`."""
    steps = list(range(1, last + 1))
    names = [row_name(run, step).replace(" ", "<br>", 1) for step in steps]
    across = {"range": [0.5, last + 0.5], "tickvals": steps, "ticktext": names, "showgrid": False, "anchor": "y3"}
    return layout(
        xaxis=axis("step, most frequent token", **across),
        yaxis=axis(range=ends, domain=[0.52, 1]),
        yaxis2=axis(domain=[0.22, 0.43], rangemode="tozero", nticks=4),
        yaxis3=axis(domain=[0, 0.13], rangemode="tozero", nticks=3),
        annotations=[
            upright("bits about the label"),
            upright("bits shared with the prompt", y=0.43),
            upright("answers running", y=0.13),
        ],
    )


def quoted_layer(run: RunData) -> int | None:
    """The best layer where steps were measured there, else the last measured layer; None without any step."""
    layers = {
        point.layer
        for point in run.find("steps", "label_information")
        if point.step is not None and point.layer is not None
    }
    best = best_layer(run)
    return best.layer if best is not None and best.layer in layers else max(layers, default=None)


def _by_step(run: RunData, quantity: str, layer: int) -> list[Point]:
    found = [point for point in run.find("steps", quantity, layer=layer) if point.step is not None]
    return sorted(found, key=lambda point: point.step or 0)


def _steps(points: Sequence[Point]) -> list[float]:
    return [float(point.step or 0) for point in points]


def _line(points: Sequence[Point], name: str, colour: str, run: int, *, axis: str = "y") -> list[Trace]:
    told = [hover(f"{name}, step {point.step}", point) for point in points]
    return curve(_steps(points), points, told, colour, run=run, axis=axis) if points else []


def _ceiling(points: Sequence[Point]) -> list[Trace]:
    return [{
        "type": "scatter", "x": _steps(points), "y": values(points, "ceiling"), "mode": "lines", "hoverinfo": "skip",
        "line": {"color": INK, "width": 1.2, "dash": "2px,3px", "shape": "hvh"},
    }]  # fmt: skip


def _running(run: RunData, at: int, runs: int) -> list[dict[str, Any]]:
    counts = sorted(
        (point for point in run.find("steps", "answers_running") if point.step is not None),
        key=lambda point: point.step or 0,
    )
    return [{
        "type": "bar", "x": _steps(counts), "y": values(counts), "yaxis": "y3", "hoverinfo": "text",
        "width": 0.5 / runs,
        "offset": -0.25 + 0.5 * at / runs,
        "marker": {"color": FAINT if at == 0 else "#ffffff", "line": {"color": MUTED, "width": at}},
        "hovertext": [
            f"<b>step {point.step}</b><br>{point.value:,.0f} of {point.n:,} answers running" for point in counts
        ],
    }]  # fmt: skip
