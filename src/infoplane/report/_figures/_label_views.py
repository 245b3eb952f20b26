"""The labels' directions in their first two and three principal coordinates."""

from collections.abc import Sequence
from typing import Any

from infoplane.report._figure import AGAIN, Figure, Key
from infoplane.report._figures._similarity import colours
from infoplane.report._house import FAINT, RAMP, axis, layout, upright
from infoplane.report._points import rounded
from infoplane.report._run_data import RunData
from infoplane.report._words import number, safe, short, whole

_FLAT = (
    "The directions at their natural size, seen along the two axes in which they differ most. Distances on the page "
    "are distances between directions. Neighbours in the map beside have like colours. Names that would overlap are "
    "left to the pointer."
)
_TURNED = (
    "The same directions with the third axis. Drag the figure or move the sliders to turn it; parallel projection, so "
    "lengths along a direction stay comparable. Stems lead down to the floor of the first two axes; nearer marks are "
    "larger."
)


def draw_flat(run: RunData, runs: Sequence[RunData]) -> Figure | None:
    """First against second coordinate; None without coordinates."""
    if not run.space.get("coordinates"):
        return None
    across, up = _titles(run)[:2]
    points = [[rounded(value) for value in row[:2]] for row in run.space["coordinates"]]
    return Figure(
        name=_named("labels", run, runs),
        title=_title("The labels in two dimensions", run, runs),
        about=_FLAT if run is runs[0] else AGAIN,
        traces=[_marks(run) | {"x": [x for x, _ in points], "y": [y for _, y in points]}],
        layout=layout(
            xaxis=axis(across, zeroline=True, zerolinecolor=FAINT, showgrid=False),
            yaxis=axis(
                zeroline=True, zerolinecolor=FAINT, showgrid=False, scaleanchor="x", scaleratio=1, automargin=False
            ),  # with one scale for both axes, a margin that fits itself to the ticks may never come to rest
            annotations=[upright(up)],
        ),
        legend=(Key("colour: place in the map", "ramp", RAMP, to=""),),
        height=470,
        overlaid=False,
        extra={"names": _short_names(run)},
    )


def draw_turned(run: RunData, runs: Sequence[RunData]) -> Figure | None:
    """All three coordinates, projected by the page itself; None without coordinates or with all third ones zero."""
    coordinates = run.space.get("coordinates") or []
    if not any(row[2] for row in coordinates):
        return None
    bare = {"visible": False, "showgrid": False, "zeroline": False}
    return Figure(
        name=_named("turned", run, runs),
        title=_title("The labels in three dimensions", run, runs),
        about=_TURNED if run is runs[0] else AGAIN,
        traces=[_marks(run) | {"x": [0.0] * len(coordinates), "y": [0.0] * len(coordinates)}],
        layout=layout(
            xaxis=bare, yaxis=bare | {"scaleanchor": "x", "scaleratio": 1}, margin={"l": 8, "r": 8, "t": 8, "b": 8}
        ),
        legend=(Key("colour: place in the map", "ramp", RAMP, to=""),),
        height=500,
        overlaid=False,
        extra={
            "names": _short_names(run),
            "turn": [[rounded(value) for value in row] for row in coordinates],
            "axes": [title.split(",")[0] for title in _titles(run)],
        },
    )


def _marks(run: RunData) -> dict[str, Any]:
    hues = colours(run.space)
    return {
        "type": "scatter", "mode": "markers+text", "hovertext": _told(run),
        "hoverinfo": "text", "textfont": {"size": 11.5}, "cliponaxis": False,
        "marker": {"size": 10, "color": hues, "line": {"color": "#ffffff", "width": 1}},
    }  # fmt: skip


def _told(run: RunData) -> list[str]:
    """Every label with its coordinates, and its sign rate at the layer shown."""
    rates = {point.row.get("label"): point for point in run.find("space", "sign_rate", layer=run.space.get("layer"))}
    told = []
    for label, row in zip(run.space["labels"], run.space["coordinates"], strict=True):
        places = f"at {', '.join(number(value) for value in row)}"
        rate = f"<br>sign rate {whole(rates[label])}" if label in rates else ""
        told.append(f"<b>{safe(label)}</b><br>{places}{rate}")
    return told


def _short_names(run: RunData) -> list[str]:
    return [short(label, 16) for label in run.space["labels"]]


def _titles(run: RunData) -> list[str]:
    explained = run.space.get("explained") or []
    shares = [f", {100 * share:.0f} % of the spread" for share in explained] + [""] * 3
    return [f"axis {at + 1}{shares[at]}" for at in range(3)]


def _named(name: str, run: RunData, runs: Sequence[RunData]) -> str:
    return f"{name}-{runs.index(run)}" if len(runs) > 1 else name


def _title(title: str, run: RunData, runs: Sequence[RunData]) -> str:
    return f"{title}: {run.model}" if len(runs) > 1 else title
