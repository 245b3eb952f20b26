import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.tasks import Split


@pytest.fixture
def split() -> Split:
    """Ninety examples of label 0 before ten of label 1."""
    labels = np.repeat([0, 1], [90, 10])
    names = tuple(f"id {row}" for row in range(100))
    return Split(names, labels, np.arange(100), names, pairs=tuple(reversed(names)))


def test_take_keeps_rows_together_in_the_order_asked_for(split: Split) -> None:
    taken = split.take([95, 3])
    assert taken.texts == ("id 95", "id 3")
    assert taken.ids == ("id 95", "id 3")
    assert taken.pairs == ("id 4", "id 96")
    assert taken.labels.tolist() == [1, 0]
    assert taken.groups.tolist() == [95, 3]
    assert taken.scores is None
    assert len(taken) == 2


def test_pair_is_the_second_text_or_none(split: Split) -> None:
    assert split.pair(0) == "id 99"
    assert Split(("a",), np.zeros(1, np.int64), np.zeros(1, np.int64), ("a",)).pair(0) is None


@pytest.mark.parametrize(("size", "ones"), [(10, 1), (20, 2), (50, 5)])
def test_stratified_keeps_proportions_and_order(split: Split, size: int, ones: int) -> None:
    chosen = split.stratified(size, seed=3)
    assert len(chosen) == size
    assert chosen.labels.sum() == ones
    assert chosen.groups.tolist() == sorted(chosen.groups.tolist())


def test_stratified_choices_are_nested_and_depend_on_the_seed(split: Split) -> None:
    small, large = split.stratified(20, seed=0), split.stratified(60, seed=0)
    assert set(small.ids) < set(large.ids)
    assert set(small.ids) != set(split.stratified(20, seed=1).ids)
    assert split.stratified(100) is split


@pytest.mark.parametrize("size", [0, -5])
def test_stratified_takes_one_or_more(split: Split, size: int) -> None:
    with pytest.raises(InputError, match=f"{size} examples: expected at least 1"):
        split.stratified(size)


def test_nothing_can_be_taken_of_nothing(split: Split) -> None:
    assert len(split.take([]).stratified(0)) == 0
