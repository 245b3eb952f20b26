"""Key steps: what a change of the states does to the answers, step by layer, beside the same with other subspaces."""

from collections.abc import Sequence
from typing import Any

from infoplane.report._curves import Trace
from infoplane.report._figure import AGAIN, Figure, Key
from infoplane.report._figures._step_map import row_name
from infoplane.report._house import DIVERGING, EMPTY, INK, axis, layout, scale
from infoplane.report._key_steps import KINDS, MEASURE, OPERATIONS, Grid, Place, largest_change, mapped, ordered
from infoplane.report._points import rounded
from infoplane.report._run_data import RunData
from infoplane.report._words import MINUS, QUANTITIES, hover, number, whole

_READ = (
    "Each cell: accuracy with the change minus accuracy without, in points, on the same items. Rows are decoding steps "
    "with the token most often emitted there, step 0 the content of the prompt; columns are the layers that were "
    "changed. First the subspace of the item's own label, then the null: as many dimensions of the same size, chosen "
    "at random. Only what the first panel shows beyond it is about the label. A dot marks a cell that differs from its "
    "control no more than chance does: the random subspace, and for that no change."
)
_DONE = {"add": "added", "subtract": "subtracted", "erase": "erased"}
_BESIDE = ("steered_macro_f1", "label_information")
_HEADS = 112


def draw(run: RunData, operation: str, runs: Sequence[RunData]) -> Figure | None:
    """The panels of one operation, their colours shared with those of all others; None without cells."""
    found = mapped(run, operation)
    if not found:
        return None
    places = [place for grid in found for place in grid.cells]
    steps, layers = ordered([place.steps for place in places]), ordered([place.layers for place in places])
    top = largest_change(runs)
    panels = [_panel(run, at, grid, steps, layers, top) for at, grid in enumerate(found)]
    title = f"Step by layer: the label is {_DONE[operation]}"
    return Figure(
        name=f"key-map-{operation}" + (f"-{runs.index(run)}" if len(runs) > 1 else ""),
        title=title if len(runs) == 1 else f"{title}: {run.model}",
        about=_about(run, operation) if run is runs[0] else AGAIN,
        traces=[trace for panel in panels for trace in panel],
        layout=_layout(run, found, steps, layers),
        legend=(
            Key(f"{MINUS}{number(top, 'points')}", "ramp", DIVERGING, to=f"+{number(top, 'points')}"),
            Key("no more than its control", "small", (INK,)),
        ),
        height=_HEADS + 30 * len(steps),
        overlaid=False,
        extra={"panels": len(found)},
    )


def _about(run: RunData, operation: str) -> str:
    """How to read the map is told once."""
    first = next(one for one in OPERATIONS if mapped(run, one))
    return _READ if operation == first else "Read as the map before, in the same colours."


def _panel(run: RunData, at: int, grid: Grid, steps: Sequence[str], layers: Sequence[str], top: float) -> list[Trace]:
    """The cells of one panel and the dots on those that do no more than their control."""
    rows = [[place if (place := Place(step, layer)) in grid.cells else None for layer in layers] for step in steps]
    unclear = [(layers.index(place.layers), steps.index(place.steps)) for place in grid.unclear()]
    axes = {"xaxis": f"x{_suffix(at)}", "yaxis": f"y{_suffix(at)}"}
    cells = {
        "type": "heatmap", "zmin": -top, "zmax": top, "colorscale": scale(DIVERGING), "showscale": False, "xgap": 1,
        "x": list(range(len(layers))), "y": list(range(len(steps))), "ygap": 2, "hoverongaps": False,
        "z": [[rounded(grid.change(place), 3) if place else None for place in row] for row in rows],
        "hovertext": [[told(run, grid, place) if place else "" for place in row] for row in rows],
        "hoverinfo": "text",
    }  # fmt: skip
    dots = {
        "type": "scatter", "mode": "markers", "x": [x for x, _ in unclear], "y": [y for _, y in unclear],
        "hoverinfo": "skip", "marker": {"symbol": "circle", "size": 3.5 if len(layers) <= 16 else 2, "color": INK},
    }  # fmt: skip
    return [cells | axes, dots | axes]


def told(run: RunData, grid: Grid, place: Place) -> str:
    """The hover box of a place: accuracy, its change, and the other numbers there."""
    point, gap = grid.cells[place], grid.change(place)
    coordinates = {name: point.row.get(name) for name in ("method", "step", "layer", "role")}
    beside = [
        f"{QUANTITIES.get(quantity, 'macro-F1')} {whole(found)}"
        for quantity in _BESIDE
        if (found := run.one(MEASURE, quantity, **coordinates)) is not None
    ]
    title = f"{KINDS[grid.kind]}, layers {place.layers}, steps {place.steps}"
    return hover(title, point, f"change {'+' if gap > 0 else ''}{number(gap, 'points')}", *beside)


def _layout(run: RunData, found: Sequence[Grid], steps: Sequence[str], layers: Sequence[str]) -> dict[str, Any]:
    """Panels beside each other over the same steps; the page's script puts them below each other where it is narrow."""
    shown = list(range(0, len(layers), max(1, round(len(layers) / 12))))
    across = {"tickvals": shown, "ticktext": [layers[layer] for layer in shown], "range": [-0.5, len(layers) - 0.5]}
    down = {
        "tickvals": list(range(len(steps))), "ticktext": [_step_name(run, step) for step in steps],
        "range": [len(steps) - 0.5, -0.5],
    }  # fmt: skip
    axes: dict[str, Any] = {}
    for at in range(len(found)):
        suffix, ends = _suffix(at), [at / len(found) + (0.03 if at else 0.0), (at + 1) / len(found)]
        axes[f"xaxis{suffix}"] = _side("layers", domain=ends, anchor=f"y{suffix}", **across)
        axes[f"yaxis{suffix}"] = _side("", anchor=f"x{suffix}", showticklabels=at == 0, **down)
    names = [_heading(at, KINDS[grid.kind]) for at, grid in enumerate(found)]
    return layout(plot_bgcolor=EMPTY, annotations=names, margin={"l": 44, "r": 12, "t": 34, "b": 44}, **axes)


def _suffix(at: int) -> str:
    """What plotly adds to the names of the axes of a panel."""
    return str(at + 1) if at else ""


def _side(title: str, **more: Any) -> dict[str, Any]:
    return axis(title, showgrid=False, tickcolor="rgba(0,0,0,0)", **more)


def _heading(at: int, text: str) -> dict[str, Any]:
    """The name of a panel, at its upper left corner wherever the panel stands."""
    return {
        "text": f"<b>{text}</b>", "xref": f"x{_suffix(at)} domain", "x": 0, "xanchor": "left", "showarrow": False,
        "yref": f"y{_suffix(at)} domain", "y": 1, "yanchor": "bottom", "yshift": 6, "font": {"size": 12, "color": INK},
    }  # fmt: skip


def _step_name(run: RunData, step: str) -> str:
    return row_name(run, int(step)) if step.isdecimal() and int(step) else step
