"""Tables and arrays from files, with one line about whatever is wrong with them."""

import csv
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from infoplane._errors import InputError, one_line

if TYPE_CHECKING:
    import pandas as pd

_SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet", ".npy", ".npz")
# Not "None" or "null", which are words too.
_MISSING = ["", "nan", "NaN", "NA"]


def made_table() -> dict[str, Any]:
    """1,000 rows of normals: x_0, x_1 and y with exactly one nat between them, and the `sign` of y."""
    from infoplane.estimators import correlated_normals

    x, y = correlated_normals(1.0, 2, 1, 1000)
    return {"x_0": x[:, 0], "x_1": x[:, 1], "y": y[:, 0], "sign": np.where(y[:, 0] > 0, "plus", "minus")}


def load_frame(path: Path) -> "pd.DataFrame":
    """A CSV, TSV, JSONL or Parquet file; empty cells, NaN and NA of the first two are missing. Raises InputError."""
    import pandas as pd

    form = path.suffix.lower()
    with _readable(path):
        if form == ".parquet":
            frame = pd.read_parquet(path, dtype_backend="numpy_nullable")
        elif form == ".jsonl":
            frame = pd.read_json(path, lines=True, dtype=False)
        else:
            dialect: dict[str, Any] = {"sep": "\t", "quoting": csv.QUOTE_NONE} if form == ".tsv" else {}
            frame = pd.read_csv(
                path,
                encoding="utf-8-sig",
                index_col=False,
                low_memory=False,
                keep_default_na=False,
                na_values=_MISSING,
                dtype_backend="numpy_nullable",
                **dialect,
            )
    frame.columns = [str(name) for name in frame.columns]
    if not len(frame):
        raise InputError(one_line(f"{path} without rows", "a header and rows", "check the file"))
    return frame


def load_lines(path: Path) -> list[str]:
    """The lines of a text file that are not empty. Raises InputError."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        came = f"{path} ({getattr(error, 'strerror', None) or 'not UTF-8'})"
        raise InputError(one_line(came, "a text file in UTF-8", "check the name and the rights")) from None
    return [line.strip() for line in lines if line.strip()]


def load_arrays(path: Path) -> Mapping[str, Any]:
    """The arrays of an npz file by name, or the one of an npy file under an empty name. Raises InputError."""
    with _readable(path):
        if path.suffix.lower() == ".npz":
            with path.open("rb") as file, np.lib.npyio.NpzFile(file, allow_pickle=False) as arrays:
                return dict(arrays)
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    return {"": array} if array.dtype.names is None else {name: array[name] for name in array.dtype.names}


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turns whatever a library says about a broken file into an InputError of one line."""
    from pandas.errors import ParserWarning

    form = path.suffix[1:].upper()
    try:
        _require(path)
        with warnings.catch_warnings():
            warnings.simplefilter("error", ParserWarning)
            yield
    except InputError:
        raise
    except UnicodeDecodeError:
        raise InputError(one_line(f"{path} is not UTF-8", f"{form} in UTF-8", "convert it")) from None
    except OSError as error:
        came, do = f"{path} ({error.strerror or error})", "check the name and the rights"
        raise InputError(one_line(came, f"{form} that can be read", do)) from None
    except (ValueError, EOFError, zipfile.BadZipFile, ParserWarning) as error:
        if "allow_pickle" in str(error) or "Python objects" in str(error):
            came, do = f"{path} is no {form}, or holds Python objects", "save plain arrays: objects could run code"
            raise InputError(one_line(came, "numbers or text", do)) from None
        raise InputError(one_line(path, f"well-formed {form}", f"correct it ({str(error).strip()})")) from None


def _require(path: Path) -> None:
    if path.suffix.lower() not in _SUFFIXES:
        raise InputError(one_line(path, f"a file ending in {', '.join(_SUFFIXES)}", "convert or rename it"))
    if not path.stat().st_size:
        raise InputError(one_line(f"{path} is empty", "a header and rows, or an array", "check the file"))
