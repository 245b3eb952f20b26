"""The same two numbers over the layers, one panel below the other."""

from collections.abc import Sequence

from infoplane.report._curves import Trace, curve, layer_axis, null_area, room
from infoplane.report._figure import Figure, Key
from infoplane.report._house import FAINT, INPUT, LABEL, NULL, axis, layout, upright
from infoplane.report._points import Point, values
from infoplane.report._read_write import MEASURE
from infoplane.report._run_data import RunData
from infoplane.report._words import hover, safe

_ABOUT = (
    "Above, what a probe reads at each layer; below, by how much a nat of dose at that layer alone moves the log-odds "
    "of the label it was told, averaged over prompts. Grey above: what shuffled labels reach. Grey below: what random "
    "directions of the same dose do, with what chance adds; inside it, the direction writes nothing of its own. Below "
    "zero, it pushes away from its label."
)
_PANELS = (("label_information", "read: I(T;Y)", LABEL, "y"), ("write_gain", "written: log-odds per nat", INPUT, "y2"))


def draw(runs: Sequence[RunData]) -> Figure | None:
    """Two panels over the same layers, or None without rows of writing."""
    if not any(run.has(MEASURE, "write_gain") for run in runs):
        return None
    across = layer_axis(runs)
    traces: list[Trace] = []
    ends: list[list[float]] = []
    for quantity, name, colour, side in _PANELS:
        shown: list[Point] = []
        for at, run in enumerate(runs):
            own = run.by_layer(MEASURE, quantity)
            xs, whose = across.places(run, own), f"{safe(run.model)}, " if len(runs) > 1 else ""
            told = [hover(f"{whose}{name}, layer {point.layer}", point) for point in own]
            traces += _null(xs, own, quantity, side) if at == 0 else []
            traces += curve(xs, own, told, colour, run=at, axis=side)
            shown += own
        ends.append(room(shown, least=min((point.null_low or 0.0 for point in shown), default=0.0)))
    return Figure(
        name="read-write-layers",
        title="Reading and writing by layer",
        about=_ABOUT,
        traces=traces,
        layout=layout(
            xaxis=across.layout(anchor="y2"),
            yaxis=axis(range=ends[0], domain=[0.56, 1], nticks=6),
            yaxis2=axis(range=ends[1], domain=[0, 0.42], nticks=6, zeroline=True, zerolinecolor="#5b6570"),
            annotations=[upright("bits read"), upright("log-odds moved per nat of dose", y=0.42)],
        ),
        legend=(*(Key(name, "line", (colour,)) for _, name, colour, _ in _PANELS), Key("null", "bar", (NULL,))),
        height=470,
    )


def _null(xs: Sequence[float], own: Sequence[Point], quantity: str, side: str) -> list[Trace]:
    """What shuffled labels reach; for writing, what random directions do and chance around it, on both sides."""
    if quantity != "write_gain":
        return null_area(xs, own, room(own)[0], axis=side)
    known = [(x, point) for x, point in zip(xs, own, strict=True) if point.null_low is not None]
    there, back = [point for _, point in known], [point for _, point in known[::-1]]
    return [{
        "type": "scatter", "x": [x for x, _ in known] + [x for x, _ in known[::-1]], "yaxis": side,
        "y": values(there, "null_low") + values(back, "null_high"), "mode": "lines",
        "fill": "toself", "fillcolor": NULL, "line": {"width": 0, "color": FAINT}, "hoverinfo": "skip",
    }]  # fmt: skip
