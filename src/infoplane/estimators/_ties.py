"""Values that come again and again, spread over the room they stand for, so that distances mean something."""

import numpy as np

from infoplane.estimators._arrays import Floats, Ints

# A larger share of values that come more than once in a column is no accident.
_REPEATED = 0.01


def spread_ties(x: Floats, seed: int) -> Floats:
    """`x` (n, d) with each repeated value moved at random inside its cell, halfway to the next values of its column.

    Cells do not overlap and the moves depend on nothing, so information about anything else stays exactly what it was;
    neighbours of rounded values or of atoms are then near instead of equal.
    """
    rng = np.random.default_rng([seed, 13])
    return np.column_stack([_spread(column, rng) for column in x.T])


def copied_in_groups(x: Floats, groups: Ints) -> bool:
    """Whether values of a column repeat inside groups and hardly between them: copies of rows, not coarse values."""
    first = np.unique(groups, return_index=True)[1]
    if len(first) == len(x):
        return False
    return any(_repeated(column) > _REPEATED >= _repeated(_one_a_group(column, groups)) for column in x.T)


def _spread(column: Floats, rng: np.random.Generator) -> Floats:
    values, cell, counts = np.unique(column, return_inverse=True, return_counts=True)
    if len(values) == 1 or (counts == 1).all():
        return column
    gaps = np.diff(values)
    below, above = np.append(gaps[0], gaps) / 2, np.append(gaps, gaps[-1]) / 2
    place = rng.random(len(column)) * (below + above)[cell] - below[cell]
    return np.where(counts[cell] > 1, column + place, column)


def _one_a_group(column: Floats, groups: Ints) -> Floats:
    return np.asarray(np.unique(np.column_stack([groups, column]), axis=0)[:, 1])


def _repeated(column: Floats) -> float:
    counts = np.unique(column, return_counts=True)[1]
    return float(counts[counts > 1].sum()) / len(column)
