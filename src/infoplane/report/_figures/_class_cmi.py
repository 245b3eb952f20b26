"""How far the features of every class spread: I(X;Z|Y=y) before and after training."""

from collections.abc import Sequence

from infoplane.report._cmi import AFTER, BEFORE, LIKE_PERMUTED, by_label, shown_split
from infoplane.report._figure import Figure, Key
from infoplane.report._house import INPUT, LABEL, axis, layout
from infoplane.report._points import Point
from infoplane.report._run_data import RunData
from infoplane.report._strokes import Stroke, names_axis, span, traces
from infoplane.report._words import alike, hover, safe, short

_ABOUT = (
    "I(X;Z|Y=y): how far the features of a class spread around their centre, as distributions over the features' "
    "dimensions. Small: all examples of the class look alike to the last layer; large: they are told apart within it. "
    "Hollow: permuted labels give as much, so the class is no tighter than all examples. "
    "Numbers of other features, widths or temperatures are not to be compared."
)
_MOST = 40
_COLOURS = {BEFORE: INPUT, AFTER: LABEL}


def draw(run: RunData, runs: Sequence[RunData]) -> Figure | None:
    """A row a class, the one that spreads most on top; None without numbers of classes."""
    split = shown_split(run)
    roles = {role: by_label(run, split, role) for role in (BEFORE, AFTER, None)}
    roles = {role: own for role, own in roles.items() if own}
    if not roles:
        return None
    last = roles[next(reversed(roles))]
    labels = sorted(last, key=lambda label: -(last[label].value or 0.0))
    shown = labels[:_MOST]
    apart = 0.17 if len(roles) > 1 else 0.0
    strokes = [
        Stroke(
            at + (-apart if role == BEFORE else apart),
            own[label],
            _told(label, role, own[label]),
            _colour(role),
            hollow=LIKE_PERMUTED in own[label].flags,
        )
        for role, own in roles.items()
        for at, label in enumerate(shown)
        if label in own
    ]
    left = f" The {_MOST} of {len(labels)} classes that spread most." if len(labels) > _MOST else ""
    return Figure(
        name="class-cmi" if len(runs) == 1 else f"class-cmi-{runs.index(run)}",
        title="Spread within classes" + ("" if len(runs) == 1 else f": {run.model}"),
        about=f"{_ABOUT} Split: {split}.{left}",
        traces=traces(strokes),
        layout=layout(
            xaxis=axis("I(X;Z|Y=y), bits", range=span([stroke.point for stroke in strokes], zero=True)),
            yaxis=names_axis([short(label, 22) for label in shown]),
            margin={"l": 44, "r": 24, "t": 10, "b": 44},
        ),
        legend=(
            *(Key(f"{role} training", "dot", (_colour(role),)) for role in roles if role is not None),
            Key("like permuted labels", "open", (LABEL,)),
        ),
        height=90 + (34 if len(roles) > 1 else 24) * len(shown),
        overlaid=False,
    )


def _colour(role: str | None) -> str:
    return _COLOURS.get(role or "", LABEL)


def _told(label: str, role: str | None, point: Point) -> str:
    return hover(f"{safe(label)}{f', {role} training' if role else ''}", point, f"{alike(point)[0]} {point.unit}")
