"""Layer x step maps: one number for every state that emits a token."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infoplane.report._curves import LayerAxis, layer_axis
from infoplane.report._figure import AGAIN, Figure, Key
from infoplane.report._house import BLUES, EMPTY, INK, MUTED, REDS, axis, layout, scale, upright
from infoplane.report._points import Point, extent, rounded
from infoplane.report._run_data import RunData
from infoplane.report._words import hover, number, token


@dataclass(frozen=True, slots=True)
class Map:
    """What one map shows. `like`: the quantities whose common largest value ends its colours."""

    quantity: str
    title: str
    about: str
    axis: str
    colours: tuple[str, ...]
    like: tuple[str, ...]


_LABEL = ("label_information", "conditional_label_information")
MAPS = (
    Map(
        "label_information",
        "Information about the label, layer by step",
        "Row t is the forward pass that emits token t; its most frequent token stands beside it, with its share and "
        "the answers still running. Columns are layers. A dot marks a cell that does not exceed its null; an empty "
        "cell was not measured.",
        "I(T;Y)",
        BLUES,
        _LABEL,
    ),
    Map(
        "conditional_label_information",
        "What is left once the answer is known",
        "The same states and colours, given the answer that was emitted. What remains here is information about the "
        "label that the answer does not already give away; after the label is said, high values above and low ones "
        "here mean that the state repeats the answer.",
        "I(T;Y | answer)",
        BLUES,
        _LABEL,
    ),
    Map(
        "input_information",
        "What is left of the prompt",
        "I(T; state at step 0): what the state that emits token t shares with the pooled state of the prompt at the "
        "same layer, for a linear-Gaussian reader and a stated noise.",
        "I(T; state at step 0)",
        REDS,
        ("input_information",),
    ),
)


def draw(run: RunData, shown: Map, runs: Sequence[RunData]) -> Figure | None:
    """One map of `run`, its colours shared with the same maps of all `runs`; None without rows."""
    points = [point for point in run.find("steps", shown.quantity) if point.step is not None]
    if not points:
        return None
    across = layer_axis([run])
    steps = range(1, max(point.step or 0 for point in points) + 1)
    top = max(
        extent(
            [p for one in runs for quantity in shown.like for p in one.find("steps", quantity) if p.step is not None]
        )[1],
        1e-9,
    )
    letter = f"-{runs.index(run)}" if len(runs) > 1 else ""
    return Figure(
        name=f"map-{shown.quantity.replace('_', '-')}{letter}",
        title=shown.title if len(runs) == 1 else f"{shown.title}: {run.model}",
        about=shown.about if run is runs[0] else AGAIN,
        traces=[_cells(run, points, steps, shown, top), _below_null(points)],
        layout=layout(
            plot_bgcolor=EMPTY,
            xaxis=_columns(across, points),
            yaxis=axis(
                range=[steps[-1] + 0.5, 0.5],
                tickvals=list(steps),
                ticktext=[row_name(run, step) for step in steps],
                showgrid=False,
                tickcolor="rgba(0,0,0,0)",
            ),
            annotations=[upright(f"{shown.axis} by step and token"), *_counts(run, steps)],
            margin={"l": 44, "r": 74, "t": 34, "b": 44},
        ),
        legend=(
            Key("0 bits", "ramp", shown.colours, to=number(top, "bits")),
            Key("not above its null", "small", (INK,)),
        ),
        height=110 + 27 * len(steps),
        overlaid=False,
    )


def row_name(run: RunData, step: int) -> str:
    """A step's number and its most frequent token."""
    tokens = run.tokens.get("tokens") or []
    return f"{step} {token(str(tokens[step - 1][0]))}" if step <= len(tokens) else str(step)


def _columns(across: LayerAxis, points: Sequence[Point]) -> dict[str, Any]:
    layers = sorted({point.layer or 0 for point in points})
    return across.layout() | {"range": [layers[0] - 0.5, layers[-1] + 0.5]}


def _cells(run: RunData, points: Sequence[Point], steps: range, shown: Map, top: float) -> dict[str, Any]:
    layers = sorted({point.layer for point in points if point.layer is not None})
    cells = {(point.step, point.layer): point for point in points}
    rows = [[cells.get((step, layer)) for layer in layers] for step in steps]
    return {
        "type": "heatmap", "x": layers, "y": list(steps), "zmin": 0, "zmax": top, "colorscale": scale(shown.colours),
        "showscale": False,
        "z": [[rounded(point.value) if point else None for point in row] for row in rows], "hoverongaps": False,
        "hovertext": [[_told(run, shown, point) if point else "" for point in row] for row in rows],
        "hoverinfo": "text",
        "xgap": 1, "ygap": 2,
    }  # fmt: skip


def _told(run: RunData, shown: Map, point: Point) -> str:
    tokens = run.tokens.get("tokens") or []
    step = point.step or 0
    most = (
        f"most frequent token {token(str(tokens[step - 1][0]), 16)} ({100 * float(tokens[step - 1][1]):.0f} %)"
        if 0 < step <= len(tokens)
        else ""
    )
    return hover(f"{shown.axis}, layer {point.layer}, step {step}", point, *([most] if most else []))


def _below_null(points: Sequence[Point]) -> dict[str, Any]:
    weak = [point for point in points if point.null_high is not None and not point.above_null]
    return {
        "type": "scatter", "x": [point.layer for point in weak], "y": [point.step for point in weak],
        "mode": "markers", "hoverinfo": "skip",
        "marker": {"symbol": "circle", "size": 3.5, "color": INK},
    }  # fmt: skip


def _counts(run: RunData, steps: range) -> list[dict[str, Any]]:
    """How many answers were still running, at the right end of every row."""
    names = []
    for step in steps:
        running = run.one("steps", "answers_running", step=step, role="step") or run.one(
            "steps", "answers_running", step=step
        )
        if running is not None and running.value is not None:
            names.append({
                "text": f"n = {running.value:,.0f}", "xref": "paper", "x": 1.0, "xanchor": "left", "xshift": 8,
                "yref": "y", "y": step,
                "yanchor": "middle", "showarrow": False, "font": {"size": 11, "color": MUTED},
            })  # fmt: skip
    return names
