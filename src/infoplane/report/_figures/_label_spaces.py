"""How few label directions hold the information: I(z;Y) in the spaces of 1, 2, 5 and all labels."""

from collections.abc import Sequence

from infoplane.report._best import roles
from infoplane.report._curves import Trace, curve, layer_axis, level, null_area, room
from infoplane.report._figure import Figure, Key
from infoplane.report._house import BLUES, FAINT, NULL, along, axis, layout, upright
from infoplane.report._points import Point
from infoplane.report._run_data import RunData
from infoplane.report._words import hover, number, safe

_ABOUT = (
    "Every state is projected on the directions of a label and its nearest neighbours, without knowing its own label, "
    "and read again; averaged over labels. Where a few directions reach the grey line of the whole state, the task "
    "lives in a small space there."
)


def size_of(point: Point) -> int:
    """The number of labels d_k in the method of a row, 0 where it names none."""
    digits = str(point.row.get("method") or "").removeprefix("d_k=")
    return int(digits) if digits.isdecimal() else 0


def draw(runs: Sequence[RunData]) -> Figure | None:
    """One curve a size and run, the whole state behind them; None without rows."""
    found = [(at, run.by_layer("plane", "space_information")) for at, run in enumerate(runs)]
    points = [point for _, own in found for point in own]
    if not points:
        return None
    sizes = sorted({size_of(point) for point in points})
    whole = [run.by_layer("plane", "label_information", role=next(iter(roles(run)), None)) for run in runs]
    across = layer_axis(runs)
    everything = [*points, *(point for own in whole for point in own)]
    floor, top = room(everything)
    traces: list[Trace] = []
    for at, run in enumerate(runs):
        traces += null_area(across.places(run, whole[at]), whole[at], floor) if at == 0 else []
        traces += _behind(across.places(run, whole[at]), whole[at])
        for size in sizes:
            own = [point for point in found[at][1] if size_of(point) == size]
            told = [hover(f"{_whose(runs, at)}{size} label directions, layer {point.layer}", point) for point in own]
            traces += curve(across.places(run, own), own, told, _colour(sizes, size), run=at) if own else []
    ceilings = sorted({point.ceiling for point in points if point.ceiling and point.ceiling < top})
    rules = [level(ceiling, f"H(Y) = {number(ceiling, 'bits')}") for ceiling in ceilings]
    return Figure(
        name="spaces",
        title="How small the task's space is",
        about=_ABOUT,
        traces=traces,
        layout=layout(
            xaxis=across.layout(),
            yaxis=axis(range=[floor, top]),
            shapes=[shape for shape, _ in rules],
            annotations=[upright("I(z;Y), bits"), *(name for _, name in rules)],
        ),
        legend=(
            *(Key(f"{size} label{'s' if size > 1 else ''}", "line", (_colour(sizes, size),)) for size in sizes),
            Key("the whole state", "line", (FAINT,)),
            Key("null: shuffled labels", "bar", (NULL,)),
        ),
        height=380,
    )


def _colour(sizes: Sequence[int], size: int) -> str:
    return along(BLUES, 0.42 + 0.58 * sizes.index(size) / max(len(sizes) - 1, 1))


def _whose(runs: Sequence[RunData], at: int) -> str:
    return f"{safe(runs[at].model)}, " if len(runs) > 1 else ""


def _behind(xs: Sequence[float], points: Sequence[Point]) -> list[Trace]:
    """The information of the whole state as a plain line without marks."""
    line = curve(xs, points, [""] * len(points), FAINT)[-1:] if points else []
    return [trace | {"mode": "lines", "hoverinfo": "skip", "line": {"color": FAINT, "width": 3}} for trace in line]
