"""What methods choose on the tune split, kept in the run so that it is chosen once."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from infoplane._errors import InputError, one_line
from infoplane.methods._method import Choices, Method
from infoplane.runs import Run, write_atomic, writing

if TYPE_CHECKING:
    from infoplane.methods._setting import Setting

_FOLDER = "choices"
_SAME = ("examples", "retriever", "seed")


def choices_of(setting: "Setting", methods: Sequence[Method], run: Run) -> dict[str, Choices]:
    """By method, what it chose; what stands in `run` already is not chosen again."""
    with writing(run.artifacts / _FOLDER):
        (run.artifacts / _FOLDER).mkdir(exist_ok=True)
    found = {}
    for number, method in enumerate(methods):
        path = _path(run, method)
        if not path.is_file():
            write_atomic(path, json.dumps(dict(method.choose(setting)), allow_nan=False))
        found[method.name] = json.loads(path.read_text(encoding="utf-8"))
        setting.told("choosing", number + 1, len(methods))
    return found


def chosen_before(setting: "Setting", method: Method, source: str | Path) -> tuple[Choices, Path | None]:
    """What `method` chose in the comparison in the directory `source`, and the folder of the task space it built.

    Raises InputError for a comparison of another model, task or retrieval, and where the method chose nothing yet.
    """
    run = Run.open(source, None)
    here = {"model_fingerprint": setting.lm.fingerprint, "task_fingerprint": setting.task.fingerprint}
    here |= {name: getattr(setting, name) for name in _SAME}
    for name, value in here.items():
        if run.config.get(name) != value:
            came = f"comparison {source} with {name} {run.config.get(name)!s:.20}"
            raise InputError(one_line(came, f"{value!s:.20}", "give the options it was made with, or choose again"))
    path = _path(run, method)
    if not path.is_file():
        came = f"comparison {source} without method {method.name}"
        raise InputError(one_line(came, "one that has chosen for it", "finish it, or choose again"))
    space = run.artifacts / "space"
    return json.loads(path.read_text(encoding="utf-8")), space if (space / "space.json").is_file() else None


def _path(run: Run, method: Method) -> Path:
    return run.artifacts / _FOLDER / f"{method.name}.json"
