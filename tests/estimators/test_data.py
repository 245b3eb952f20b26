import numpy as np
import pandas as pd
import pytest

from infoplane._errors import InputError
from infoplane.estimators._data import read_data

TABLE = pd.DataFrame({"age": [30.5, 41.0, 22.0, 41.0], "town": ["b", "a", "b", "a"], "children": [0, 2, 0, 1]})


def test_the_columns_of_a_table_are_told_apart():
    data = read_data(TABLE)
    assert data.kind == "mixed"
    assert data.continuous.tolist() == [[30.5], [41.0], [22.0], [41.0]]
    assert data.discrete.codes.tolist() == [2, 1, 2, 0]
    assert read_data(TABLE[["town"]]).kind == "discrete"
    assert read_data(TABLE[["age"]]).kind == "continuous"


@pytest.mark.parametrize(
    ("values", "kind"),
    [(np.arange(6) // 2, "discrete"), (["u", "v"], "discrete"), ([0.5, 1.5], "continuous"), (np.eye(3), "continuous")],
)
def test_arrays_are_read_by_type(values, kind):
    assert read_data(values).kind == kind


def test_a_declared_kind_overrides_the_type():
    grades = read_data([1.0, 2.5, 1.0, 2.5], kind="discrete")
    assert (grades.kind, grades.discrete.codes.tolist()) == ("discrete", [0, 1, 0, 1])
    ages = read_data([30, 41, 22], kind="continuous")
    assert (ages.kind, ages.continuous.tolist()) == ("continuous", [[30], [41], [22]])
    pairs = read_data([[0.5, 1.0], [0.5, 2.0], [0.5, 1.0]], kind="discrete")
    assert pairs.discrete.codes.tolist() == [0, 1, 0]


def test_a_constant_column_beside_one_that_varies_is_no_obstacle():
    assert read_data(TABLE.assign(country="x")).discrete.classes == 3


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        (TABLE, "ordinal", "kind 'ordinal' of x"),
        (["a", "b"], "continuous", "expected numbers of shape"),
        ([0.5, np.nan], "discrete", "NaN or infinity in 1 rows"),
        ([0.5, 0.5], "discrete", "x with a single class"),
        (["a", "a"], None, "x with a single class"),
        (pd.DataFrame({"a": [0.5, None]}), None, "NaN or infinity in 1 rows"),
        (pd.DataFrame({"a": [1, 1]}), None, "x with a single class"),
        (pd.DataFrame(index=range(3)), None, "expected numbers of shape"),
        ([], None, "expected numbers of shape"),
        (3.0, None, "expected numbers of shape"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(values, kind, message):
    with pytest.raises(InputError, match=message) as error:
        read_data(values, "x", kind)
    assert "\n" not in str(error.value)
