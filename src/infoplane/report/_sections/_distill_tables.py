"""Tables of a distillation: the chosen ones on the test split, teachers, students."""

from collections.abc import Sequence

from infoplane.report._distill import (
    NAMES,
    TEACHER,
    gain,
    is_chosen,
    metrics,
    parameters,
    students,
    teachers,
    tested,
    tried,
)
from infoplane.report._points import Point
from infoplane.report._run_data import RunData
from infoplane.report._sections._method_table import duration
from infoplane.report._sections._table import MISSING, Cell, Table, number_cell, small_cell
from infoplane.report._training import metric_name


def on_test(run: RunData, runs: Sequence[RunData]) -> Table | None:
    """A line for the teacher, the student and the student without a teacher. None without numbers on test."""
    names = [name for name in metrics(run) if any(tested(run, method, name) for method in NAMES)]
    if not names:
        return None
    lines = tuple(
        (
            Cell(said.removeprefix("the "), key=said),
            *(number_cell(tested(run, method, name)) for name in names),
            _count(parameters(run, method)),
            number_cell(gain(run, method), sign=True, note=_chance(gain(run, method))),
        )
        for method, said in NAMES.items()
    )
    columns = ("who", *map(metric_name, names), "weights", "student minus it")
    return Table("On the test split" + _of(run, runs), columns, lines, stacked=True)


def of_teachers(run: RunData, runs: Sequence[RunData]) -> Table | None:
    """A line a teacher, on the examples that chose. None without any."""
    found, names = teachers(run), metrics(run)
    lines = tuple(
        (
            _name(run, TEACHER, role),
            *(number_cell(tried(run, TEACHER, role, name)) for name in names),
            small_cell(tried(run, TEACHER, role, "cmi")),
        )
        for role in found
    )
    columns = ("teacher", *map(metric_name, names), "I(X;Z|Y)")
    return Table("Teachers" + _of(run, runs), columns, lines, stacked=True) if lines else None


def of_students(run: RunData, runs: Sequence[RunData]) -> Table | None:
    """A line a student, on the examples that chose. None without any."""
    names = metrics(run)
    lines = tuple(
        (
            _name(run, method, role),
            *(number_cell(tried(run, method, role, name)) for name in names),
            _took(tried(run, method, role, "seconds")),
        )
        for method, role in students(run)
    )
    columns = ("student", *map(metric_name, names), "training")
    return Table("Students" + _of(run, runs), columns, lines, stacked=True) if lines else None


def _name(run: RunData, method: str, role: str) -> Cell:
    return Cell(role, key=role, note="chosen" if is_chosen(run, method, role) else "")


def _count(point: Point | None) -> Cell:
    return MISSING if point is None or point.value is None else Cell(f"{point.value:,.0f}", key=point.value)


def _took(point: Point | None) -> Cell:
    return MISSING if point is None or point.value is None else Cell(duration(point.value), key=point.value)


def _chance(point: Point | None) -> str:
    return "" if point is None or point.p_value is None else f"p = {point.p_value:.2g}, Holm"


def _of(run: RunData, runs: Sequence[RunData]) -> str:
    return "" if len(runs) == 1 else f": {run.model}"
