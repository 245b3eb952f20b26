"""What is read back of a word from the states of every layer, between its certificate and its entropy."""

from collections.abc import Sequence

from infoplane.report._curves import LayerAxis, Trace, curve, layer_axis, level, null_area
from infoplane.report._figure import Figure, Key, Mark
from infoplane.report._house import CONTENT, DASHES, FAINT, INK, LABEL, LENS, MUTED, NULL, axis, layout, upright
from infoplane.report._points import Point, extent, rounded, values
from infoplane.report._recovery import (
    CERTIFIED,
    ENTROPY,
    FANO,
    INFORMATION,
    UNTRAINED,
    USABLE,
    by_layer,
    of_place,
    of_texts,
    pooling_name,
    poolings,
)
from infoplane.report._run_data import RunData
from infoplane.report._words import hover, number, safe

_ABOUT = (
    "At least so much of a word (or a mark) can be read from the states of a layer by a reader fitted on other "
    "documents: I(T;E), a lower bound in bits a word. Usable is what the reader gains over one that knows only the "
    "place of the word. The black line is proven, at all layers at once, with the confidence that the run asked for; "
    "the lines by Fano know only how often a guess is right, and what leaves the figure below says nothing. A fall "
    "towards the last layers shows that less is open to this family of readers, not that it is gone."
)
_LINES = {"fano_information": "1px,3px", "fano_prior_information": "5px,3px", "fano_list_information": "solid"}
_MARKS: dict[str, Mark] = {
    "fano_information": "dotted",
    "fano_prior_information": "dashed",
    "fano_list_information": "line",
}
_AGAIN = "The same for the other states."
_NEAR = 0.4


def draws(runs: Sequence[RunData]) -> list[Figure]:
    """A figure a pooling, all with the same vertical axis so that they can be compared."""
    names = list(dict.fromkeys(name for run in runs for name in poolings(run)))
    if not names:
        return []
    ends = _ends(runs, names)
    return [_draw(runs, pooling, ends, first=pooling == names[0]) for pooling in names]


def _draw(runs: Sequence[RunData], pooling: str, ends: list[float], *, first: bool) -> Figure:
    across, read = layer_axis(runs), by_layer(runs[0], INFORMATION, pooling)
    random = by_layer(runs[0], INFORMATION, pooling, UNTRAINED) if len(runs) == 1 else []
    fano = [name for name in FANO if len(runs) == 1 and by_layer(runs[0], name, pooling)]
    chance = [point for point in read if point.null_high is not None and point.null_high > ends[0]]
    traces = null_area(across.places(runs[0], chance), chance, ends[0])
    traces += [_thin(runs[0], across, name, pooling) for name in fano]
    traces += [_control(runs[0], across, random)] if random else []
    for at in range(len(runs)):
        traces += _curves(runs, at, across, pooling)
    entropy, above = _ceiling(runs, ends)
    rules = [*entropy, *_floor(runs)]
    return Figure(
        name=f"recovery-{pooling}",
        title=f"Read back from the {pooling_name(pooling)}",
        about=_ABOUT if first else _AGAIN,
        traces=traces,
        layout=layout(
            xaxis=across.layout(),
            yaxis=axis(range=ends, zeroline=True, zerolinecolor=FAINT),
            shapes=[shape for shape, _ in rules],
            annotations=[upright(f"I(T;E), bits a word{above}"), *(name for _, name in rules)],
        ),
        legend=(
            Key("read back", "line", (LABEL,)),
            Key("95 % interval", "band", (LABEL,)),
            *([Key("usable, beyond the place", "line", (LENS,))] if _has(runs, USABLE, pooling) else []),
            *([Key("proven", "line", (INK,))] if _has(runs, CERTIFIED, pooling) else []),
            *(Key(FANO[name], _MARKS[name], (FAINT,)) for name in fano),
            *([Key("untrained network", "line", (CONTENT,))] if random else []),
            *([Key("null: states of other texts", "bar", (NULL,))] if len(chance) > 1 else []),
        ),
        height=400,
    )


