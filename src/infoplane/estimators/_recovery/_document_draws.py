"""What the means of many numbers of the slots could have been with other documents.

A Bayesian bootstrap (Rubin 1981): every document gets an exponential weight, the same for all numbers of its slots, so
what they share moves together. On the side where a bound must not be wrong one document more is drawn, all of whose
slots are read wrong (Gaffke 2005; Learned-Miller and Thomas 2019): resampling alone would take a reader who has not
erred yet for one who never will. For one slot a document and a share of errors this is Clopper and Pearson's bound.
"""

from dataclasses import dataclass

import numpy as np

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, Ints

_LEAST = 2000
# Draws beyond the quantile that is read off.
_BEYOND = 10
_PARTS = 1000


@dataclass(frozen=True, slots=True)
class DocumentDraws:
    """Means (D, k) of k numbers of the slots: `seen` of the documents as they are, `wary` with the one more.

    `others` (D,): standard normal numbers for what other documents contribute.
    """

    seen: Floats
    wary: Floats
    others: Floats


def document_draws(numbers: Floats, more: Floats, groups: Ints, tail: float, seed: int) -> DocumentDraws:
    """Draws of the means of `numbers` (n, k) with whole `groups` (n,), enough to read off the quantile `tail`.

    `more` (k,): the numbers of every slot of the one document more, which is of mean length. Above 1000 documents they
    are dealt at random into 1000 parts that share a weight. The same documents and seed give the same weights. Raises
    InputError for a single document.
    """
    documents = int(groups.max()) + 1
    if documents < 2:
        raise InputError(one_line("slots of one document", "at least two for an interval", "give more documents"))
    rng = np.random.default_rng([seed, 6])
    parts = rng.permutation(documents)[groups] % _PARTS
    # The slots are counted by a column of ones: summed like the others, no share can exceed 1 by rounding.
    columns = [*numbers.T, np.ones(len(groups))]
    sums = np.stack([np.bincount(parts, weights=column) for column in columns], axis=1)
    draws = max(_LEAST, int(np.ceil(_BEYOND / tail)))
    weights = rng.standard_exponential((draws, len(sums)))
    totals = np.einsum("dg,gk->dk", weights, sums)  # the last bits of a matrix product depend on the number of threads
    extra = rng.standard_exponential((draws, 1)) * len(groups) / documents
    wary = totals + extra * np.append(more, 1.0)
    return DocumentDraws(totals[:, :-1] / totals[:, -1:], wary[:, :-1] / wary[:, -1:], rng.standard_normal(draws))


def standard_error(scores: Floats, groups: Ints) -> float:
    """Of the mean of `scores` (n,) when whole `groups` (n,) are drawn."""
    sums, sizes = np.bincount(groups, weights=scores), np.bincount(groups)
    return float(np.sqrt(((sums - scores.mean() * sizes) ** 2).sum()) / sizes.sum())
