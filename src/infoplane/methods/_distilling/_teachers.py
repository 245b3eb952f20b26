"""Which of several teachers to learn from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from infoplane._errors import InputError, one_line


@dataclass(frozen=True)
class Teacher:
    """A trained network that may be the teacher, and what is known of it on examples it was not trained on.

    score    the task's metric   error  its standard error
    cmi      I(X;Z|Y) of its features, nats   student  the metric of a student that learned from it for a short time
    """

    name: str
    score: float
    error: float
    cmi: float
    student: float | None = None


def choose_teacher(teachers: Sequence[Teacher], rule: str = "cmi") -> Teacher:
    """The teacher that `rule` prefers; of equals the one with the better score, then the one named first.

    "cmi"          the largest CMI among those whose score is within one standard error of the best one's
    "ratio"        the largest score / CMI, as the CMI paper words it. That favours the *smallest* CMI, the opposite of
                   what training teachers for a large one is for, and its value depends on the units of both
    "student_dev"  the best score of a student that learned from it for a short time

    Raises InputError for no teachers, a rule there is not, and a number that the rule needs and that is missing.
    """
    check_rule(rule)
    if not teachers:
        raise InputError(one_line("no teachers", "at least one", "name a run of finetune, or an objective"))
    return max(_RULES[rule](teachers), key=lambda ranked: (ranked[0], ranked[1].score))[1]


def check_rule(rule: str) -> None:
    """InputError for a rule there is not."""
    if rule not in _RULES:
        raise InputError(one_line(f"teacher rule {rule!r}", f"one of {', '.join(_RULES)}", "use one of these"))


_Ranked = list[tuple[float, Teacher]]


def _by_cmi(teachers: Sequence[Teacher]) -> _Ranked:
    best = max(teachers, key=lambda teacher: teacher.score)
    return [(teacher.cmi, teacher) for teacher in teachers if teacher.score >= best.score - best.error]


def _by_ratio(teachers: Sequence[Teacher]) -> _Ranked:
    for teacher in teachers:
        if teacher.cmi <= 0:
            came = f"rule ratio with a CMI of {teacher.cmi:g} of {teacher.name}"
            raise InputError(one_line(came, "a CMI above 0", "use the rule cmi"))
    return [(teacher.score / teacher.cmi, teacher) for teacher in teachers]


def _by_student(teachers: Sequence[Teacher]) -> _Ranked:
    ranked = [(teacher.student, teacher) for teacher in teachers if teacher.student is not None]
    if len(ranked) < len(teachers):
        came = f"rule student_dev with {len(teachers) - len(ranked)} teachers without a student"
        raise InputError(one_line(came, "a student of each", "train one from each, or use the rule cmi"))
    return ranked


_RULES: dict[str, Callable[[Sequence[Teacher]], _Ranked]] = {
    "cmi": _by_cmi,
    "ratio": _by_ratio,
    "student_dev": _by_student,
}
TEACHER_RULES = tuple(_RULES)
