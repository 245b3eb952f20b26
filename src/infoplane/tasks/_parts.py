"""Where labelled texts come from: a file, a folder of official parts, a data set of the hub."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from infoplane._errors import TaskError, one_line
from infoplane.tasks._source import ALL, TEST, TRAIN, VALID
from infoplane.tasks._table import SUFFIXES, column_names, read_columns

if TYPE_CHECKING:
    import pandas as pd

NAMES = {"train": TRAIN, "valid": VALID, "validation": VALID, "dev": VALID, "val": VALID, "test": TEST}
_SCRIPT = "Dataset scripts"  # how `datasets` begins to refuse a data set that is a program
_CONVERTED = "refs/convert/parquet"  # where the hub keeps the same data as plain files


class Part(Protocol):
    """Rows with named columns, read when they are needed."""

    @property
    def where(self) -> str:
        """What a message calls it."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns there are."""

    def read(self, columns: Sequence[str]) -> "pd.DataFrame":
        """Some of them."""


@dataclass(frozen=True)
class FilePart:
    """A file; `header` names the columns of one without a header, which is one that lacks the last of them."""

    path: Path
    header: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The path."""
        return str(self.path)

    @property
    def headless(self) -> bool:
        """Whether the file's first line is an example."""
        return bool(self.header) and self.header[-1] not in column_names(self.path)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns there are."""
        return self.header if self.headless else column_names(self.path)

    def read(self, columns: Sequence[str]) -> "pd.DataFrame":
        """Some of them, cells as text."""
        return read_columns(self.path, columns, header=self.header if self.headless else None)


@dataclass(frozen=True)
class HubPart:
    """A split of a data set of the hub."""

    dataset: Any
    where: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns there are."""
        return tuple(self.dataset.column_names)

    def read(self, columns: Sequence[str]) -> "pd.DataFrame":
        """Some of them; numbered classes by their names, -1 as missing."""
        rows: pd.DataFrame = self.dataset.select_columns(list(columns)).to_pandas()
        for column in columns:
            names = getattr(self.dataset.features[column], "names", None)
            if names:
                rows[column] = [names[index] if index >= 0 else None for index in rows[column]]
        return rows


def file_parts(path: Path, header: tuple[str, ...] = (), valid: str = "") -> dict[str, Part]:
    """The one part of a file, or the parts of a folder with files train, dev (or valid) and test.

    valid: the word behind dev_ where there are several, "matched" for dev_matched. Raises TaskError for a folder
    without a train file or with two files for one part.
    """
    if path.is_file():
        return {ALL: FilePart(path, header)}
    parts: dict[str, Part] = {}
    for file in sorted(path.iterdir()):
        part = NAMES.get(file.stem.lower().removesuffix(f"_{valid}"))
        if part and file.suffix.lower() in SUFFIXES:
            if part in parts:
                came = f"folder {path} with two files for {part}, {file.name} the second"
                raise TaskError(one_line(came, "one file a part", "move one away or name a file"))
            parts[part] = FilePart(file, header)
    if TRAIN not in parts:
        found = ", ".join(sorted(file.name for file in path.iterdir())[:8]) or "nothing"
        expected = f"train, dev (or valid) and test with one of {', '.join(SUFFIXES)}"
        raise TaskError(one_line(f"folder {path} with {found}", expected, "name a file, or name the files so"))
    return parts


def hub_parts(repository: str, config: str | None = None, valid: str = "") -> dict[str, Part]:
    """The parts of a data set of the hub; `valid` as for a folder. Raises TaskError when it cannot be loaded."""
    dataset = _load(repository, config)
    named = {name: NAMES.get(name.removesuffix(f"_{valid}")) for name in dataset}
    if len(dataset) == 1:
        named = dict.fromkeys(dataset, ALL)
    parts: dict[str, Part] = {
        part: HubPart(dataset[name], f"{repository} {name}") for name, part in named.items() if part
    }
    if parts:
        return parts
    came = f"data set {repository} with the parts {', '.join(dataset)}"
    raise TaskError(one_line(came, "train, validation and test", "save the part you mean as a file and name it"))


def _load(repository: str, config: str | None) -> Any:
    """The `DatasetDict` of the hub."""
    import datasets

    logger = logging.getLogger("huggingface_hub")
    level = logger.level
    logger.setLevel(logging.ERROR)  # what it says of its retries, the error says too
    try:
        try:
            return datasets.load_dataset(repository, config)
        except RuntimeError as error:
            if not str(error).startswith(_SCRIPT):
                raise
            return datasets.load_dataset(repository, config, revision=_CONVERTED)
    except Exception as error:  # what goes wrong on the way to the hub comes as errors of several libraries
        said = str(error).strip().partition("\n")[0].rstrip(".")
        came = f"data set {repository}{f' ({config})' if config else ''} cannot be loaded: {said}"
        do = "check the name and the network, or download its files and name their folder"
        raise TaskError(one_line(came, "a data set of the hub, or a file or folder here", do)) from None
    finally:
        logger.setLevel(level)