def _has(runs: Sequence[RunData], quantity: str, pooling: str) -> bool:
    return any(by_layer(run, quantity, pooling) for run in runs)


def _curves(runs: Sequence[RunData], at: int, across: LayerAxis, pooling: str) -> list[Trace]:
    """What is read with its interval, what of it is usable, and what is proven."""
    run, whose = runs[at], f"{safe(runs[at].model)}, " if len(runs) > 1 else ""
    made: list[Trace] = []
    for quantity, colour, name in ((CERTIFIED, INK, "proven"), (USABLE, LENS, "beyond the place")):
        own = by_layer(run, quantity, pooling)
        told = [hover(f"{whose}layer {point.layer}, {name}", point) for point in own]
        line = {"color": colour, "width": 1.6, "dash": DASHES[at]}
        made += [_line(across.places(run, own), own, told, line, marks=len(own) == 1)] if own else []
    own = by_layer(run, INFORMATION, pooling)
    told = [hover(f"{whose}layer {point.layer}, read back", point) for point in own]
    return [*made, *curve(across.places(run, own), own, told, LABEL, run=at)]


def _thin(run: RunData, across: LayerAxis, quantity: str, pooling: str) -> Trace:
    own = by_layer(run, quantity, pooling)
    told = [hover(f"layer {point.layer}, {FANO[quantity]}", point) for point in own]
    return _line(across.places(run, own), own, told, {"color": FAINT, "width": 1.3, "dash": _LINES[quantity]})


def _control(run: RunData, across: LayerAxis, own: Sequence[Point]) -> Trace:
    told = [hover(f"layer {point.layer}, untrained network", point) for point in own]
    return _line(across.places(run, own), own, told, {"color": CONTENT, "width": 1.4, "dash": "solid"})


def _line(xs: Sequence[float], points: Sequence[Point], told: list[str], line: Trace, *, marks: bool = False) -> Trace:
    """A line without a band; a single point is a mark."""
    return {
        "type": "scatter", "x": list(xs), "y": values(points), "mode": "markers" if marks else "lines", "line": line,
        "marker": {"symbol": "line-ew-open", "size": 16, "color": line["color"]},
        "hoverinfo": "text", "hovertext": told,
    }  # fmt: skip


def _ends(runs: Sequence[RunData], names: Sequence[str]) -> list[float]:
    """A range that shows what is read; bounds and nulls far below zero say nothing and may leave it."""
    read = [point for run in runs for name in names for point in by_layer(run, INFORMATION, name)]
    low, high = extent(read, "value", "low", "high")
    heights = [entropy for run in runs if (entropy := _entropy(run))]
    most = max([high, *(height for height in heights if high >= _NEAR * height)])
    return [max(min(low, 0.0), -0.25 * most) - 0.03 * most, 1.1 * most]


def _floor(runs: Sequence[RunData]) -> list[tuple[Trace, Trace]]:
    """A line at what the place of a word tells of it without any state."""
    place = of_place(runs[0], INFORMATION)
    if place is None or place.value is None:
        return []
    return [level(place.value, "the place alone", colour=MUTED, below=True)]


def _entropy(run: RunData) -> float:
    point = of_texts(run, ENTROPY)
    return 0.0 if point is None else point.value or 0.0


def _ceiling(runs: Sequence[RunData], ends: Sequence[float]) -> tuple[list[tuple[Trace, Trace]], str]:
    """A line at what there is to know of a word; in words where it lies far above the figure."""
    heights = sorted({rounded(entropy, 3) or 0.0 for run in runs if (entropy := _entropy(run))})
    inside = [height for height in heights if height <= ends[1]]
    beyond = [f"{number(height)}" for height in heights if height > ends[1]]
    above = f" (H(T) = {' and '.join(beyond)}, far above)" if beyond else ""
    told = [(height, f"H(T) = {number(height, 'bits')}") for height in inside]
    return [level(height, text, below=len(told) > 1 and at == 0) for at, (height, text) in enumerate(told)], above
