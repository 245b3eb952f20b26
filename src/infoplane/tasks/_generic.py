"""Any table of texts and labels: the columns a user names, or the ones called text and label."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from infoplane._errors import InputError, TaskError, one_line
from infoplane.tasks._source import as_label, as_text, cells, normalised

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold the text, the label, the second text and the group; None where it was not said.

    labelled: whether there has to be a label
    """

    text: str | None = None
    label: str | None = None
    pair: str | None = None
    group: str | None = None
    labelled: bool = True

    def __bool__(self) -> bool:
        return any((self.text, self.label, self.pair, self.group))

    @property
    def named(self) -> list[str]:
        """The columns to read."""
        return [column for column in (self.text, self.label, self.pair, self.group) if column]

    def among(self, found: Iterable[str], where: str, *, unlabelled: bool = False) -> "Columns":
        """These columns, with text and label where they were not said; `unlabelled` data may lack the label.

        Raises TaskError for a column that is not there, InputError for one that is to be two things.
        """
        columns = Columns(self.text or "text", self.label or "label", self.pair, self.group)
        there = tuple(found)
        apart = [column for column in (columns.text, columns.label, columns.pair) if column]
        if len(set(apart)) < len(apart):
            raise InputError(one_line(f"columns {columns.named}", "text, pair and label apart", "name other columns"))
        for column in columns.named:
            if column not in there and not (column == columns.label and (unlabelled or not self.labelled)):
                do = "name them with text= and label=, on the command line --text and --label"
                came = f"no column {column!r} in {where}"
                raise TaskError(one_line(came, f"one of {', '.join(map(repr, there))}", do))
        return columns


def examples(rows: "pd.DataFrame", columns: Columns, at: str, where: str) -> "pd.DataFrame":
    """The examples in `rows`: id ("train:0"), text, label, group and, where a column was named for it, pair.

    Without a group column the text is the group, the first one of a pair, so that copies and premises stay together.
    Raises TaskError for a column that holds lists or objects.
    """
    import pandas as pd

    texts = _texts(rows[columns.text], where)
    frame = pd.DataFrame({"id": [f"{at}:{row}" for row in range(len(rows))], "text": texts}, dtype=object)
    labels = cells(rows[columns.label]) if columns.label in rows else [None] * len(rows)
    frame["label"] = pd.Series([as_label(value) for value in labels], dtype=object)
    if columns.pair:
        frame["pair"] = _texts(rows[columns.pair], where)
    groups = [as_text(value) for value in cells(rows[columns.group])] if columns.group else [""] * len(rows)
    frame["group"] = [group or normalised(text) for group, text in zip(groups, texts, strict=True)]
    return frame


def _texts(column: "pd.Series", where: str) -> Sequence[str]:
    values = cells(column)
    for row, value in enumerate(values):
        if isinstance(value, list | dict | np.ndarray):
            came = f"{type(value).__name__} in column {column.name!r} of {where}, row {row}"
            raise TaskError(one_line(came, "text", "join its parts into one text"))
    return [as_text(value) for value in values]
