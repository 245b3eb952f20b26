"""How often each method is right, with intervals, best first."""

from collections.abc import Sequence

from infoplane.report._figure import Figure, Key
from infoplane.report._figures._method_differences import lines_of
from infoplane.report._house import INK, LABEL, MUTED, axis, layout
from infoplane.report._methods import accuracies, asks_no_model, knows_the_label, name_of
from infoplane.report._points import extent
from infoplane.report._run_data import RunData
from infoplane.report._strokes import Stroke, names_axis, traces, word
from infoplane.report._words import hover, number, safe, short

_ABOUT = (
    "Share of the same held-out items that each method names right; an answer that could not be understood counts as "
    "wrong. All choices (layers, dose, number of examples) were made on other items."
)
_VOTE = " The vote asks no model: what does not stand to its right gains nothing from one."
_PAIRED = " Intervals of two methods may overlap and their paired difference still be clear: see the next figure."
_ORACLE = " An oracle is told the gold label and shows what could be reached, not what was."


def draw(runs: Sequence[RunData]) -> Figure | None:
    """One line a method, in the order of the first run that has it; None without rows."""
    found = [accuracies(run) for run in runs]
    methods = list(dict.fromkeys(name_of(point) for own in found for point in own))
    if not methods:
        return None
    many = sum(bool(own) for own in found) > 1
    strokes = [
        Stroke(
            methods.index(name_of(point)) + (0.0 if not many else 0.17 if at else -0.17),
            point,
            hover(f"{f'{safe(runs[at].model)}, ' if many else ''}{safe(name_of(point))}", point),
            _colour(name_of(point)),
            hollow=knows_the_label(name_of(point)),
            run=at,
        )
        for at, own in enumerate(found)
        for point in own
    ]
    points = [stroke.point for stroke in strokes]
    told, voted = any(map(knows_the_label, methods)), any(map(asks_no_model, methods))
    return Figure(
        name="methods",
        title="How often each method is right",
        about="".join((_ABOUT, _VOTE if voted else "", _PAIRED if lines_of(runs) else "", _ORACLE if told else "")),
        traces=traces(strokes),
        layout=layout(
            xaxis=axis("accuracy", range=[0, min(102.0, 1.06 * extent(points, "high", "value")[1])], ticksuffix=" %"),
            yaxis=names_axis([short(method, 22) for method in methods]),
            annotations=[
                word(stroke.at, number(stroke.point.value, "%"), strong=stroke.at < 1 and not stroke.run)
                for stroke in strokes
            ],
            margin={"l": 44, "r": 62, "t": 10, "b": 44},
        ),
        legend=(
            Key("asks the model", "dot", (LABEL,)),
            *([Key("asks no model", "dot", (INK,))] if voted else []),
            *([Key("told the gold label", "open", (MUTED,))] if told else []),
        ),
        height=90 + (42 if many else 30) * len(methods),
    )


def _colour(method: str) -> str:
    return MUTED if knows_the_label(method) else INK if asks_no_model(method) else LABEL
