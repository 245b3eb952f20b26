"""Comparing methods: all of them on the same items, with paired tests, in a run that goes on where it was stopped."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infoplane._errors import InputError, one_line
from infoplane.methods._answering import answer_items
from infoplane.methods._attention import attention_told
from infoplane.methods._choosing import choices_of
from infoplane.methods._encoders import TASK_SPACE
from infoplane.methods._inherited import told_of_parent
from infoplane.methods._method import Choices, Method, no_choices
from infoplane.methods._numbers import Compared, Row
from infoplane.methods._registry import METHODS
from infoplane.methods._scoring import score_items
from infoplane.methods._setting import Setting, Told, silent
from infoplane.methods._table import table
from infoplane.runs import Run, write_atomic

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.spaces import TaskSpace
    from infoplane.tasks import Split, Task

TABLE = "methods.json"
_WATCHED = 128
_TUNED = 1000


def compare(
    lm: "LanguageModel",
    task: "Task",
    *,
    out: str | Path,
    methods: Sequence[str] = tuple(METHODS),
    split: str = "test",
    max_examples: int | None = 500,
    examples: int = 5,
    retriever: str = "tfidf",
    space: "TaskSpace | None" = None,
    seed: int = 0,
    command: str | None = None,
    progress: Told | None = None,
) -> Run:
    """All `methods` on the same items of `split`: the finished run in the directory `out`, its table in `methods.json`.

    What a method chooses (layers, dose, number of examples) it chooses on the tune split alone, on at most 1000
    examples or twice `max_examples`; methods that choose are not run on it. `max_examples`: of the split, labels in
    proportion; None takes all. `examples`: how many are retrieved for a query. `retriever`: tfidf, task-space or the
    name of an encoder. `space`: built on the direction split where none is given and a method asks for one. A run that
    was stopped continues with the same call. Raises InputError for unknown methods, splits and retrievers, a negative
    seed, and an encoder; RunError for a directory of another configuration.
    """
    chosen = check_methods(methods)
    check_unseen(split, chosen, retriever)
    check_seed(seed)
    items = check_split(task, split).stratified(max_examples or len(task.splits[split]), seed)
    check_pair(lm, task, space)
    config = {
        "model": lm.name,
        "model_fingerprint": lm.fingerprint,
        "task": task.name,
        "task_fingerprint": task.fingerprint,
        "methods": [method.name for method in chosen],
        "split": split,
        "max_examples": max_examples,
        "examples": examples,
        "retriever": retriever,
        "space": None if space is None else space.about,
        "seed": seed,
    }
    with Run.open(out, config) as run:
        if not run.finished:
            run.note(excluded=task.excluded, notes=list(task.notes), command=command)
            told, folder = progress or silent, run.artifacts / "space"
            tuned = min(_TUNED, 2 * (max_examples or _TUNED))
            setting = Setting(lm, task, examples, retriever, space, tuned, seed, folder, told)
            with run.timed():
                _compare(setting, chosen, items, run, split)
        return run


def _compare(setting: Setting, methods: Sequence[Method], items: "Split", run: Run, split: str) -> None:
    """Choose, score, answer, and write what came of it."""
    cut = sum(prompt.cut for prompt in setting.lm.renderer.encode(setting.prompts(items)))
    run.note(truncated={split: cut})
    choices = choices_of(setting, methods, run)
    scored = {one.name: score_items(setting, one, items, choices[one.name], run.states) for one in methods}
    costs = answer_items(setting, methods, items, choices, run.states)
    compared = Compared(methods, items, len(setting.task.labels), scored, costs, setting.seed)
    rows = told_of_parent(setting, choices, [*compared.rows(), *_attention_rows(setting, choices, items)])
    common: dict[str, Any] = {"measure": "compare", "model": setting.lm.name, "task": setting.task.name, "split": split}
    common |= {"seed": setting.seed}
    run.ledger.append([{**common, **where, **estimate.as_dict()} for where, estimate in rows])
    write_atomic(run.artifacts / TABLE, json.dumps(table(setting, compared, rows, choices), allow_nan=False))
    run.finish()


def _attention_rows(setting: Setting, choices: Mapping[str, Choices], items: "Split") -> list[Row]:
    """What the attention of methods that chose one looks at, on some of the items."""
    return [
        ({"quantity": f"attention_{quantity}", "method": name}, estimate)
        for name, way in choices.items()
        if way.get("attention") and "tried" in way
        for quantity, estimate in attention_told(setting, items.stratified(_WATCHED, setting.seed), way).items()
    ]


def check_methods(names: Sequence[str]) -> list[Method]:
    """The methods called `names`, in the order of the registry; InputError for none and for a name there is not."""
    if isinstance(names, str) or not names:
        raise InputError(one_line(f"methods {names!r}", f"some of {', '.join(METHODS)}", "pass a list of at least one"))
    for name in names:
        if name not in METHODS:
            raise InputError(one_line(f"method {name!r}", f"one of {', '.join(METHODS)}", "use one of these"))
    return [method for name, method in METHODS.items() if name in names]


def check_pair(lm: "LanguageModel", task: "Task", space: "TaskSpace | None") -> None:
    """InputError for a model that answers no prompts and a space of another model; TaskError for a task of scores."""
    lm.require_head("predicting labels")
    _ = task.labels
    if space is not None:
        space.check(lm, task)


def check_split(task: "Task", split: str) -> "Split":
    """The split called `split`; InputError for one there is not, or from which examples are retrieved."""
    if split == "direction" or split not in task.splits:
        known = [name for name in task.splits if name != "direction"]
        came = f"split {split!r}" + (", which examples are retrieved from" if split == "direction" else "")
        raise InputError(one_line(came, f"one of {', '.join(known)}", "use one of these"))
    return task.splits[split]


def check_unseen(split: str, methods: Sequence[Method], retriever: str) -> None:
    """InputError for the tune split where one of `methods`, or the retriever, is chosen by what is right on it."""
    choosing = [method.name for method in methods if method.choose is not no_choices]
    choosing += [f"retriever {retriever}"] * (retriever == TASK_SPACE)
    if split == "tune" and choosing:
        came = f"split tune for {', '.join(choosing)}, which choose beforehand"
        raise InputError(one_line(came, "test or measure", "use one of these, or only methods that choose nothing"))


def check_seed(seed: int) -> None:
    """InputError for a seed that no generator takes."""
    if seed < 0:
        raise InputError(one_line(f"seed {seed}", "0 or more", "give another"))
