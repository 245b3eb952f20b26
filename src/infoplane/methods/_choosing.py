"""What methods choose on the tune split, kept in the run so that it is chosen once."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from infoplane.methods._method import Choices, Method
from infoplane.runs import Run, write_atomic, writing

if TYPE_CHECKING:
    from infoplane.methods._setting import Setting


def choices_of(setting: "Setting", methods: Sequence[Method], run: Run) -> dict[str, Choices]:
    """By method, what it chose; what stands in `run` already is not chosen again."""
    folder = run.artifacts / "choices"
    with writing(folder):
        folder.mkdir(exist_ok=True)
    found = {}
    for number, method in enumerate(methods):
        path = folder / f"{method.name}.json"
        if not path.is_file():
            write_atomic(path, json.dumps(dict(method.choose(setting)), allow_nan=False))
        found[method.name] = json.loads(path.read_text(encoding="utf-8"))
        setting.told("choosing", number + 1, len(methods))
    return found
