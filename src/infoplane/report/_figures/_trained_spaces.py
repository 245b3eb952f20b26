"""What the directions of the labels hold before and after training, in the space of then and of now."""

from collections.abc import Sequence

from infoplane.report._curves import Trace, curve, layer_axis, null_area, room
from infoplane.report._figure import Figure, Key
from infoplane.report._figures._label_spaces import size_of
from infoplane.report._house import INPUT, LABEL, LENS, NULL, axis, layout, upright
from infoplane.report._points import Point
from infoplane.report._run_data import RunData
from infoplane.report._words import hover, safe

_ABOUT = (
    "I(z;Y) of the states projected on the span of all labels' directions. Green uses the directions from before "
    "training on the states after it: where it falls behind blue, whose directions were made anew, training has moved "
    "the label out of the old directions."
)


def draw(run: RunData) -> Figure | None:
    """One curve a network and space; None where no space was measured twice."""
    kinds = ((run.before, INPUT, False), (run.after, LABEL, False), (run.inherited, LENS, True))
    found = [(one, colour, again, own) for one, colour, again in kinds if one is not None and (own := _of_all(one))]
    if len(found) < 2:
        return None
    across = layer_axis([one for one, *_ in found])
    points = [point for *_, own in found for point in own]
    floor, top = room(points)
    traces: list[Trace] = []
    for one, colour, again, own in found:
        xs = across.places(one, own)
        told = [hover(f"{safe(one.model)}, layer {point.layer}", point) for point in own]
        traces += null_area(xs, own, floor) if one is found[0][0] else []
        traces += curve(xs, own, told, colour, run=int(again))
    return Figure(
        name="trained-spaces",
        title="In the labels' directions",
        about=_ABOUT,
        traces=traces,
        layout=layout(
            xaxis=across.layout(), yaxis=axis(range=[floor, top]), annotations=[upright("I(z;Y), bits about the label")]
        ),
        legend=(
            *(Key(one.model, "dashed" if again else "line", (colour,)) for one, colour, again, _ in found),
            Key("null: shuffled labels", "bar", (NULL,)),
        ),
        height=360,
        overlaid=False,
    )


def _of_all(run: RunData) -> Sequence[Point]:
    """I(z;Y) in the span of all labels, by layer."""
    found = run.by_layer("plane", "space_information")
    most = max(map(size_of, found), default=0)
    return [point for point in found if size_of(point) == most]
