"""Which of the teacher's blocks a student begins with."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from infoplane._errors import InputError, one_line


def _spaced(teacher: int, student: int) -> Sequence[int]:
    return [int(block) for block in np.rint(np.linspace(0, teacher - 1, student))]


def _every_other(teacher: int, student: int) -> Sequence[int]:
    if student != (teacher + 1) // 2:
        came = f"layer map every_other from {teacher} blocks to {student}"
        do = "leave the depth out, or use the map spaced"
        raise InputError(one_line(came, f"{(teacher + 1) // 2} blocks", do))
    return range(0, teacher, 2)


def _last(teacher: int, student: int) -> Sequence[int]:
    return range(teacher - student, teacher)


_MAPS: dict[str, Callable[[int, int], Sequence[int]]] = {
    "spaced": _spaced,
    "every_other": _every_other,
    "last": _last,
}


def layer_map(
    teacher_depth: int, student_depth: int | None = None, layers: str | Sequence[int] = "spaced"
) -> tuple[int, ...]:
    """The teacher's blocks, counted from 0, that become the student's blocks 0, 1, ...

    layers         "spaced": first and last, and evenly between, which from 12 to 6 is DistilBERT's 0, 2, 4, 7, 9, 11
                   "every_other": 0, 2, 4, ...   "last": the last ones   or the blocks themselves, in rising order
    student_depth  blocks of the student; None: half of the teacher's, rounded up, or as many as `layers` names

    Raises InputError for a map that does not fit: more blocks than the teacher has, none, a block there is not, or
    another number of blocks than the depth asked for.
    """
    if isinstance(layers, str):
        depth = (teacher_depth + 1) // 2 if student_depth is None else student_depth
        return _named(layers, teacher_depth, depth)
    _check_listed(layers, teacher_depth, student_depth)
    return tuple(layers)


def _named(name: str, teacher: int, student: int) -> tuple[int, ...]:
    if name not in _MAPS:
        raise InputError(one_line(f"layer map {name!r}", f"one of {', '.join(_MAPS)}", "or list blocks, as 0,2,4"))
    if not 1 <= student <= teacher:
        came = f"a student of {student} blocks from a teacher of {teacher}"
        raise InputError(one_line(came, f"1 to {teacher}", "a student cannot be deeper than what it is copied from"))
    return tuple(_MAPS[name](teacher, student))


def _check_listed(layers: Sequence[int], teacher: int, student: int | None) -> None:
    """InputError for blocks that the teacher has not, in another order, or of another number than asked for."""
    listed = ",".join(str(block) for block in layers)
    rising = all(one < other for one, other in pairwise(layers))
    if not layers or not rising or not all(0 <= block < teacher for block in layers):
        expected = f"blocks from 0 to {teacher - 1} in rising order"
        raise InputError(one_line(f"layer map {listed or 'of no blocks'}", expected, "count blocks from 0"))
    if student is not None and student != len(layers):
        came = f"layer map {listed} for a student of {student} blocks"
        raise InputError(one_line(came, f"{student} blocks", "leave the depth out, or list as many"))
