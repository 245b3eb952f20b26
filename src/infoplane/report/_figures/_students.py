"""What every student of a distillation reaches on the examples that chose, by share of the teacher and temperature."""

from collections.abc import Sequence

from infoplane.report._distill import PLAIN, is_chosen, metrics, students, tried
from infoplane.report._figure import Figure, Key
from infoplane.report._house import INK, LABEL, axis, layout
from infoplane.report._run_data import RunData
from infoplane.report._strokes import Stroke, names_axis, span, traces, word
from infoplane.report._training import metric_name
from infoplane.report._words import hover, safe, short

_ABOUT = (
    "Students of the same teacher on held-out examples, best first: alpha is the teacher's share of the loss, T the "
    "temperature that softens its predictions. The best of many is by luck better here than on new examples: the test "
    "split above is the number to quote. Black: a student that had no teacher."
)


def draw(run: RunData, runs: Sequence[RunData]) -> Figure | None:
    """A row a student; None without students."""
    metric = next(iter(metrics(run)), "")
    found = [(method, role, point) for method, role in students(run) if (point := tried(run, method, role, metric))]
    found.sort(key=lambda one: -(one[2].value or 0.0))
    if not found:
        return None
    strokes = [
        Stroke(at, point, hover(f"{_name(method, role)}, {metric_name(metric)}", point), _colour(method))
        for at, (method, role, point) in enumerate(found)
    ]
    percent = found[0][2].unit == "%"
    chosen = [word(at, "chosen", strong=True) for at, one in enumerate(found) if is_chosen(run, *one[:2])]
    return Figure(
        name="students" if len(runs) == 1 else f"students-{runs.index(run)}",
        title="Students" + ("" if len(runs) == 1 else f": {run.model}"),
        about=_ABOUT,
        traces=traces(strokes),
        layout=layout(
            xaxis=axis(
                f"{metric_name(metric)}, held out",
                range=span([stroke.point for stroke in strokes]),
                ticksuffix=" %" if percent else "",
            ),
            yaxis=names_axis([_name(method, role) for method, role, _ in found]),
            annotations=chosen,
            margin={"l": 44, "r": 62, "t": 10, "b": 44},
        ),
        legend=(Key("learned from the teacher", "dot", (LABEL,)), Key("had no teacher", "dot", (INK,))),
        height=90 + 26 * len(found),
        overlaid=False,
    )


def _name(method: str, role: str) -> str:
    return "no teacher" if method == PLAIN else short(safe(role), 22)


def _colour(method: str) -> str:
    return INK if method == PLAIN else LABEL
