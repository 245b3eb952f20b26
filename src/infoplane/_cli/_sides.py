"""What `estimate` measures: the columns of each side, of one kind, and the rows that all of them have."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from infoplane._cli._columns import Column, Table
from infoplane._errors import InputError, one_line

if TYPE_CHECKING:
    from infoplane.estimators import Estimate

_OF_ENTROPY = ("estimator", "units", "confidence", "seed")
# Whole numbers of more values than this, and than twice the root of the number of rows, are rarely labels.
_FEW_VALUES = 20


@dataclass(frozen=True, slots=True)
class Side:
    """One side: its columns by name, what `kind` they are, and their `values`: (n,), (n, d), or a table where mixed."""

    names: tuple[str, ...]
    kind: str
    values: Any


@dataclass(frozen=True, slots=True)
class Sides:
    """The sides by option (`x`, `y`, `given`, `groups`), rows `dropped` for missing values, and remarks."""

    sides: Mapping[str, Side]
    dropped: int
    remarks: tuple[str, ...]

    @property
    def rows(self) -> int:
        """The number of rows measured."""
        return len(self.sides["x"].values)

    def estimate(self, **settings: Any) -> "Estimate":
        """Entropy of x, or the information between x and y; InputError for data that no estimator takes."""
        from infoplane.estimators import entropy, mutual_information

        values: dict[str, Any] = {name: side.values for name, side in self.sides.items()}
        try:
            if "y" in values:
                return mutual_information(**values, **settings)
            return entropy(**values, **{name: settings[name] for name in _OF_ENTROPY})
        except InputError as error:
            raise InputError(" ".join([str(error), *self.remarks])) from None


def choose_sides(
    table: Table, words: Mapping[str, str | None], discrete: str | None, continuous: str | None, *, drop_missing: bool
) -> Sides:
    """The columns that `words` ask for by option, those named by `discrete` and `continuous` read as such.

    Raises InputError for a column on two sides, sides of different lengths, and for missing values unless they are to
    be dropped.
    """
    chosen = {option: table.choose(word, f"--{option}") for option, word in words.items() if word is not None}
    _check_apart(chosen)
    _check_lengths(chosen)
    kept = _complete([column for columns in chosen.values() for column in columns], drop_missing=drop_missing)
    chosen = {option: [column.rows(kept) for column in columns] for option, columns in chosen.items()}
    measured = [column for option, columns in chosen.items() if option != "groups" for column in columns]
    told = _told(table, discrete, continuous, {column.name for column in measured})
    remarks = [remark for column in measured if column.name not in told and (remark := _remark(column))]
    sides = {option: _side(option, columns, {} if option == "groups" else told) for option, columns in chosen.items()}
    remarks += [remark for option, side in sides.items() if (remark := _mixture(option, side))]
    return Sides(sides, int((~kept).sum()), tuple(remarks))


def _check_apart(chosen: Mapping[str, Sequence[Column]]) -> None:
    seen: dict[str, str] = {}
    for option, columns in chosen.items():
        if option == "groups":
            continue
        for column in columns:
            if column.name in seen:
                came = f"column {column.name} in --{seen[column.name]} and in --{option}"
                raise InputError(one_line(came, "other columns on every side", "leave it out of one"))
            seen[column.name] = option


def _check_lengths(chosen: Mapping[str, Sequence[Column]]) -> None:
    lengths = {option: len(columns[0].values) for option, columns in chosen.items()}
    if len(set(lengths.values())) > 1:
        came = " and ".join(f"{length} rows of --{option}" for option, length in lengths.items())
        raise InputError(one_line(came, "equal lengths", "choose arrays with one row a sample in each"))


def _complete(columns: Iterable[Column], *, drop_missing: bool) -> NDArray[np.bool_]:
    """Rows (n,) without a missing value; InputError where there are others, or none is left."""
    counts = {column.name: int(column.missing.sum()) for column in columns}
    missing = np.any([column.missing for column in columns], axis=0)
    if missing.any() and not drop_missing:
        worst = sorted((name for name in counts if counts[name]), key=lambda name: -counts[name])
        where = ", ".join(f"{name}: {counts[name]}" for name in worst[:3]) + (", ..." if len(worst) > 3 else "")
        came = f"{missing.sum()} of {len(missing)} rows with missing values ({where})"
        raise InputError(one_line(came, "a value in every cell", "add --drop-missing to leave these rows out"))
    if missing.all():
        raise InputError(one_line("only rows with missing values", "complete rows", "choose other columns"))
    return np.asarray(~missing)


def _told(table: Table, discrete: str | None, continuous: str | None, used: set[str]) -> dict[str, bool]:
    """For columns named by --discrete or --continuous, whether they are discrete."""
    told: dict[str, bool] = {}
    for option, words in (("discrete", discrete), ("continuous", continuous)):
        for column in table.choose(words, f"--{option}") if words is not None else ():
            if told.setdefault(column.name, option == "discrete") != (option == "discrete"):
                came = f"column {column.name} in --discrete and in --continuous"
                raise InputError(one_line(came, "one of the two", "leave it out of one"))
            if column.name not in used:
                came = f"--{option} {column.name}"
                raise InputError(one_line(came, "a column of --x, --y or --given", "add it there, or leave it out"))
    return told


def _remark(column: Column) -> str | None:
    """A line about labels that look like quantities or ids."""
    if not column.discrete:
        return None
    different, rows = len(np.unique(column.values)), len(column.values)
    if different <= max(_FEW_VALUES, 2 * rows**0.5):
        return None
    found = f"Column {column.name} holds {different:,} different values in {rows:,} rows, read as labels"
    if column.values.dtype.kind in "iu":
        return f"{found}; if they are quantities, add --continuous {column.name}."
    return f"{found}; ids and numbers with words among them look so too."


def _side(option: str, columns: Sequence[Column], told: Mapping[str, bool]) -> Side:
    """The columns of one side together; those of two kinds as a table, since each is to be read as what it is."""
    parts = [_as_told(column, told.get(column.name)) for column in columns]
    names = tuple(part.name for part in parts)
    if option == "groups" and len(parts) > 1:
        came = f"--groups with {len(parts)} columns"
        raise InputError(one_line(came, "one column", "name the one whose rows belong together"))
    if len({part.discrete for part in parts}) > 1:
        import pandas as pd

        return Side(names, "mixed", pd.DataFrame({part.name: part.values for part in parts}))
    kind = "discrete" if parts[0].discrete else "continuous"
    if len(parts) == 1:
        return Side(names, kind, parts[0].values)
    same = [part.labels() if part.discrete else part for part in parts]
    return Side(names, kind, np.column_stack([part.values for part in same]))


def _mixture(option: str, side: Side) -> str | None:
    """A line about a side of labels and quantities."""
    if side.kind != "mixed":
        return None
    labels = [name for name in side.names if side.values[name].dtype.kind != "f"]
    return (
        f"--{option} mixes quantities with labels ({', '.join(labels)}); "
        f"if these are quantities too, add --continuous {','.join(labels)}."
    )


def _as_told(column: Column, discrete: bool | None) -> Column:
    if discrete is None or discrete == column.discrete:
        return column
    return column.labels() if discrete else column.quantities()
