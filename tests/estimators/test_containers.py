import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from scipy import sparse

from infoplane._errors import InputError
from infoplane.estimators._containers import as_array, frame_columns

NUMBERS = [3, 1, 2]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (range(1, 4), "i"),
        ((3, 1, 2), "i"),
        (torch.tensor(NUMBERS), "i"),
        (torch.tensor(NUMBERS, dtype=torch.uint8), "u"),
        (torch.tensor(NUMBERS, dtype=torch.float16), "f"),
        (torch.tensor(NUMBERS, dtype=torch.bfloat16), "f"),
        (torch.tensor([3.0, 1.0, 2.0], requires_grad=True), "f"),
        ([torch.tensor(3.0), torch.tensor(1.0), torch.tensor(2.0, requires_grad=True)], "f"),
        (pd.Series(NUMBERS, dtype="Int64"), "i"),
        (pd.Series(NUMBERS, dtype="UInt8"), "u"),
        (pd.Series(NUMBERS, dtype="Float32"), "f"),
        (pd.Series(NUMBERS, dtype="int64[pyarrow]"), "i"),
        (pd.Index(NUMBERS), "i"),
        (pd.array(NUMBERS, dtype="Int64"), "i"),
        (pa.array(NUMBERS), "i"),
        (pa.chunked_array([[3.0], [1.0, 2.0]]), "f"),
        (np.ma.MaskedArray(NUMBERS, mask=False), "i"),
    ],
)
def test_numbers_keep_their_kind_and_their_values(values, kind):
    array = as_array(values, "x")
    assert type(array) is np.ndarray
    assert array.dtype.kind == kind
    assert sorted(array.tolist()) == [1, 2, 3]


@pytest.mark.parametrize(
    "values",
    [
        ["b", "a"],
        pd.Series(["b", "a"]),
        pd.Series(["b", "a"], dtype=object),
        pd.Series(["b", "a"], dtype="string"),
        pd.Series(["b", "a"], dtype="category"),
        pd.Categorical(["b", "a"]),
        pa.array(["b", "a"]),
        pa.array(["b", "a"]).dictionary_encode(),
        np.array(["b", "a"], dtype=object),
    ],
)
def test_text_is_text_whatever_holds_it(values):
    array = as_array(values, "x")
    assert array.dtype.kind == "U"
    assert array.tolist() == ["b", "a"]


@pytest.mark.parametrize(
    "values", [pd.Series([True, False], dtype="boolean"), [True, False], torch.tensor([1, 0]) == 1]
)
def test_truth_values_stay_such(values):
    assert as_array(values, "x").dtype == bool


def test_numbers_as_categories_are_labels():
    assert as_array(pd.Series([0.5, 1.5], dtype="category"), "x").tolist() == ["0.5", "1.5"]


def test_a_table_becomes_one_column_each():
    frame = pd.DataFrame({"a": [1, 2], "b": [True, False]})
    assert as_array(frame, "x").tolist() == [[1, 1], [2, 0]]
    assert as_array(pd.DataFrame({"a": [1, 2], "b": [0.5, 0.5]}), "x").dtype == np.float64
    assert as_array(pd.DataFrame({"a": [1, 2], "b": ["u", "v"]}), "x").tolist() == [["1", "u"], ["2", "v"]]
    assert as_array(pa.table({"a": [1, 2]}), "x").tolist() == [[1], [2]]
    assert as_array(pd.DataFrame(index=range(3)), "x").shape == (3, 0)


def test_signed_and_unsigned_columns_do_not_turn_into_floats():
    frame = pd.DataFrame({"a": np.array([2**63 + 1, 2**63 + 2], dtype=np.uint64), "b": [-1, -1]})
    assert len(np.unique(as_array(frame, "x"), axis=0)) == 2


def test_columns_of_one_name_are_told_apart():
    assert list(frame_columns(pd.DataFrame([[1, 2]], columns=["a", "a"]), "x")) == ["a (0)", "a (1)"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (pd.Series([1, None], dtype="Int64"), "x with 1 missing values"),
        (pd.Series(["a", None, None]), "x with 2 missing values"),
        (pd.Series(["a", None], dtype="category"), "x with 1 missing values"),
        (pa.array([1, None]), "x with 1 missing values"),
        (pd.DataFrame({"a": ["u", None]}), "column a of x with 1 missing values"),
        (np.ma.MaskedArray([1, 2], mask=[True, False]), "x with 1 missing values"),
        (pd.DataFrame({"a": [0.5], "b": ["u"]}), "x with numbers beside the text columns b"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "cast them to floats to measure when"),
        (pd.Series(pd.to_datetime(["2020-01-01"])), "cast them to floats"),
        (pd.Series(pd.to_datetime(["2020-01-01"])).dt.tz_localize("UTC"), "expected"),
        (pd.Series(pd.to_timedelta([1, 2], unit="s")), "cast them to floats"),
        (sparse.eye_array(3), "give x.toarray"),
        (torch.eye(3).to_sparse(), r"give x.to_dense\(\)"),
        ([[1, 2], [3]], "a list of lists of unequal length"),
        ([1.5, "n/a"], "a list of numbers and text"),
        ([1, None], "convert it to one type"),
        ([1j, 2j], "convert it to one type"),
        (torch.tensor([1j]), "convert it to one type"),
        ({"a": 1}, "convert it to one type"),
        ([2**70, 1], "convert it to one type"),
        (np.array([1, 2.5], dtype=object), "convert it to one type"),
        (np.zeros(2, dtype=[("a", float)]), "convert it to one type"),
        (None, "convert it to one type"),
    ],
)
def test_what_is_neither_is_refused_in_one_line(values, message):
    with pytest.raises(InputError, match=message) as error:
        as_array(values, "x")
    assert "\n" not in str(error.value)
