"""The published recipe beside what it reports when there is nothing to report."""

from collections.abc import Sequence

from infoplane.report._curves import Trace, curve, layer_axis, level, room
from infoplane.report._figure import Figure, Key
from infoplane.report._figures._label_spaces import size_of
from infoplane.report._house import BLUES, INK, along, axis, layout, upright
from infoplane.report._points import Point
from infoplane.report._run_data import RunData
from infoplane.report._words import hover, number, safe

_ABOUT = (
    "Solid: the published recipe, which projects each state on the direction of its own label before measuring. "
    "Dashed: the same recipe on labels made independent of the states, so that the truth is zero. Only what stands "
    "above its dashed line is about the model; the rest is the label that the projection put in."
)


def draw(runs: Sequence[RunData]) -> Figure | None:
    """The recipe and its leak by layer and size, of the first run that has them; None without rows."""
    run = next((run for run in runs if run.has("paper", "paper_label_information")), None)
    if run is None:
        return None
    found, leaks = (run.by_layer("paper", quantity) for quantity in ("paper_label_information", "paper_leak"))
    across = layer_axis([run])
    sizes = sorted({size_of(point) for point in found})
    traces: list[Trace] = []
    for size in sizes:
        colour = along(BLUES, 0.45 + 0.55 * sizes.index(size) / max(len(sizes) - 1, 1))
        for at, (points, name) in enumerate(((found, "published recipe"), (leaks, "leak, true value 0"))):
            own = [point for point in points if size_of(point) == size]
            told = [hover(f"{name}, d_k = {size}, layer {point.layer}", point) for point in own]
            traces += curve(across.places(run, own), own, told, colour, run=at) if own else []
    return Figure(
        name="paper",
        title="The published recipe and its leak" + (f": {safe(run.model)}" if len(runs) > 1 else ""),
        about=_ABOUT,
        traces=traces,
        layout=layout(
            xaxis=across.layout(),
            yaxis=axis(range=_range(found + leaks)),
            annotations=[upright("bits"), *_ceiling(found)[1]],
            shapes=_ceiling(found)[0],
        ),
        legend=(
            *(
                Key(f"d_k = {size}", "line", (along(BLUES, 0.45 + 0.55 * at / max(len(sizes) - 1, 1)),))
                for at, size in enumerate(sizes)
            ),
            Key("its leak", "dashed", (INK,)),
        ),
        height=340,
    )


def _range(points: Sequence[Point]) -> list[float]:
    return room(points, most=max((1.05 * (point.ceiling or 0.0) for point in points), default=None))


def _ceiling(points: Sequence[Point]) -> tuple[list[Trace], list[Trace]]:
    top = max((point.ceiling or 0.0 for point in points), default=0.0)
    shape, name = level(top, f"H(Y) = {number(top, 'bits')}")
    return ([shape], [name]) if top else ([], [])
