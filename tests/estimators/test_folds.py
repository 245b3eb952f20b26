import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infoplane._errors import InputError
from infoplane.estimators._folds import group_folds


@settings(deadline=None)
@given(st.lists(st.integers(1, 4), min_size=20, max_size=60), st.integers(2, 5), st.integers(0, 99))
def test_groups_are_never_split_and_every_fold_is_filled(sizes, folds, seed):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    of_sample = group_folds(groups, folds, seed)
    assert set(of_sample) == set(range(folds))
    assert all(len(set(of_sample[groups == group])) == 1 for group in range(len(sizes)))
    assert np.bincount(of_sample).max() <= len(groups) / folds + 2 * max(sizes)


def test_samples_without_groups_make_folds_of_equal_size():
    assert np.bincount(group_folds(np.arange(103), 5, 0)).tolist() in ([21, 20, 21, 20, 21], [20, 21, 21, 20, 21])


def test_the_seed_decides():
    groups = np.arange(50)
    assert (group_folds(groups, 5, 3) == group_folds(groups, 5, 3)).all()
    assert (group_folds(groups, 5, 3) != group_folds(groups, 5, 4)).any()


@pytest.mark.parametrize(("samples", "folds"), [(4, 5), (10, 1)])
def test_too_few_samples_or_folds_are_refused(samples, folds):
    with pytest.raises(InputError, match=f"{folds} folds for {samples} groups"):
        group_folds(np.arange(samples), folds, 0)


def test_a_group_larger_than_a_fold_is_refused_when_folds_stay_empty():
    with pytest.raises(InputError, match="a group with 96 of 100 samples"):
        group_folds(np.array([0] * 96 + [1, 2, 3, 4]), 5, 0)
