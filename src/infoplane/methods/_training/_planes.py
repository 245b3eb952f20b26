"""Measure, train, measure again: the information plane of a network before and after, on the same examples."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infoplane.measures import measure, measure_saved
from infoplane.spaces import TaskSpace

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.tasks import Task

BEFORE, AFTER, INHERITED = "before", "after", "inherited"
_MEASURES = ("space", "plane", "best_layer")

Told = Callable[[str, int, int], None]


def measure_planes(
    folder: Path,
    parent: "LanguageModel",
    child: "LanguageModel",
    task: "Task",
    *,
    max_examples: int | None = 1000,
    permutations: int = 100,
    seed: int = 0,
    progress: Told | None = None,
) -> None:
    """Measure `parent` in `before` and `child` in `after` under `folder`, each in a task space of its own.

    `inherited` then holds the numbers of the child's states in the parent's space, each flagged `parent_space`; it is
    left out where the two differ in depth or width, as a student does, so that the space does not fit. What stands
    there already is not measured again. Raises InputError for a child that does not say whose it is.
    """
    asked: dict[str, Any] = {"permutations": permutations, "seed": seed}
    for name, lm in ((BEFORE, parent), (AFTER, child)):
        told = _prefixed(progress, name)
        measure(lm, task, out=folder / name, measures=_MEASURES, max_examples=max_examples, progress=told, **asked)
    if (child.layers, child.width) == (parent.layers, parent.width):
        space = TaskSpace.load(folder / BEFORE / "artifacts" / "space")
        space.check(child, task)
        asked |= {"measures": ("plane",), "progress": _prefixed(progress, INHERITED)}
        measure_saved(folder / AFTER, out=folder / INHERITED, space=space, **asked)


def _prefixed(progress: Told | None, name: str) -> Told | None:
    """`progress`, told which of the planes it is about."""
    return None if progress is None else lambda what, done, total: progress(f"{name}: {what}", done, total)
