"""What a name stands for: the embedded task, a file, a folder or a data set of the hub, in a known format or in any."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from infoplane._errors import InputError, TaskError, one_line
from infoplane.tasks import _dialogues, _glue
from infoplane.tasks._embedded import EMBEDDED, embedded_source
from infoplane.tasks._generic import Columns, examples
from infoplane.tasks._glue import GLUE, Glue, glue_key
from infoplane.tasks._pair_sets import HUB_IDS, PAIR_SETS
from infoplane.tasks._parts import Part, file_parts, hub_parts
from infoplane.tasks._source import TEST, Source, combine
from infoplane.tasks._table import SUFFIXES

if TYPE_CHECKING:
    import pandas as pd


def find(name: str, columns: Columns, turns: bool, seed: int) -> Source:
    """The labelled texts a name stands for; what lies on the disk goes before the hub. Raises as `load_task` does."""
    if name in EMBEDDED:
        if columns or turns:
            raise InputError(one_line(f"columns or turns for task {name}", "neither", "leave them out"))
        return embedded_source(name, seed)
    path = Path(name).expanduser()
    if path.exists():
        return _on_disk(path, columns, turns)
    if path.suffix.lower() in SUFFIXES or name.startswith((".", "/", "~")):
        raise TaskError(one_line(f"no file or folder {name}", "one that is there", "check the path"))
    return _on_hub(name, columns, turns)


def _on_disk(path: Path, columns: Columns, turns: bool) -> Source:
    key = glue_key(path.resolve().name)
    glue = GLUE.get(key) or PAIR_SETS.get(key)
    if path.is_dir() and glue and not columns:
        name = f"glue/{key}" if key in GLUE else key
        return _glue_source(name, glue, file_parts(path, glue.header, glue.valid), turns)
    return _source(path.resolve().name, file_parts(path), columns, turns)


def _on_hub(name: str, columns: Columns, turns: bool) -> Source:
    if name == "empathetic_dialogues":
        return _source(name, hub_parts(_dialogues.HUB_ID), columns, turns)
    if name in PAIR_SETS:
        return _glue_source(name, PAIR_SETS[name], hub_parts(*HUB_IDS[name]), turns)
    if name.startswith("glue/"):
        key = glue_key(name.removeprefix("glue/"))
        if key not in GLUE:
            raise TaskError(one_line(f"task {name}", f"glue/ and one of {', '.join(GLUE)}", "name one of these"))
        glue = GLUE[key]
        return _glue_source(f"glue/{key}", glue, hub_parts(_glue.HUB_ID, glue.config or key, glue.valid), turns)
    owner, slash, rest = name.partition("/")
    repository, _, config = rest.partition("/")
    return _source(name, hub_parts(f"{owner}{slash}{repository}", config or None), columns, turns)


def _source(name: str, parts: Mapping[str, Part], columns: Columns, turns: bool) -> Source:
    """EmpatheticDialogues where its columns are and no others were asked for, else the columns asked for."""
    found = next(iter(parts.values())).columns
    if not columns and set(_dialogues.COLUMNS) <= set(found):
        read = {name: _dialogues.conversations(part.read(_dialogues.COLUMNS), turns) for name, part in parts.items()}
        frame, notes = combine(read)
        return Source(name, frame, "emotion", notes=notes)
    _refuse(turns, name)
    frame, notes = combine({at: _examples(part, columns, at) for at, part in parts.items()})
    return Source(name, frame, notes=notes)


def _glue_source(name: str, glue: Glue, parts: Mapping[str, Part], turns: bool) -> Source:
    _refuse(turns, name)
    columns = glue.among(next(iter(parts.values())).columns)
    frame, notes = combine({at: glue.judged(_examples(part, columns, at)) for at, part in parts.items()})
    return Source(name, frame, glue.aspect, "sentence", tuple(glue.words), glue.metrics, notes)


def _examples(part: Part, columns: Columns, at: str) -> "pd.DataFrame":
    """The examples of a part; the labels of an official test may be hidden."""
    chosen = columns.among(part.columns, part.where, unlabelled=at == TEST)
    rows = part.read([column for column in chosen.named if column in part.columns])
    return examples(rows, chosen, at, part.where)


def _refuse(turns: bool, name: str) -> None:
    if turns:
        raise InputError(one_line(f"turns for task {name}", "a task of dialogues with turns", "leave turns out"))
