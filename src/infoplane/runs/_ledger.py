"""The ledger: every number of a run as a line of JSON, only ever appended to.

Lines are written whole and put on the disk before `append` returns. A process killed in the middle of a write leaves
one torn line at the end, which the next writer cuts off; everything before it stands.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from infoplane._errors import RunError, one_line
from infoplane.estimators import Estimate
from infoplane.runs._files import writing
from infoplane.runs._plain import to_json

if TYPE_CHECKING:
    import pandas as pd

COORDINATES = (
    *("measure", "quantity", "model", "task", "split", "layer", "site", "head"),
    *("step", "role", "label", "method", "dose", "epoch", "seed"),
)
FIELDS = tuple(field.name for field in fields(Estimate))

_COLUMNS = (*COORDINATES, *FIELDS)
_WHOLE_NUMBERS = ("layer", "head", "step", "epoch", "seed", "n")
_NUMBERS = ("value", "low", "high", "null_mean", "null_high", "p_value", "ceiling")

Row = Mapping[str, Any]


class Ledger:
    """The rows of one file: `COORDINATES`, null where they do not apply, then the `FIELDS` of an Estimate.

    Coordinates are the key of a row: a row whose coordinates stand in the file already is ignored, so that a run that
    is continued may write again what it had written. `read_only` leaves the file as it is. Raises RunError for a line
    that cannot be read, with its number, and for a file that cannot be written.
    """

    def __init__(self, path: str | Path, *, read_only: bool = False) -> None:
        self.path = Path(path)
        self.read_only = read_only
        self._seen: dict[tuple[str, ...], set[tuple[Any, ...]]] = {COORDINATES: set()}
        whole = 0
        for row, end in self._lines():
            self._remember(row)
            whole = end
        if not read_only and self.path.is_file() and self.path.stat().st_size > whole:
            with writing(self.path):
                os.truncate(self.path, whole)

    def append(self, rows: Iterable[Row]) -> None:
        """Write all `rows` in one go, those that stand there already left out; RunError for one that is no row."""
        complete = [_complete(row) for row in rows]
        new: dict[tuple[Any, ...], dict[str, Any]] = {}
        for row in complete:
            if (key := _key(row, COORDINATES)) not in self._seen[COORDINATES]:
                new.setdefault(key, row)
        self._write("".join(to_json(row, _name(row)) + "\n" for row in new.values()).encode())
        for row in new.values():
            self._remember(row)

    def add(self, estimate: Estimate, **coordinates: Any) -> None:
        """Write one number at `coordinates`."""
        self.append([{**coordinates, **estimate.as_dict()}])

    def has(self, **coordinates: Any) -> bool:
        """Whether a row stands at `coordinates`; a coordinate that is not named may be anything, None is null."""
        names = tuple(name for name in COORDINATES if name in coordinates)
        _check_names(coordinates, COORDINATES)
        if names not in self._seen:
            self._seen[names] = {_key(row, names) for row, _ in self._lines()}
        return _key(coordinates, names) in self._seen[names]

    def rows(self) -> list[dict[str, Any]]:
        """All rows in the order they were written."""
        return [row for row, _ in self._lines()]

    def filter(self, **coordinates: Any) -> list[dict[str, Any]]:
        """The rows at `coordinates`; a coordinate that is not named may be anything, None is null."""
        _check_names(coordinates, COORDINATES)
        return [row for row, _ in self._lines() if all(row[name] == value for name, value in coordinates.items())]

    def to_pandas(self) -> "pd.DataFrame":
        """All rows as a data frame; layers, heads, steps, epochs and seeds are whole numbers or missing."""
        import pandas as pd

        rows = self.rows()
        frame = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(dict.fromkeys(_NUMBERS, "float64"))
        for name in _WHOLE_NUMBERS:
            values = [row[name] for row in rows]
            if all(value is None or isinstance(value, int) for value in values):
                frame[name] = pd.array(values, dtype="Int64")
        return frame

    def __len__(self) -> int:
        return len(self._seen[COORDINATES])

    def _lines(self) -> Iterator[tuple[dict[str, Any], int]]:
        """Every whole line and where it ends; what follows the last line end was torn off by a kill and is not read."""
        if not self.path.is_file():
            return
        end = 0
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n"):
                    end += len(line)
                    yield self._parsed(line, number), end

    def _parsed(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            row: dict[str, Any] = json.loads(line)
            return dict.fromkeys(_COLUMNS) | {"value": row["value"]} | row
        except (ValueError, KeyError, TypeError):
            came = f"line {number} of {self.path} cannot be read"
            do = "restore the file, or delete the run and measure again"
            raise RunError(one_line(came, "a number with its coordinates", do)) from None

    def _write(self, data: bytes) -> None:
        """Append `data` and put it on the disk; where that fails, the file is as long as before."""
        if not data:
            return
        if self.read_only:
            do = "open the run with its configuration to continue it"
            raise RunError(one_line(f"ledger {self.path} opened for reading", "one that may be written", do))
        with writing(self.path):
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            before = os.fstat(handle).st_size
            try:
                _write_all(handle, data)
                os.fsync(handle)
            except BaseException:
                with suppress(OSError):
                    os.ftruncate(handle, before)
                raise
            finally:
                os.close(handle)

    def _remember(self, row: Row) -> None:
        for names, keys in self._seen.items():
            keys.add(_key(row, names))


def _complete(row: Row) -> dict[str, Any]:
    """`row` with every coordinate and field, in their order; RunError for a name or value the ledger has not."""
    _check_names(row, _COLUMNS)
    missing = [name for name in ("quantity", *FIELDS) if name not in row]
    if missing:
        came = f"a row without {', '.join(missing)}"
        raise RunError(one_line(came, "a quantity and every field of an Estimate", "use Ledger.add"))
    complete = {name: row.get(name) for name in COORDINATES} | {name: row[name] for name in FIELDS}
    for name in COORDINATES:
        value = complete[name]
        if isinstance(value, np.generic):
            complete[name] = value = value.item()
        if not isinstance(value, str | int | float | None):
            came = f"coordinate {name} {value!r}"
            raise RunError(one_line(came, "a text, a number or null", "give one value"))
    return complete


def _check_names(row: Row, known: tuple[str, ...]) -> None:
    unknown = [name for name in row if name not in known]
    if unknown:
        came = f"unknown coordinate {', '.join(unknown)}"
        raise RunError(one_line(came, f"some of {', '.join(known)}", "use these names"))


def _key(row: Row, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def _name(row: Row) -> str:
    """What a row is of, for an error."""
    where = [f"{name} {row[name]}" for name in ("layer", "step", "role", "label", "method") if row[name] is not None]
    return ", ".join([str(row["quantity"]), *where])


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]
