"""I(T;Y) by layer with interval, null and ceiling."""

from collections.abc import Sequence

from infoplane.report._best import roles
from infoplane.report._curves import curve, layer_axis, level, null_area, room
from infoplane.report._figure import Figure, Key
from infoplane.report._house import CONTENT, LABEL, MUTED, NULL, axis, layout, upright
from infoplane.report._points import Point
from infoplane.report._run_data import RunData
from infoplane.report._words import STATES, hover, number, safe

_ABOUT = (
    "How much a simple probe can say about the label from the state of each layer, on samples it was not fitted to: a "
    "lower bound, in bits. The right scale is the share of the ceiling H(Y), what a perfect reader would say. Values "
    "inside the grey area are no evidence: shuffled labels reach it in up to 5 % of draws."
)
_COLOURS = {"last": LABEL, "content": CONTENT}


def draw(runs: Sequence[RunData]) -> Figure | None:
    """One curve a state and run, or None without rows."""
    found = [
        (at, role, run.by_layer("plane", "label_information", role=role))
        for at, run in enumerate(runs)
        for role in roles(run)
    ]
    if not found:
        return None
    points = [point for _, _, own in found for point in own]
    ceilings = sorted({point.ceiling for point in points if point.ceiling})
    floor, top = room(points, most=ceilings[-1] if ceilings else None)
    top = max(top, 1.07 * ceilings[-1]) if ceilings else top
    across = layer_axis(runs)
    traces = []
    for at, role, own in found:
        xs = across.places(runs[at], own)
        traces += null_area(xs, own, floor) if at == 0 and role == found[0][1] else []
        traces += curve(xs, own, _told(runs, at, role, own), _COLOURS[role], run=at)
    rules = [level(ceiling, f"H(Y) = {number(ceiling, 'bits')}") for ceiling in ceilings[-2:]]
    return Figure(
        name="information",
        title="Information about the label",
        about=_ABOUT,
        traces=[*traces, *_share_trace(ceilings)],
        layout=layout(
            xaxis=across.layout(),
            yaxis=axis(range=[floor, top]),
            shapes=[shape for shape, _ in rules],
            annotations=[upright("I(T;Y), bits"), *(name for _, name in rules)],
            **_share_axis(ceilings, floor, top),
        ),
        legend=(
            *(Key(STATES[role], "line", (_COLOURS[role],)) for role in dict.fromkeys(role for _, role, _ in found)),
            Key("95 % interval", "band", (LABEL,)),
            Key("null: shuffled labels", "bar", (NULL,)),
        ),
        height=400,
    )


def _told(runs: Sequence[RunData], at: int, role: str, own: Sequence[Point]) -> list[str]:
    whose = f"{safe(runs[at].model)}, " if len(runs) > 1 else ""
    return [hover(f"{whose}layer {point.layer}, {STATES[role]}", point) for point in own]


def _share_axis(ceilings: Sequence[float], floor: float, top: float) -> dict[str, object]:
    """The same axis in percent of the ceiling, where all numbers share one."""
    if len(ceilings) != 1:
        return {}
    ends = [100 * floor / ceilings[0], 100 * top / ceilings[0]]
    scale = axis(
        overlaying="y",
        side="right",
        range=ends,
        ticksuffix=" %",
        showgrid=False,
        tick0=0,
        dtick=20,
        tickfont={"color": MUTED},
    )
    return {"yaxis2": scale}


def _share_trace(ceilings: Sequence[float]) -> list[dict[str, object]]:
    """A trace without points: an axis that no trace uses is not drawn."""
    return (
        [{"type": "scatter", "x": [None], "y": [None], "yaxis": "y2", "hoverinfo": "skip"}]
        if len(ceilings) == 1
        else []
    )
