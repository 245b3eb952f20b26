"""What an entrance was given, with each column read as what it is."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, Labels, as_features, as_labels, is_discrete
from infoplane.estimators._containers import as_array, frame_columns, is_frame

Kind = Literal["discrete", "continuous", "mixed"]
Declared = Literal["discrete", "continuous"]


@dataclass(frozen=True, slots=True)
class Data:
    """The columns of one variable: the `continuous` ones (n, d), and the `discrete` ones as one label a row.

    At least one of the two is given.
    """

    continuous: Floats | None
    discrete: Labels | None

    @property
    def kind(self) -> Kind:
        """Which of the two there are."""
        if self.continuous is None:
            return "discrete"
        return "continuous" if self.discrete is None else "mixed"


def read_data(values: Any, name: str = "x", kind: Declared | None = None) -> Data:
    """`values` (n,), (n, d) or a table as `Data`: whole numbers, text, booleans and categories are discrete.

    The columns of a table are told apart one by one. `kind` overrides: "discrete" makes a class of every distinct
    float, "continuous" a quantity of every whole number. Raises InputError as `as_features` and `as_labels` do, for one
    class only, and for another `kind`.
    """
    if kind is not None and kind not in get_args(Declared):
        raise InputError(one_line(f"kind {kind!r} of {name}", "discrete or continuous", "leave it out to go by type"))
    if kind == "continuous":
        return Data(as_features(values, name), None)
    if kind == "discrete":
        return Data(None, as_labels(_distinct(values, name), name))
    if is_frame(values):
        return _by_column(values, name)
    array = as_array(values, name)
    return Data(None, as_labels(array, name)) if is_discrete(array) else Data(as_features(array, name), None)


def _by_column(table: Any, name: str) -> Data:
    columns = list(frame_columns(table, name).values())
    numbers = [column for column in columns if column.dtype.kind == "f"]
    labels = [as_labels(column, name, one_class=True).codes for column in columns if column.dtype.kind != "f"]
    if not labels:
        return Data(as_features(table, name), None)
    discrete = as_labels(np.column_stack(labels), name)
    return Data(as_features(np.column_stack(numbers), name) if numbers else None, discrete)


def _distinct(values: Any, name: str) -> Any:
    """Floats as the rank of their value, (n,) or (n, d); others as they are."""
    array = as_array(values, name)
    if array.dtype.kind != "f":
        return array
    matrix = as_features(array, name)
    return np.column_stack([np.unique(column, return_inverse=True)[1] for column in matrix.T])
