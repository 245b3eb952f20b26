"""T1.15: which teacher the rules choose."""

from dataclasses import replace

import pytest

from infoplane._errors import InputError
from infoplane.methods._distilling import TEACHER_RULES, Teacher, choose_teacher

TABLE = (
    Teacher("cross-entropy", score=0.90, error=0.02, cmi=0.10, student=0.84),
    Teacher("max-cmi 0.1", score=0.89, error=0.02, cmi=0.30, student=0.86),
    Teacher("max-cmi 0.4", score=0.885, error=0.02, cmi=0.50, student=0.85),
    Teacher("max-cmi 1", score=0.70, error=0.03, cmi=0.90, student=0.80),
)


def test_the_rules_disagree_on_a_crafted_table():
    chosen = {rule: choose_teacher(TABLE, rule).name for rule in TEACHER_RULES}
    assert chosen == {"cmi": "max-cmi 0.4", "ratio": "cross-entropy", "student_dev": "max-cmi 0.1"}


def test_the_default_does_not_depend_on_the_units_of_either_number():
    halves = [replace(teacher, cmi=teacher.cmi / 2) for teacher in TABLE]
    assert choose_teacher(halves).name == choose_teacher(TABLE).name
    centred = [replace(teacher, score=2 * teacher.score - 1, error=2 * teacher.error) for teacher in TABLE]
    assert choose_teacher(centred).name == choose_teacher(TABLE).name


def test_only_the_best_is_left_where_its_error_is_nothing():
    sure = [replace(teacher, error=0.0) for teacher in TABLE]
    assert choose_teacher(sure).name == "cross-entropy"


def test_of_equals_the_better_then_the_first_is_taken():
    first, second = replace(TABLE[0], cmi=0.3), TABLE[1]
    assert choose_teacher([second, first]) == first
    assert choose_teacher([second, replace(second, name="again")]) == second


@pytest.mark.parametrize(
    ("teachers", "rule", "said"),
    [
        (TABLE, "best", "one of cmi, ratio, student_dev"),
        ((), "cmi", "at least one"),
        ((replace(TABLE[0], cmi=0.0),), "ratio", "a CMI above 0"),
        ((replace(TABLE[0], student=None), TABLE[1]), "student_dev", "1 teachers without a student"),
    ],
)
def test_what_a_rule_cannot_judge_is_refused(teachers, rule, said):
    with pytest.raises(InputError, match=said):
        choose_teacher(teachers, rule)
