import numpy as np
import pandas as pd
import pytest

from infoplane._errors import InputError
from infoplane.estimators._arrays import (
    as_features,
    as_groups,
    as_labels,
    constant_columns,
    enough_samples,
    is_discrete,
)


@pytest.mark.parametrize(
    ("values", "discrete"),
    [
        ([1, 2, 3], True),
        (["a", "b"], True),
        ([True, False], True),
        (pd.Categorical(["joyful", "sad"]), True),
        (pd.Series(["joyful", "sad"], dtype=object), True),
        ([1.0, 2.0], False),
        (np.zeros(3, dtype=np.float32), False),
    ],
)
def test_integers_strings_booleans_and_categories_are_discrete_and_floats_continuous(values, discrete):
    assert is_discrete(values) is discrete


@pytest.mark.parametrize("values", [[None, 1], [1j, 2j], [{"a": 1}]])
def test_other_types_are_refused_in_one_line(values):
    with pytest.raises(InputError, match="convert it to one type") as error:
        is_discrete(values)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_features_must_be_finite_and_the_message_counts_the_rows(bad):
    x = np.zeros((5, 2))
    x[[1, 3], 0] = bad
    with pytest.raises(InputError, match="NaN or infinity in 2 rows"):
        as_features(x)


@pytest.mark.parametrize("values", [[], np.zeros((3, 0)), np.zeros((2, 2, 2)), 3.0, ["a", "b"]])
def test_features_need_rows_and_columns_of_numbers(values):
    with pytest.raises(InputError, match="one row a sample"):
        as_features(values)


def test_half_precision_that_overflowed_is_told_to_be_computed_again():
    with pytest.raises(InputError, match="compute them in float32"):
        as_features(np.array([1.0, np.inf], dtype=np.float16))


@pytest.mark.parametrize("values", [[1e308, -1e308], [1e-200, 2e-200], [[1.0, 1e-170], [2.0, 2e-170]]])
def test_sizes_whose_squares_are_no_numbers_are_refused(values):
    with pytest.raises(InputError, match="give it in other units"):
        as_features(values)
    assert np.isfinite(np.std(as_features(np.array(values) * 0 + np.array([[1e149], [-1e149]]))))


def test_whole_numbers_beyond_64_signed_bits_are_still_labels():
    assert as_labels(np.array([2**64 - 1, 2**64 - 2], dtype=np.uint64)).codes.tolist() == [1, 0]


def test_too_many_classes_are_told_to_be_quantities():
    with pytest.raises(InputError, match=r"5 classes of y in 9 samples.*cast to float if these are quantities"):
        enough_samples(as_labels([0, 1, 2, 3, 4, 0, 1, 2, 3]))


def test_a_vector_is_one_column_and_any_precision_becomes_float64():
    assert as_features(np.arange(3, dtype=np.float16)).shape == (3, 1)
    assert as_features(np.ones((2, 3), dtype=np.float32)).dtype == np.float64


def test_labels_are_coded_in_sorted_order():
    labels = as_labels(["sad", "joyful", "sad"])
    assert labels.codes.tolist() == [1, 0, 1]
    assert labels.counts.tolist() == [1, 2]


def test_several_columns_of_labels_make_one_label_a_row():
    assert as_labels([[0, 1], [1, 0], [0, 1], [0, 0]]).codes.tolist() == [1, 2, 1, 0]


def test_a_column_of_labels_is_a_vector():
    assert as_labels(np.array([["b"], ["a"]])).codes.tolist() == [1, 0]


@pytest.mark.parametrize("values", [[0.0, 1.0], [], np.zeros((2, 2, 2), dtype=int)])
def test_floats_are_not_labels(values):
    with pytest.raises(InputError, match="cast the labels to integers"):
        as_labels(values)


def test_one_class_is_refused_unless_allowed():
    with pytest.raises(InputError, match="single class"):
        as_labels([4, 4, 4])
    assert as_labels([4, 4], one_class=True).classes == 1


def test_groups_are_numbered_in_sorted_order_and_default_to_single_samples():
    assert as_groups(["b", "a", "b"], 3).tolist() == [1, 0, 1]
    assert as_groups(None, 3).tolist() == [0, 1, 2]
    assert as_groups([[7], [5]], 2).tolist() == [1, 0]
    with pytest.raises(InputError, match="3 rows of x and 2 of groups"):
        as_groups([0, 1], 3)


@pytest.mark.parametrize("groups", [[0.0, np.nan, 1.0], [[0, 1], [0, 1], [0, 1]], 3])
def test_groups_are_one_id_a_sample(groups):
    with pytest.raises(InputError, match="one group id a sample"):
        as_groups(groups, 3)


def test_a_column_is_constant_when_its_spread_is_rounding():
    x = np.array([[1e8, 0.0, 1.0, 1e-12], [1e8 + 1e-7, 0.0, 1.001, 2e-12]])
    assert constant_columns(x).tolist() == [True, True, False, False]
