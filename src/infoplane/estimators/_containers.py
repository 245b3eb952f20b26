"""Whatever holds numbers or labels, as a numpy array: lists, torch, pandas, pyarrow. None of these is imported here."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line

_DTYPES = {"b": np.bool_, "i": np.int64, "u": np.uint64, "f": np.float64}


def as_array(values: Any, name: str) -> NDArray[Any]:
    """`values` as an array of numbers, booleans or strings, of any shape.

    Data frames become one column each: text next to whole numbers makes all text, floats next to text are refused.
    Raises InputError for missing or masked entries, dates, ragged lists, lists of numbers and text, sparse matrices,
    complex numbers and objects.
    """
    array = _converted(values, name)
    if array.dtype.kind == "O" and array.size and all(isinstance(item, str) for item in array.flat):
        return array.astype(str)
    if array.dtype.kind in "mM":
        do = "cast them to floats to measure when, or to strings to measure which"
        raise InputError(one_line(f"{name} of type {array.dtype}", "numbers, booleans or strings", do))
    if array.dtype.kind not in "iubfUS":
        came = f"{name} of type {array.dtype}"
        raise InputError(one_line(came, "an array of numbers, booleans or strings", "convert it to one type"))
    return array


def is_frame(values: Any) -> bool:
    """Whether `values` is a table whose columns have types of their own."""
    return _library(values) in ("pandas", "pyarrow") and hasattr(values, "columns")


def frame_columns(frame: Any, name: str) -> dict[str, NDArray[Any]]:
    """The columns of a pandas or pyarrow table by name, each a vector; names that come twice get their place."""
    table = frame.to_pandas() if _library(frame) == "pyarrow" else frame
    titles = [str(title) for title in table.columns]
    places = [title if titles.count(title) == 1 else f"{title} ({place})" for place, title in enumerate(titles)]
    return {place: as_array(table.iloc[:, index], f"column {place} of {name}") for index, place in enumerate(places)}


def _converted(values: Any, name: str) -> NDArray[Any]:
    if isinstance(values, np.ma.MaskedArray):
        _none_missing(int(np.ma.getmaskarray(values).sum()), name)
        return np.asarray(values.data)
    if isinstance(values, np.ndarray):
        return np.asarray(values)
    if is_frame(values):
        return _stacked(frame_columns(values, name), len(values), name)
    library = _library(values)
    if library == "scipy":
        raise InputError(one_line(f"{name}, a sparse matrix", "a dense one", f"give {name}.toarray()"))
    if library == "torch":
        return _from_torch(values, name)
    if library == "pyarrow":
        _none_missing(int(values.null_count), name)
        return _from_pandas(values.to_pandas(), name)
    return _from_pandas(values, name) if library == "pandas" else _from_sequence(values, name)


def _library(values: Any) -> str:
    return type(values).__module__.partition(".")[0]


def _from_torch(tensor: Any, name: str) -> NDArray[Any]:
    """Any dtype, device and graph; types that numpy lacks, such as bfloat16, as float64."""
    if "strided" not in str(tensor.layout):
        raise InputError(one_line(f"{name}, a sparse tensor", "a dense one", f"give {name}.to_dense()"))
    plain = tensor.detach().cpu().resolve_conj().resolve_neg()
    unknown = plain.is_floating_point() and str(plain.dtype) not in ("torch.float16", "torch.float32", "torch.float64")
    return np.asarray((plain.double() if unknown else plain).numpy())


def _from_pandas(column: Any, name: str) -> NDArray[Any]:
    """A Series, Index or extension array; categories as text, so that numbers among them stay labels."""
    if not hasattr(column, "isna"):
        return np.asarray(column)
    kind = column.dtype.kind
    if kind != "f" or column.dtype.name == "category":
        _none_missing(int(np.sum(column.isna())), name)
    if column.dtype.name == "category":
        return np.asarray(column, dtype=object).astype(str)
    if kind in _DTYPES:
        return np.asarray(column.to_numpy(dtype=_DTYPES[kind]))
    return np.asarray(column)


def _from_sequence(values: Any, name: str) -> NDArray[Any]:
    if isinstance(values, (list, tuple)) and values and _library(values[0]) == "torch":
        return _from_sequence([_from_torch(item, name).tolist() for item in values], name)
    try:
        array = np.asarray(values)
    except ValueError:
        came = f"{name}, a list of lists of unequal length"
        raise InputError(one_line(came, "rows of one length", "give as many values in each")) from None
    if array.dtype.kind in "US" and isinstance(values, (list, tuple)):
        kinds = {isinstance(item, (str, bytes)) for item in np.asarray(values, dtype=object).flat}
        if len(kinds) > 1:
            came = f"{name}, a list of numbers and text"
            raise InputError(one_line(came, "numbers or text", "convert it to one type"))
    return array


def _stacked(columns: dict[str, NDArray[Any]], rows: int, name: str) -> NDArray[Any]:
    """One matrix (rows, columns) of one type."""
    if not columns:
        return np.empty((rows, 0))
    arrays = list(columns.values())
    kinds = {array.dtype.kind for array in arrays}
    if "f" in kinds and kinds & set("US"):
        words = ", ".join(title for title, array in columns.items() if array.dtype.kind in "US")
        came = f"{name} with numbers beside the text columns {words}"
        raise InputError(one_line(came, "columns of one kind", "encode the text as numbers, or give it apart"))
    text = bool(kinds & set("US")) or (kinds >= {"i", "u"} and "f" not in kinds)
    return np.column_stack([array.astype(str) for array in arrays] if text else arrays)


def _none_missing(missing: int, name: str) -> None:
    if missing:
        came = f"{name} with {missing} missing values"
        raise InputError(one_line(came, "a value in every row", "drop these rows or fill them in"))
