"""Which samples are held out together."""

import numpy as np

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Ints


def group_folds(groups: Ints, folds: int, seed: int) -> Ints:
    """Fold 0..`folds`-1 of each sample, (n,): random, of about equal size, a group never split.

    Labels play no part, so permuted labels meet the same folds. `groups`: numbers 0..G-1, (n,).
    Raises InputError when there are fewer than two folds, or too few groups to fill them.
    """
    sizes = np.bincount(groups)
    if not 2 <= folds <= len(sizes):
        came = f"{folds} folds for {len(sizes)} groups of samples"
        raise InputError(one_line(came, "at least two folds and a group for each", "use more samples or fewer folds"))
    order = np.random.default_rng([seed, 0]).permutation(len(sizes))
    middle = np.cumsum(sizes[order]) - sizes[order] / 2
    of_group = np.empty(len(sizes), dtype=np.int64)
    of_group[order] = np.minimum(middle * folds / sizes.sum(), folds - 1)
    if len(np.unique(of_group)) < folds:
        came = f"a group with {sizes.max()} of {sizes.sum()} samples"
        raise InputError(one_line(came, f"groups small enough for {folds} folds", "split the group or use fewer folds"))
    return of_group[groups]
