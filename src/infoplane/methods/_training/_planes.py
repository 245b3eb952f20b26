"""Measure, train, measure again: the information plane of a network before and after, on the same examples."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from infoplane._errors import InputError, one_line
from infoplane.measures import measure, measure_saved
from infoplane.methods._setting import Told
from infoplane.methods._training._keeping import MODEL
from infoplane.models import load_model
from infoplane.runs import Run
from infoplane.spaces import TaskSpace

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.tasks import Task

BEFORE, AFTER, INHERITED = "before", "after", "inherited"
_MEASURES = ("space", "plane", "best_layer")


def measure_planes(
    run: Run | str | Path,
    lm: "LanguageModel",
    task: "Task",
    *,
    max_examples: int | None = 1000,
    permutations: int = 100,
    progress: Told | None = None,
) -> None:
    """Measure `lm` in the folder `before` of `run`, and what `finetune` made of it in `after`, each in its own space.

    The folder `inherited` then holds the numbers of the trained network's states in the task space from before, each
    flagged `parent_space`; it is left out for a student of another depth or width, which that space does not fit. What
    stands there already is not measured again. `max_examples`, `permutations` as in `measure`. Raises InputError for a
    run of something else or of another model, and for one that has learnt the measure split.
    """
    opened = run if isinstance(run, Run) else Run.open(run, None)
    _check(opened, lm, task)
    child = load_model(opened.path / MODEL, device=str(lm.device))
    child.name = f"{lm.name}, trained with {opened.config['objective']['name']}"
    asked: dict[str, Any] = {"permutations": permutations, "seed": opened.config["seed"]}
    for name, one in ((BEFORE, lm), (AFTER, child)):
        told = _prefixed(progress, name)
        out = opened.path / name
        measure(one, task, out=out, measures=_MEASURES, max_examples=max_examples, progress=told, **asked)
    if (child.layers, child.width) == (lm.layers, lm.width):
        space = TaskSpace.load(opened.path / BEFORE / "artifacts" / "space")
        space.check(child, task)
        asked |= {"measures": ("plane",), "progress": _prefixed(progress, INHERITED)}
        measure_saved(opened.path / AFTER, out=opened.path / INHERITED, space=space, **asked)


def _check(run: Run, lm: "LanguageModel", task: "Task") -> None:
    """InputError unless `run` trained `lm` on other examples than those that are measured."""
    if not run.finished or "train_on" not in run.config or not (run.path / MODEL).is_dir():
        came = f"{run.path}, which holds no trained model"
        raise InputError(one_line(came, "a finished run of infoplane finetune", "train first"))
    if run.config["model_fingerprint"] != lm.fingerprint:
        came = f"{lm.name} ({lm.fingerprint[:12]}) for run {run.path}"
        expected = f"the model it trained, {run.config['model']} ({run.config['model_fingerprint'][:12]})"
        raise InputError(one_line(came, expected, "give that model"))
    if run.config["task_fingerprint"] != task.fingerprint:
        came = f"task {task.name} ({task.fingerprint[:12]}) for run {run.path}"
        expected = f"the splits it was trained on ({run.config['task_fingerprint'][:12]})"
        raise InputError(one_line(came, expected, "load the task with the same seed and options"))
    if "measure" in (*run.config["train_on"], run.config["select_on"]):
        came = f"the plane of run {run.path}, which has learnt the measure split or was chosen by it"
        raise InputError(
            one_line(came, "examples it has not learnt", "train on direction alone, or leave the plane out")
        )


def _prefixed(progress: Told | None, name: str) -> Told | None:
    """`progress`, told which of the planes it is about."""
    return None if progress is None else lambda what, done, total: progress(f"{name}: {what}", done, total)
