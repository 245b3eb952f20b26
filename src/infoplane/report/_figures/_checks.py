"""How far the labels' directions can be trusted, by layer: sign rate, agreement, size."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from infoplane.report._curves import LayerAxis, Trace, layer_axis, level
from infoplane.report._figure import Figure, Key
from infoplane.report._house import DASHES, FAINT, LABEL, axis, layout, upright
from infoplane.report._points import Point, rounded
from infoplane.report._run_data import RunData
from infoplane.report._words import number, safe


@dataclass(frozen=True, slots=True)
class Check:
    """A quantity every label has at every layer."""

    quantity: str
    title: str
    about: str
    axis: str


CHECKS = (
    Check(
        "sign_rate",
        "Do unseen pairs agree with the direction?",
        "Share of held-out contrast pairs that point the same way as their label's direction. Half is chance; below "
        "75 % the direction is weak and its label should be read with care.",
        "pairs that agree",
    ),
    Check(
        "agreement",
        "Is it the same direction in both halves?",
        "Cosine between the directions made from two halves of the pairs. Near one, more contexts would change little.",
        "cosine of the halves",
    ),
    Check(
        "size",
        "How long the directions are",
        "The natural size of the shift that a label causes, in units of the activations. It usually grows with depth; "
        "a dose is given relative to it.",
        "size, activation units",
    ),
)
_WEAK = 75.0


def draw(runs: Sequence[RunData], check: Check) -> Figure | None:
    """Every label as a thin line, their median as a thick one; None without rows."""
    across = layer_axis(runs)
    traces = [trace for at, run in enumerate(runs) for trace in _labels(run, check, across, at, len(runs) > 1)]
    if not traces:
        return None
    shape, name = level(_WEAK, "weak below", below=True)
    bounded = check.quantity == "sign_rate"
    return Figure(
        name=check.quantity.replace("_", "-"),
        title=check.title,
        about=check.about,
        traces=traces,
        layout=layout(
            xaxis=across.layout(),
            yaxis=axis(ticksuffix=" %", range=[_least(traces) - 3, 102]) if bounded else axis(rangemode="tozero"),
            shapes=[shape] if bounded else [],
            annotations=[upright(check.axis), *([name] if bounded else [])],
        ),
        legend=(Key("median of the labels", "line", (LABEL,)), Key("each label", "line", (FAINT,))),
        height=290,
    )


def _labels(run: RunData, check: Check, across: LayerAxis, at: int, name: bool) -> list[Trace]:
    points = run.by_layer("space", check.quantity)
    if not points:
        return []
    by_label: dict[str, list[Point]] = {}
    for point in points:
        by_label.setdefault(str(point.row.get("label")), []).append(point)
    whose = f"{safe(run.model)}, " if name else ""
    return [
        *(_thin(run, label, own, across, whose) for label, own in by_label.items()),
        _median(run, points, across, at, whose),
    ]


def _thin(run: RunData, label: str, points: Sequence[Point], across: LayerAxis, whose: str) -> Trace:
    """One label; its hover box is put together by the page, since there may be very many of them."""
    where = "depth" if across.relative else "layer"
    unit = "\u202f%" if points[0].unit == "%" else ""
    return {
        "type": "scatter", "x": across.places(run, points), "y": [rounded(point.value, 3) for point in points],
        "mode": "lines",
        "name": safe(label),
        "hovertemplate": f"<b>%{{fullData.name}}</b><br>{whose}{where} %{{x}}: %{{y:.3~g}}{unit}<extra></extra>",
        "line": {"color": FAINT, "width": 0.8}, "opacity": 0.75,
    }  # fmt: skip


def _median(run: RunData, points: Sequence[Point], across: LayerAxis, at: int, whose: str) -> dict[str, Any]:
    by_layer: dict[int, list[float]] = {}
    for point in points:
        by_layer.setdefault(point.layer or 0, []).append(point.value or 0.0)
    layers, middles = list(by_layer), [median(own) for own in by_layer.values()]
    return {
        "type": "scatter", "x": [across.at(run, layer) for layer in layers],
        "y": [rounded(value) for value in middles], "mode": "lines",
        "line": {"color": LABEL, "width": 2.4, "dash": DASHES[at]}, "hoverinfo": "text",
        "hovertext": [
            f"<b>{whose}layer {layer}</b><br>median of the labels {number(value, points[0].unit)}"
            for layer, value in zip(layers, middles, strict=True)
        ],
    }  # fmt: skip


def _least(traces: Sequence[Trace]) -> float:
    return float(min([_WEAK - 10, *(value for trace in traces for value in trace["y"] if value is not None)]))
