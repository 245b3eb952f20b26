"""Columns of a CSV, TSV, JSONL or Parquet file, with one line about whatever is wrong with it."""

import csv
import itertools
import json
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infoplane._errors import TaskError, one_line

if TYPE_CHECKING:
    import pandas as pd

_CHUNK = 100_000
SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet")


def column_names(path: Path) -> tuple[str, ...]:
    """The columns of a file; of JSONL, the keys of its first line. Raises TaskError if it cannot be read."""
    import pandas as pd

    with _readable(path):
        if path.suffix.lower() == ".parquet":
            from pyarrow import parquet

            return tuple(parquet.read_schema(path).names)
        if path.suffix.lower() == ".jsonl":
            return tuple(next(_json_lines(path), {}))
        return tuple(pd.read_csv(path, nrows=0, **_dialect(path)).columns)


def read_columns(path: Path, columns: Sequence[str], *, header: Sequence[str] | None = None) -> "pd.DataFrame":
    """`columns` of a file, one row a line; `header` names the columns of a CSV or TSV file that has no header.

    CSV is quoted as usual and TSV never, so that a quotation mark in it is a character. Raises TaskError for a file
    that is not there, not UTF-8, empty, or breaks its format, with the line where that is known.
    """
    import pandas as pd

    with _readable(path):
        if path.suffix.lower() == ".parquet":
            return pd.read_parquet(path, columns=list(columns))
        if path.suffix.lower() == ".jsonl":
            cells = ([line.get(column) for column in columns] for line in _json_lines(path))
            return pd.DataFrame(cells, columns=list(columns), dtype=object)
        names: dict[str, Any] = {} if header is None else {"names": list(header), "header": None}
        # Not usecols: with it, pandas cuts a line of too many fields short without a word.
        with pd.read_csv(path, chunksize=_CHUNK, **names, **_dialect(path)) as chunks:
            return pd.concat([chunk[list(columns)] for chunk in chunks], ignore_index=True)


def _dialect(path: Path) -> dict[str, Any]:
    common = {"dtype": str, "na_filter": False, "encoding": "utf-8-sig", "index_col": False}
    if path.suffix.lower() == ".tsv":
        return common | {"sep": "\t", "quoting": csv.QUOTE_NONE}
    width = _unquoted_width(path)
    if width:
        short = {"engine": "python", "on_bad_lines": lambda fields: fields[:width]}
        return common | {"sep": ",", "quoting": csv.QUOTE_NONE} | short
    return common | {"sep": ","}


def _unquoted_width(path: Path) -> int:
    """The number of columns of a file that writes commas as _comma_, and quotes nothing; 0 for any other.

    EmpatheticDialogues was first published so, with lone quotation marks and lines of too many fields.
    """
    with path.open(encoding="utf-8-sig") as lines:
        head = list(itertools.islice(lines, 1000))
    commas = head[0].count(",")
    fitting = sum(line.count(",") <= commas for line in head)
    return commas + 1 if fitting >= 0.95 * len(head) and any("_comma_" in line for line in head) else 0


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise TaskError(one_line(f"{path} line {number}", "one JSON object", f"correct it ({error})")) from None
            if not isinstance(row, dict):
                came = f"{path} line {number} holds {type(row).__name__}"
                raise TaskError(one_line(came, "one JSON object", 'write {"text": ..., "label": ...} a line'))
            yield row


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turns whatever a library says about a broken file into a TaskError of one line."""
    from pandas.errors import ParserWarning

    form = path.suffix[1:].upper()
    try:
        _require(path, form)
        with warnings.catch_warnings():
            warnings.simplefilter("error", ParserWarning)
            yield
    except TaskError:
        raise
    except UnicodeDecodeError:
        raise TaskError(one_line(f"{path} is not UTF-8", f"{form} in UTF-8", "convert it")) from None
    except OSError as error:
        raise TaskError(one_line(path, "a file that can be read", f"check it ({error.strerror or error})")) from None
    except (ValueError, ParserWarning) as error:  # what pandas' parser and pyarrow raise is a ValueError
        raise TaskError(one_line(path, f"well-formed {form}", f"correct it ({str(error).strip()})")) from None


def _require(path: Path, form: str) -> None:
    if path.suffix.lower() not in SUFFIXES:
        raise TaskError(one_line(path, f"a file ending in {', '.join(SUFFIXES)}", "convert or rename it"))
    if not path.stat().st_size:
        raise TaskError(one_line(f"{path} is empty", f"{form} with a header and rows", "check the file"))
