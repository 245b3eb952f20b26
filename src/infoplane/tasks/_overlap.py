"""Lexical overlap: how much of a pair of texts its words alone give away."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane.tasks._split import Split
from infoplane.tasks._words import words_of


def lexical_overlap(texts: Sequence[str], pairs: Sequence[str]) -> NDArray[np.float64]:
    """|A and B| / |A or B| of the different words of both texts of every pair, (n,), from 0 to 1.

    Neither case nor punctuation counts; two texts without a word overlap by 0. Raises InputError for sides that differ
    in length. Source: Jaccard 1901.
    """
    if len(texts) != len(pairs):
        raise InputError(one_line(f"{len(texts)} texts and {len(pairs)} pairs", "as many of both", "pass whole pairs"))
    found = np.zeros(len(texts))
    for row, (text, pair) in enumerate(zip(texts, pairs, strict=True)):
        one, other = ({word for word, _ in words_of(side) if word.isalnum()} for side in (text, pair))
        found[row] = len(one & other) / max(1, len(one | other))
    return found


def lowest_overlap(split: Split, share: float = 0.25) -> Split:
    """The `share` of the pairs of `split` that overlap least, in their order; labels play no part in the choice.

    Raises InputError for single texts and for a share outside (0, 1].
    """
    if split.pairs is None:
        raise InputError(one_line("a split of single texts", "pairs of texts", "choose a task of pairs"))
    if not 0 < share <= 1:
        raise InputError(one_line(f"share {share} of the pairs", "above 0, at most 1", "leave it out for 0.25"))
    order = np.argsort(lexical_overlap(split.texts, split.pairs), kind="stable")
    return split.take(np.sort(order[: int(np.ceil(share * len(split)))]))
