"""A training epoch by epoch: the held-out metric above, the terms of the training loss below."""

from collections.abc import Sequence
from typing import Any

from infoplane.report._curves import Trace, curve, null_area, room
from infoplane.report._figure import Figure, Key
from infoplane.report._house import ANSWER, CONTENT, INK, INPUT, LABEL, LENS, MUTED, NULL, axis, layout, upright
from infoplane.report._points import Point, rounded
from infoplane.report._run_data import RunData
from infoplane.report._training import LOSS, by_epoch, chosen_epoch, losses, method_of, metric_name, metrics, result
from infoplane.report._words import hover, safe

_ABOUT = (
    "Top: the metric that chooses the epoch, on examples that are not learnt, with its interval. The diamond is the "
    "chosen epoch on the test split, which is looked at once. Bottom: the terms of the training loss in nats, each the "
    "mean over the steps of the epoch. A metric that falls while the loss goes on falling is overfitting."
)
_COLOURS = (INK, INPUT, ANSWER, LENS, CONTENT, MUTED)


def draw(runs: Sequence[RunData]) -> Figure | None:
    """Both panels over the same epochs; None without epochs."""
    found = [(at, run, metrics(run)[0]) for at, run in enumerate(runs) if metrics(run)]
    curves = {at: by_epoch(run, metric) for at, run, metric in found}
    terms = {at: losses(run) for at, run, _ in found}
    points = [point for own in curves.values() for point in own]
    if not points:
        return None
    tested = {at: end for at, run, metric in found if (end := result(run, metric)) is not None}
    names = list(dict.fromkeys(name for own in terms.values() for name in own))
    floor, top = room([*points, *tested.values()])
    traces: list[Trace] = []
    for at, run, metric in found:
        whose, xs = _whose(runs, at), _epochs(curves[at])
        traces += null_area(xs, curves[at], floor) if at == found[0][0] else []
        named = f"{whose}{metric_name(metric)}"
        told = [hover(f"{named}, epoch {x:.0f}", point) for x, point in zip(xs, curves[at], strict=True)]
        traces += curve(xs, curves[at], told, LABEL, run=at)
        traces += [_tested(run, whose, at, tested[at])] if at in tested else []
        for name, own in terms[at].items():
            traces += _term(f"{whose}{safe(name.replace('_', ' '))}", own, _COLOURS[names.index(name) % 6], at)
    return Figure(
        name="training",
        title="Epoch by epoch",
        about=_ABOUT,
        traces=traces,
        layout=_panels(found[0][2], points, [floor, top], bool(names)),
        legend=(
            Key(f"{metric_name(found[0][2])}, held out", "line", (LABEL,)),
            *([Key("test, chosen epoch", "dot", (INPUT,))] if tested else []),
            *(Key(name.replace("_", " "), "line", (_COLOURS[at % 6],)) for at, name in enumerate(names)),
            *([Key("null: shuffled labels", "bar", (NULL,))] if points[0].null_high is not None else []),
        ),
        height=470 if names else 300,
    )


def _whose(runs: Sequence[RunData], at: int) -> str:
    return f"{safe(runs[at].model)}, {safe(method_of(runs[at]))}: " if len(runs) > 1 else ""


def _epochs(points: Sequence[Point]) -> list[float]:
    return [float(point.row.get("epoch") or 0) for point in points]


def _term(name: str, points: Sequence[Point], colour: str, run: int) -> list[Trace]:
    """A term of the loss: its line alone, as a mean over steps has no interval."""
    xs = _epochs(points)
    told = [hover(f"{name}, epoch {x:.0f}", point) for x, point in zip(xs, points, strict=True)]
    return curve(xs, points, told, colour, run=run, axis="y2")


def _tested(run: RunData, whose: str, at: int, point: Point) -> Trace:
    """The chosen epoch on the test split, with its interval."""
    value = point.value or 0.0
    ends = [0.0 if end is None else abs(end - value) for end in (point.low, point.high)]
    return {
        "type": "scatter", "x": [chosen_epoch(run)], "y": [rounded(point.value)], "mode": "markers",
        "hoverinfo": "text", "hovertext": [hover(f"{whose}test, epoch {chosen_epoch(run)}", point)],
        "error_y": {
            "type": "data", "symmetric": False, "array": [rounded(ends[1])], "arrayminus": [rounded(ends[0])],
            "color": INPUT, "thickness": 1.6, "width": 5,
        },
        "marker": {"symbol": ("diamond", "diamond-open")[at], "size": 11, "color": INPUT},
    }  # fmt: skip


def _panels(metric: str, points: Sequence[Point], ends: list[float], terms: bool) -> dict[str, Any]:
    last = max(_epochs(points))
    first = min(_epochs(points))
    every = {"dtick": 1} if last - first <= 15 else {"tickformat": "d", "nticks": 12}
    pad = 0.04 * (last - first) or 0.5
    across = {"range": [first - pad, last + pad], "showgrid": False, "anchor": "y2" if terms else "y", **every}
    percent = points[0].unit == "%"
    panels: dict[str, Any] = {
        "xaxis": axis("epoch", **across),
        "yaxis": axis(range=ends, domain=[0.5, 1] if terms else [0, 1], ticksuffix=" %" if percent else ""),
    }
    names = [upright(f"{metric_name(metric)}, held out")]
    if terms:
        panels["yaxis2"] = axis(domain=[0, 0.38], rangemode="tozero", nticks=5)
        names.append(upright(f"{LOSS.replace('_', ' ')}, nats", y=0.38))
    return layout(annotations=names, **panels)
