"""Where plain texts come from: a list, a file with one a line, or whatever a task can be loaded from."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from infoplane._errors import InputError, TaskError, one_line
from infoplane.tasks._find import find
from infoplane.tasks._generic import Columns
from infoplane.tasks._source import as_text
from infoplane.tasks._table import SUFFIXES


class Found(NamedTuple):
    """Texts as they were found, each with the name of its document."""

    name: str
    texts: list[str]
    documents: list[str]


def find_texts(source: str | Path | Sequence[str], text: str | None, group: str | None, seed: int) -> Found:
    """The texts of `source`, without white space around them. Raises as `load_texts` does."""
    columns = Columns(text=text, group=group, labelled=False)
    if not isinstance(source, str | Path):
        return _each_its_document("texts", [as_text(one) for one in _checked(source)], columns)
    path = Path(source).expanduser()
    suffix = path.suffix.lower()
    if suffix == ".txt" or (path.is_file() and suffix not in SUFFIXES):
        return _each_its_document(path.resolve().name, _lines(path), columns)
    return _of_task(str(source), columns, seed)


def _each_its_document(name: str, texts: list[str], columns: Columns) -> Found:
    if columns:
        came = f"columns {', '.join(columns.named)} for {name}, which has none"
        raise InputError(one_line(came, "text= and group= only with a table", "leave them out"))
    return Found(name, texts, [str(row) for row in range(len(texts))])


def _checked(texts: Sequence[str]) -> Sequence[str]:
    for row, one in enumerate(texts):
        if not isinstance(one, str):
            raise InputError(one_line(f"{type(one).__name__} at {row} of the texts", "text", "give a list of str"))
    return texts


def _lines(path: Path) -> list[str]:
    """The lines that are not blank."""
    try:
        content = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise TaskError(one_line(f"{path} is not UTF-8", "plain text, one a line", "convert it")) from None
    except OSError as error:
        raise TaskError(one_line(path, "a file that can be read", f"check it ({error.strerror or error})")) from None
    if "\0" in content:
        raise TaskError(one_line(f"{path} holds bytes of value 0", "plain text, one a line", "convert it"))
    lines = [as_text(line) for line in content.split("\n") if line.strip()]
    if not lines:
        raise TaskError(one_line(f"{path} is empty", "plain text, one a line", "check the file"))
    return lines


def _of_task(name: str, columns: Columns, seed: int) -> Found:
    """The texts of all parts, of pairs both, with the task's groups as documents."""
    source = find(name, columns, turns=False, seed=seed)
    frame = source.frame
    texts, documents = frame["text"].tolist(), frame["group"].tolist()
    if source.pairs:
        texts, documents = texts + frame["pair"].tolist(), documents * 2
    return Found(source.name, texts, documents)
