"""How often words of a group are read back right: by frequency and by class, where most is read and at the end."""

from collections.abc import Sequence

from infoplane.report._figure import AGAIN, Figure, Key
from infoplane.report._house import INPUT, LABEL, axis, layout
from infoplane.report._points import extent
from infoplane.report._recovery import ACCURACY, MEASURE, STATE, at_layer, groups, last, peak, pooling_name, poolings
from infoplane.report._run_data import RunData
from infoplane.report._strokes import Stroke, names_axis, traces
from infoplane.report._words import hover, safe, short

_ABOUT = (
    "Share of the words of each group that the reader names right, at the layer where most is read in all and at the "
    "last one. Groups by frequency count from the most frequent word of the texts it was fitted on. A group that is "
    "named right rarely at every layer is rare or hard to tell apart; one that falls between the two marks is what "
    "the last layers no longer hold open."
)
_APART = 0.17


def draw(run: RunData, runs: Sequence[RunData]) -> Figure | None:
    """Two marks a group, of the first pooling that has groups; None without any."""
    pooling = next((name for name in poolings(run) if groups(run, name)), None)
    ends = [] if pooling is None else [peak(run, pooling), last(run, pooling)]
    if pooling is None or ends[0] is None or ends[1] is None:
        return None
    names, layers = groups(run, pooling), list(dict.fromkeys(end.layer for end in ends if end is not None))
    colours = dict(zip(layers, (LABEL, INPUT), strict=False))
    strokes = [
        Stroke(at + (0.0 if len(layers) == 1 else _APART if layer == layers[-1] else -_APART), point,
               hover(f"{safe(name)}, layer {layer}", point), colours[layer])
        for at, name in enumerate(names)
        for layer in layers
        if (point := at_layer(run, ACCURACY, pooling, layer, name)) is not None
    ]  # fmt: skip
    if not strokes:
        return None
    most = max(extent(run.find(MEASURE, ACCURACY, method=STATE), "high", "value")[1] for run in runs)
    whose = "" if len(runs) == 1 else f": {run.model}"
    return Figure(
        name="recovery-groups" if len(runs) == 1 else f"recovery-groups-{runs.index(run)}",
        title=f"Which words are read back, from the {pooling_name(pooling)}{whose}",
        about=_ABOUT if run is runs[0] else AGAIN,
        traces=traces(strokes),
        layout=layout(
            xaxis=axis("words named right", range=[0, min(102.0, 1.06 * most)], ticksuffix=" %"),
            yaxis=names_axis([short(name, 24) for name in names]),
            margin={"l": 44, "r": 24, "t": 10, "b": 44},
        ),
        legend=tuple(
            Key(f"layer {layer}, {word}", "dot", (colours[layer],))
            for layer, word in zip(layers, ("most in all", "the last") if len(layers) > 1 else ("",), strict=True)
        ),
        height=90 + 34 * len(names),
        overlaid=False,
    )
