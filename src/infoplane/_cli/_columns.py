"""Columns of a table or of arrays in a file, chosen by name, glob or range; nothing is left out without a word.

A column is one number, word or truth value a row. Arrays of two dimensions are read as as many columns as they are
wide: `0`, `1`, ... of an npy file, `name[0]`, `name[1]`, ... of an npz file or of a column whose cells are lists.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line

_MOST_NAMES = 12


@dataclass(frozen=True, slots=True)
class Column:
    """`values` (n,) of integers, booleans, floats or strings, and which of them are `missing` (n,)."""

    name: str
    values: NDArray[Any]
    missing: NDArray[np.bool_]

    @property
    def discrete(self) -> bool:
        """Whether the values are labels: all but floats are."""
        return self.values.dtype.kind != "f"

    def rows(self, kept: NDArray[np.bool_]) -> "Column":
        """The same column with only the `kept` (n,) rows."""
        return Column(self.name, self.values[kept], self.missing[kept])

    def labels(self) -> "Column":
        """The same column with every value as a label."""
        return Column(self.name, np.unique(self.values, return_inverse=True)[1].astype(np.int64), self.missing)

    def quantities(self) -> "Column":
        """The same column as floats; InputError for text."""
        try:
            return Column(self.name, self.values.astype(np.float64), self.missing)
        except ValueError:
            came = f"--continuous {self.name}, a column of text"
            raise InputError(one_line(came, "numbers", "leave it discrete")) from None


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of `source` by name, in order; each is read when it is asked for."""

    source: str
    names: tuple[str, ...]
    read: Callable[[str], Column]

    def choose(self, words: str, option: str) -> list[Column]:
        """The columns that `words` ask for: names, globs (`h_*`) and ranges (`h_0:h_63`, `1:512`) between commas.

        A range of names includes both ends; one of numbers counts columns as Python does, without the last. The name
        of an array is all its columns. Raises InputError for what is not there, with the names that come close.
        """
        names = [words] if words in self.names else [name for word in words.split(",") for name in self._named(word)]
        if not names:
            raise InputError(one_line(f"{option} without a column", "names of columns", f"use {self._some()}"))
        columns = [self.read(name) for name in dict.fromkeys(names)]
        if len({len(column.values) for column in columns}) > 1:
            came = f"{option} {words} with columns of different lengths"
            raise InputError(one_line(came, "one value a sample in each", "choose arrays of one length"))
        return columns

    def _named(self, word: str) -> Sequence[str]:
        word = word.strip()
        if word in self.names or not word:
            return [word] if word else []
        found = self._of_array(word) or self._of_range(word)
        if not found and set("*?") & set(word):
            found = [name for name in self.names if fnmatchcase(name, word)]
        if not found:
            close = get_close_matches(word, self.names, n=3)
            do = f"did you mean {' or '.join(close)}" if close else "check the name"
            raise InputError(one_line(f"no column {word} in {self.source}", self._some(), do))
        return found

    def _of_array(self, word: str) -> Sequence[str]:
        array, _, inside = word.partition("[")
        columns = [name for name in self.names if name.startswith(f"{array}[")]
        if not inside:
            return columns
        part = _slice(inside.removesuffix("]"))
        return columns[part] if part else []

    def _of_range(self, word: str) -> Sequence[str]:
        first, colon, last = word.partition(":")
        part = _slice(word)
        if part:
            return self.names[part]
        if not colon or first not in self.names or last not in self.names:
            return []
        return self.names[self.names.index(first) : self.names.index(last) + 1]

    def _some(self) -> str:
        more = len(self.names) - _MOST_NAMES
        shown = ", ".join(self.names[:_MOST_NAMES])
        return f"one of {shown}{f' and {more} more' if more > 0 else ''}"


def _slice(text: str) -> slice | None:
    """`1:5`, `:5`, `1:` as a slice; None for anything else."""
    first, colon, last = text.partition(":")
    if not colon or not all(part == "" or part.isdecimal() for part in (first, last)):
        return None
    return slice(int(first) if first else None, int(last) if last else None)


def open_table(path: Path) -> Table:
    """The table in a CSV, TSV, JSONL, Parquet, npy or npz file, or the `embedded` one.

    Raises InputError for a file that is not there, empty, not what its name says, or of Python objects.
    """
    from infoplane._cli._files import load_arrays, load_frame, made_table

    form = path.suffix.lower()
    if str(path) == "embedded":
        return _of_arrays("embedded", made_table())
    if form in (".npy", ".npz"):
        return _of_arrays(str(path), load_arrays(path))
    frame = load_frame(path)
    vectors = {name: matrix for name in frame.columns if (matrix := _vectors(frame[name], name)) is not None}
    if vectors:
        arrays = {name: vectors.get(name, frame[name]) for name in frame.columns}
        return _of_arrays(str(path), arrays)
    return Table(str(path), tuple(frame.columns), lambda name: _column(name, frame[name]))


def _of_arrays(source: str, arrays: Mapping[str, Any]) -> Table:
    """Every column of arrays (n,) or (n, d) under its own name; an array without a name has numbers for names."""
    columns: dict[str, tuple[str, int | None]] = {}
    for name, array in arrays.items():
        if array.ndim < 2:
            columns[name or "0"] = (name, None)
        else:  # of more than two dimensions: refused when a column is asked for
            columns |= {f"{name}[{at}]" if name else str(at): (name, at) for at in range(array.shape[1])}

    def read(column: str) -> Column:
        name, at = columns[column]
        return _column(column, arrays[name] if at is None else arrays[name][:, at])

    return Table(source, tuple(columns), read)


def _vectors(cells: Any, name: str) -> NDArray[Any] | None:
    """Cells that are lists of numbers of one length, as a matrix; None for other cells."""
    if cells.dtype != object or not len(cells) or not isinstance(cells.iloc[0], list | np.ndarray):
        return None
    try:
        return np.stack([np.asarray(cell, dtype=np.float64) for cell in cells])
    except (ValueError, TypeError):
        came = f"column {name} with lists of different lengths or of no numbers"
        raise InputError(one_line(came, "numbers, as many in every row", "correct the file")) from None


def _column(name: str, cells: Any) -> Column:
    """A column from a numpy array or a pandas series; InputError where its type is none that can be measured."""
    is_array = isinstance(cells, np.ndarray)
    missing = np.zeros(len(cells), dtype=bool) if is_array else cells.isna().to_numpy(dtype=bool)
    values = np.asarray(cells) if is_array else _filled(cells)
    if values.ndim != 1 or values.dtype.kind not in "iubfUS":
        came = f"{name or 'an array'} of type {values.dtype} and shape {values.shape}"
        raise InputError(one_line(came, "numbers, booleans or text of shape (n,) or (n, d)", "convert it"))
    if values.dtype.kind == "f":
        missing = missing | np.isnan(values)
    return Column(name, values, missing)


def _filled(cells: Any) -> NDArray[Any]:
    """The cells of a series as a plain array; what stands in place of a missing one is never looked at."""
    kind = cells.dtype.kind
    if kind in "iubf":
        plain = np.dtype({"b": bool, "f": np.float64}.get(kind, np.int64))
        return np.asarray(cells.to_numpy(dtype=plain, na_value=np.nan if kind == "f" else plain.type(0)))
    known = cells[cells.notna()]
    if all(isinstance(cell, str) for cell in known):
        return np.asarray(cells.astype("string").fillna("").to_numpy(dtype=str))
    return np.asarray(cells.to_numpy())
