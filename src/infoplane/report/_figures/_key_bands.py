"""Key steps in bands: the accuracy after a change of whole ranges of steps or layers, with intervals and controls."""

from collections.abc import Sequence
from typing import Any

from infoplane.report._figure import AGAIN, Figure, Key
from infoplane.report._figures._key_steps import told
from infoplane.report._figures._step_map import row_name
from infoplane.report._house import INK, INPUT, LABEL, MUTED, axis, layout
from infoplane.report._key_steps import ALL, KINDS, MEASURE, OPERATIONS, Grid, Place, bands, ordered
from infoplane.report._run_data import RunData
from infoplane.report._strokes import Stroke, names_axis, rule, traces, word
from infoplane.report._words import DASH, number

_ABOUT = (
    "Accuracy when the states are changed at these steps and layers. Blue, the direction of the item's own label: the "
    "gold label is used, so this is an oracle and no method. Grey, a random direction of the same size, and red, that "
    "of another label: what any push does, and what a wrong one does. The line is the accuracy without a change. Steps "
    "at which blue leaves the line and grey does not are key steps. "
)
_DOES = {
    "add": "Here the direction is added.",
    "subtract": "Here the direction is subtracted: what falls is pushed away from its label.",
    "erase": "Here the direction is taken out of the states: what falls needed it; what does not fall is held "
    "elsewhere too.",
}
_TITLES = {"add": "Adding the label", "subtract": "Subtracting the label", "erase": "Erasing the label"}
_COLOURS = dict(zip(KINDS, (LABEL, INPUT, MUTED), strict=True))


def draw(run: RunData, operation: str, runs: Sequence[RunData]) -> Figure | None:
    """A row for every place that is more than one cell of the map; None without such rows."""
    found = bands(run, operation)
    if not found:
        return None
    places = _places(found)
    strokes = [
        Stroke(places.index(place) + 0.24 * (at - (len(found) - 1) / 2), grid.cells[place], told(run, grid, place),
               _COLOURS[grid.kind], hollow=place in grid.unclear())
        for at, grid in enumerate(found)
        for place in grid.cells
    ]  # fmt: skip
    last_band = sum(not place.steps.isdecimal() for place in places)
    first = next(one for one in OPERATIONS if bands(run, one))
    about = f"{_ABOUT if operation == first else ''}{_DOES[operation]}{_where(places)}"
    return Figure(
        name=f"key-{operation}" + (f"-{runs.index(run)}" if len(runs) > 1 else ""),
        title=_TITLES[operation] if len(runs) == 1 else f"{_TITLES[operation]}: {run.model}",
        about=about if run is runs[0] else AGAIN,
        traces=traces(strokes),
        layout=layout(
            xaxis=axis("accuracy", range=[-3, 103], ticksuffix=" %"),
            yaxis=names_axis([_name(run, place, places) for place in places]),
            shapes=[_plain(run), *([rule(last_band - 0.5)] if 0 < last_band < len(places) else [])],
            annotations=[
                word(places.index(place), _change(grid.change(place)), strong=place not in grid.unclear())
                for grid in found
                if grid.kind == "oracle"
                for place in grid.cells
            ],
            margin={"l": 44, "r": 62, "t": 10, "b": 44},
        ),
        legend=(
            *(Key(KINDS[grid.kind], "dot", (_COLOURS[grid.kind],)) for grid in found),
            Key("no more than its control", "open", (INK,)),
        ),
        height=84 + 40 * len(places),
        overlaid=False,
    )


def _places(found: Sequence[Grid]) -> list[Place]:
    """Bands of layers at many steps first, then single steps in a band."""
    every = {place for grid in found for place in grid.cells}
    steps, layers = ordered([place.steps for place in every]), ordered([place.layers for place in every])
    return sorted(every, key=lambda at: (at.steps.isdecimal(), steps.index(at.steps), layers.index(at.layers)))


def _alone(places: Sequence[Place]) -> list[str]:
    """The layers of the rows of one step."""
    return list(dict.fromkeys(place.layers for place in places if place.steps.isdecimal()))


def _where(places: Sequence[Place]) -> str:
    """The layers of all rows that name a step alone, where they share them."""
    layers = _alone(places)
    return f" Single steps are changed in layers {layers[0].replace('-', DASH)}." if len(layers) == 1 else ""


def _name(run: RunData, place: Place, places: Sequence[Place]) -> str:
    """The place in a few letters, a single step with its token."""
    layers = f"layer{'' if place.layers.isdecimal() else 's'} {place.layers}".replace("-", DASH)
    layers = "all layers" if place.layers == ALL else layers
    if not place.steps.isdecimal():
        return layers if place.steps == ALL else f"{layers}, steps {place.steps.replace('-', DASH)}"
    step = "the prompt" if place.steps == "0" else f"step {row_name(run, int(place.steps))}"
    return step if len(_alone(places)) == 1 else f"{layers}, {step}"


def _change(gap: float) -> str:
    return f"{'+' if gap > 0 else ''}{number(gap, '%').removesuffix('%').strip()} pts"


def _plain(run: RunData) -> dict[str, Any]:
    """The accuracy without a change as an upright line."""
    plain = run.one(MEASURE, "steered_accuracy", method="plain")
    x = 0.0 if plain is None else plain.value
    return {
        "type": "line", "xref": "x", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "layer": "below",
        "line": {"color": INK, "width": 1.3, "dash": "4px,4px"},
    }  # fmt: skip
