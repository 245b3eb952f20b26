"""The numbers of a distillation: teachers and students on the examples that chose, and the chosen ones on test."""

from dataclasses import replace

from infoplane.report._points import Point
from infoplane.report._run_data import RunData

MEASURE, CHOSEN, TEACHER, STUDENT, PLAIN = "distill", "chosen", "teacher", "distillation", "cross-entropy"
NAMES = {TEACHER: "the teacher", STUDENT: "the student", PLAIN: "the student without a teacher"}
_DIFFERENCE = "accuracy_difference"
_OTHERS = (_DIFFERENCE, "configurations", "parameters", "seconds", "cmi")


def metrics(run: RunData) -> list[str]:
    """The metrics that teachers and students were judged by, the one that chose first."""
    rows = (row for row in run.rows if row.get("measure") == MEASURE)
    return [name for name in dict.fromkeys(str(row.get("quantity")) for row in rows) if name not in _OTHERS]


def teachers(run: RunData) -> list[str]:
    """Every teacher by its name."""
    return _roles(run, TEACHER)


def students(run: RunData) -> list[tuple[str, str]]:
    """Every student: its method and its share and temperature."""
    return [(method, role) for method in (STUDENT, PLAIN) for role in _roles(run, method)]


def tried(run: RunData, method: str, role: str, quantity: str) -> Point | None:
    """A number of one teacher or student on the examples that chose."""
    return run.one(MEASURE, quantity, method=method, role=role)


def tested(run: RunData, method: str, quantity: str) -> Point | None:
    """A number of the chosen teacher or student on the test split."""
    return run.one(MEASURE, quantity, method=method, role=CHOSEN, split="test")


def parameters(run: RunData, method: str) -> Point | None:
    """How many weights it has; a student without a teacher has those of the student."""
    return run.one(MEASURE, "parameters", method=STUDENT if method == PLAIN else method)


def gain(run: RunData, other: str) -> Point | None:
    """Accuracy of the student less that of `other` on the same items, in points."""
    found = run.one(MEASURE, _DIFFERENCE, method=STUDENT, role=other)
    return None if found is None else replace(found, unit="points")


def configurations(run: RunData) -> int | None:
    """How many students the chosen one is the best of."""
    found = run.one(MEASURE, "configurations", method=STUDENT)
    return None if found is None or found.value is None else int(found.value)


def is_chosen(run: RunData, method: str, role: str) -> bool:
    """Whether this is the teacher or the student that was kept."""
    facts = run.note("facts")
    if method == TEACHER:
        return role == facts.get("teacher")
    alpha, temperature = facts.get("alpha"), facts.get("temperature")
    return method == STUDENT and alpha is not None and role == f"alpha={alpha:g}, T={temperature:g}"


def _roles(run: RunData, method: str) -> list[str]:
    rows = (row for row in run.rows if row.get("measure") == MEASURE and row.get("method") == method)
    named = (str(row["role"]) for row in rows if row.get("role") and row.get("quantity") != _DIFFERENCE)
    return [role for role in dict.fromkeys(named) if role != CHOSEN]
