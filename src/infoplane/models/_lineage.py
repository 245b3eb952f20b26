"""What training writes beside a network: whose child it is, how it answers, and the labels it answers with."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Self

from infoplane._errors import ModelError, one_line
from infoplane.runs import write_atomic

_FILE = "infoplane.json"
_HEADS = ("class", "labels")


@dataclass(frozen=True, slots=True)
class Lineage:
    """`parent`: the fingerprint of the model it was trained from. `head`: `class`, a linear map to the `labels` in
    their order, or `labels`, which follow the prompt as words. `task`: the fingerprint of the task it was trained on.
    """

    parent: str
    head: Literal["class", "labels"]
    labels: tuple[str, ...]
    task: str = ""

    def save(self, folder: str | Path) -> None:
        """Write it into the folder of the model, whole or not at all."""
        write_atomic(Path(folder) / _FILE, json.dumps(asdict(self), indent=2) + "\n")

    @classmethod
    def load(cls, folder: str | Path) -> Self | None:
        """What stands in `folder`; None for a model that was not trained here. ModelError for a damaged file."""
        path = Path(folder) / _FILE
        if not path.is_file():
            return None
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            head, labels = found["head"], found["labels"]
            task = found.get("task", "")
            if head in _HEADS and all(isinstance(name, str) for name in (found["parent"], task, *labels)):
                return cls(found["parent"], head, tuple(labels), task)
        except (OSError, ValueError, KeyError, TypeError):
            pass
        do = "copy the folder again, or train again"
        raise ModelError(one_line(f"{path} that says nothing of a parent", "what training wrote there", do))
