import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.tasks import Split, lexical_overlap, lowest_overlap


def pairs(*sides: tuple[str, str]) -> Split:
    rows = np.arange(len(sides))
    texts, others = zip(*sides, strict=True)
    return Split(texts, rows % 2, rows, tuple(map(str, rows)), others)


def test_overlap_is_the_share_of_the_words_that_both_have():
    texts = ("The cat sat.", "one two", "?!", "same same")
    others = ("the CAT ran!", "three four", "...", "same")
    assert lexical_overlap(texts, others).tolist() == [0.5, 0, 0, 1]


def test_the_lowest_are_chosen_in_their_order_and_without_their_labels():
    sides = [("a b", "a b"), ("a b", "a c"), ("a b", "c d"), ("a b c", "a b d"), ("x", "y")]
    split = pairs(*sides)
    assert lowest_overlap(split, 0.4).ids == ("2", "4")
    assert lowest_overlap(split).ids == ("2", "4"), "a quarter of five is rounded up"
    other = Split(split.texts, 1 - split.labels, split.groups, split.ids, split.pairs)
    assert lowest_overlap(other, 0.6).ids == lowest_overlap(split, 0.6).ids == ("1", "2", "4")
    assert lowest_overlap(split, 1).ids == split.ids


def test_what_has_no_pairs_has_no_overlap():
    single = Split(("a",), np.zeros(1, np.int64), np.zeros(1, np.int64), ("0",))
    with pytest.raises(InputError, match="a split of single texts: expected pairs of texts"):
        lowest_overlap(single)
    with pytest.raises(InputError, match="2 texts and 1 pairs: expected as many of both"):
        lexical_overlap(["a", "b"], ["a"])
    for share in (0, 1.5):
        with pytest.raises(InputError, match=f"share {share} of the pairs: expected above 0, at most 1"):
            lowest_overlap(pairs(("a", "b")), share)
