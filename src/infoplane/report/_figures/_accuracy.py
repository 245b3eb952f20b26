"""How often the label is named right: by a probe and by the logit lens at each layer, by the prompt, by the answer."""

from collections.abc import Sequence
from typing import Any

from infoplane.report._best import roles
from infoplane.report._curves import Trace, curve, layer_axis, null_area
from infoplane.report._figure import Figure, Key
from infoplane.report._house import ANSWER, DASHES, INK, LABEL, LENS, NULL, axis, layout, shade, upright
from infoplane.report._points import Point, extent
from infoplane.report._run_data import RunData
from infoplane.report._words import hover, safe

_ABOUT = (
    "The same samples, read four ways. Where the probe stands above the prompt, the label is readable by a probe, but "
    "not in the model's answer. The logit lens shows from which layer on the model's own output head can "
    "read it. Level lines belong to the whole model, not to a layer."
)
_CURVES = (("probe_accuracy", "probe", LABEL), ("lens_accuracy", "logit lens, first label token", LENS))
_LEVELS = (
    ("plane", "prompt_accuracy", "prompt, label scored", INK),
    ("steps", "answer_accuracy", "greedy answer", ANSWER),
)


def draw(runs: Sequence[RunData]) -> Figure | None:
    """Curves and level lines, or None without any curve."""
    across = layer_axis(runs)
    traces: list[Trace] = []
    shown: list[Point] = []
    keys: dict[str, Key] = {}
    for at, run in enumerate(runs):
        for quantity, name, colour in _CURVES:
            own = run.by_layer("plane", quantity, role=next(iter(roles(run)), None))
            if not own:
                continue
            xs = across.places(run, own)
            traces += null_area(xs, own, 0.0) if at == 0 and not shown else []
            traces += curve(
                xs,
                own,
                [hover(f"{_whose(runs, at)}{name}, layer {point.layer}", point) for point in own],
                colour,
                run=at,
            )
            keys[name] = Key(name, "line", (colour,))
            shown += own
    if not shown:
        return None
    for measure, quantity, name, colour in _LEVELS:
        for at, run in enumerate(runs):
            if point := run.one(measure, quantity):
                traces += _level(across.layout()["range"], point, f"{_whose(runs, at)}{name}", colour, at)
                keys[name] = Key(name, "line", (colour,))
                shown.append(point)
    return Figure(
        name="accuracy",
        title="Readable and used",
        about=_ABOUT,
        traces=traces,
        layout=layout(
            xaxis=across.layout(),
            yaxis=axis(range=[0, min(102.0, 1.12 * extent(shown, "high", "value")[1])], ticksuffix=" %"),
            annotations=[upright("accuracy")],
        ),
        legend=(*keys.values(), Key("null: shuffled labels", "bar", (NULL,))),
        height=380,
    )


def _whose(runs: Sequence[RunData], at: int) -> str:
    return f"{safe(runs[at].model)}, " if len(runs) > 1 else ""


def _level(ends: Sequence[float], point: Point, name: str, colour: str, run: int) -> list[dict[str, Any]]:
    """A number of no layer: a level line with its interval, with points along it so that it answers to the pointer."""
    xs = [ends[0] + (ends[1] - ends[0]) * at / 24 for at in range(25)]
    line = {
        "type": "scatter", "x": xs, "y": [point.value] * len(xs), "mode": "lines", "hoverinfo": "text",
        "hovertext": hover(name, point),
        "line": {"color": colour, "width": 2.4 if colour == INK else 1.4, "dash": DASHES[run]},
    }  # fmt: skip
    if point.low is None or point.high is None:
        return [line]
    band = {
        "type": "scatter", "x": [ends[0], ends[1], ends[1], ends[0]],
        "y": [point.low, point.low, point.high, point.high], "mode": "lines",
        "fill": "toself", "fillcolor": shade(colour, 0.08), "line": {"width": 0, "color": colour}, "hoverinfo": "skip",
    }  # fmt: skip
    return [band, line]
