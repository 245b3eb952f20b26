"""The sections about training: epochs, before and after, spread within classes, handing down, sweeps."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from infoplane.report._figure import Figure, Key
from infoplane.report._figures import (
    _accuracy,
    _class_cmi,
    _information,
    _plane,
    _students,
    _swept_gains,
    _swept_scores,
    _trained_spaces,
    _training_curves,
)
from infoplane.report._house import INK
from infoplane.report._run_data import RunData
from infoplane.report._sections import _distill_tables, _training_tables
from infoplane.report._sections._section import Part
from infoplane.report._sections._table import Table

_WHEN = (Key("before training", "line", (INK,)), Key("after training", "dashed", (INK,)))
_LINES = " Solid: before training; dashed with hollow marks: after it, on the same examples."
_MARKS = " Circles on a solid line: before training; diamonds on a dashed line: after it, on the same examples."
_BOTH = ((_plane.draw, _MARKS), (_information.draw, _LINES), (_accuracy.draw, _LINES))


def _planes(runs: Sequence[RunData]) -> list[Figure | None]:
    return [figure for run in runs for figure in _before_and_after(run, runs)]


def _before_and_after(run: RunData, runs: Sequence[RunData]) -> list[Figure]:
    """The figures of both networks over each other, and what the labels' directions hold."""
    if run.before is None or run.after is None:
        return []
    drawn = [(figure, marks) for draw, marks in _BOTH if (figure := draw([run.before, run.after])) is not None]
    both = [
        replace(
            figure,
            name=f"trained-{figure.name}",
            title=f"{figure.title}, before and after",
            about=figure.about + marks,
            legend=(*_WHEN, *figure.legend),
            overlaid=False,
        )
        for figure, marks in drawn
    ]
    spaces = _trained_spaces.draw(run)
    found = [*both, *([] if spaces is None else [spaces])]
    if len(runs) == 1:
        return found
    at = runs.index(run)
    return [replace(figure, name=f"{figure.name}-{at}", title=f"{figure.title}: {run.model}") for figure in found]


def _tables(*make: Callable[[RunData, Sequence[RunData]], Table | None]) -> Callable[..., list[Table | None]]:
    return lambda runs: [one(run, runs) for run in runs for one in make]


TRAINING = (
    Part(
        "training",
        "Training",
        "What the network has learnt, judged on examples that it has not learnt.",
        lambda runs: [_training_curves.draw(runs)],
        tables=_tables(_training_tables.reached),
    ),
    Part(
        "before-after",
        "Before and after training",
        "The same measurements of the network before and after, on examples that it has not learnt.",
        _planes,
        tables=_tables(_training_tables.changed),
    ),
    Part(
        "class-spread",
        "Spread within classes",
        "Conditional mutual information I(X;Z|Y): how much the features of examples of one class differ.",
        lambda runs: [_class_cmi.draw(run, runs) for run in runs],
        tables=_tables(_training_tables.spread),
    ),
    Part(
        "handed-down",
        "Handed down",
        "Teachers, the one that was chosen, and the students that learned from its predictions.",
        lambda runs: [_students.draw(run, runs) for run in runs],
        tables=_tables(_distill_tables.on_test, _distill_tables.of_teachers, _distill_tables.of_students),
    ),
    Part(
        "sweep",
        "Sweep",
        "Methods at equal budget: every configuration with the same seeds, chosen on held-out examples.",
        lambda runs: [draw(run, runs) for run in runs for draw in (_swept_scores.draw, _swept_gains.draw)],
        tables=_tables(_training_tables.swept),
    ),
)
