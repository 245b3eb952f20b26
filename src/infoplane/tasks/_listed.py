"""Examples a model has seen with their labels: a list of ids or groups that is not to be measured on."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from infoplane._errors import TaskError, one_line
from infoplane.tasks._source import Source, as_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Listed:
    """The `ids` in the file `path`, each of an example or of a group."""

    path: Path
    ids: frozenset[str]

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """A JSON list, or a text with one id a line; TaskError for a file that is neither."""
        file = Path(path).expanduser()
        try:
            text = file.read_text(encoding="utf-8-sig")
            found = json.loads(text) if text.lstrip().startswith(("[", "{")) else text.splitlines()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise _unusable(f"{path} cannot be read ({why})") from None
        if not isinstance(found, list) or not all(isinstance(one, str | int) for one in found):
            raise _unusable(path)
        return cls(file, frozenset(filter(None, map(as_text, found))))

    @property
    def reason(self) -> str:
        """What the examples are counted as that are left out."""
        return f"listed in {self.path.name}"

    def among(self, source: Source) -> tuple["pd.Series", tuple[str, ...]]:
        """Which examples of `source` are listed or share their group with one that is, and what there is to say.

        Raises TaskError where no id occurs: it is the list of another task.
        """
        frame = source.frame
        own = frame["id"].isin(self.ids) | frame["group"].isin(self.ids)
        if not own.any():
            came = f"none of the {len(self.ids)} ids in {self.path} occurs in task {source.name}"
            example = f"ids as {frame['id'].iloc[0]!r}" if len(frame) else "examples"
            raise TaskError(one_line(came, f"{example}, or values of the group column", "give the list of this task"))
        missing = self.ids - set(frame["id"]) - set(frame["group"])
        notes = (f"{len(missing)} of the {len(self.ids)} ids {self.reason} do not occur.",) if missing else ()
        return frame["group"].isin(set(frame.loc[own, "group"])), notes


def _unusable(came: Any) -> TaskError:
    return TaskError(one_line(came, "a JSON list of ids, or a text with one id a line", "check the file"))
