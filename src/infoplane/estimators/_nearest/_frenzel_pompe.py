"""Information given continuous variables, by nearest neighbours."""

from typing import Any

import numpy as np

from infoplane.estimators._arrays import Floats, Ints, as_groups, same_length
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._nearest._near import Transform, counter, inside, near_flags, neighbours, prepared, psi
from infoplane.estimators._nearest._subsample import Local, subsampled_mean
from infoplane.estimators._permute import with_null

_MOST_COLUMNS = 5
# Neighbours in z among which x is exchanged: few enough that z hardly changes (Runge 2018).
_EXCHANGED = 5


def frenzel_pompe(
    x: Any,
    y: Any,
    given: Any,
    k: int = 3,
    *,
    transform: Transform = "standardise",
    groups: Any = None,
    permutations: int = 0,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """I(X;Y|Z) in nats of vectors `x` (n, d), `y` (n, e), `given` z (n, f) (Frenzel and Pompe 2007).

    psi(k) - <psi(n_xz + 1) + psi(n_yz + 1) - psi(n_z + 1)>, counting the others nearer than the k-th neighbour in the
    joint space. The null exchanges x among the 5 nearest neighbours in z, each used once where possible, so that what z
    says about x stays (Runge 2018): it, like the estimate, takes z to say little about x within that distance. Groups
    are not kept whole there, flag `labels_vary_in_group`. `transform` and interval as in `ksg`.
    Raises InputError for unequal lengths, NaN, constant columns only, k below 1 or at least n.
    """
    blocks = prepared(x, "x", k, transform), prepared(y, "y", k, transform), prepared(given, "given", k, transform)
    same_length(len(blocks[0]), y=blocks[1], given=blocks[2])
    ids = as_groups(groups, len(blocks[0]))
    mean = subsampled_mean(
        lambda rows: _terms(blocks[0][rows], blocks[1][rows], blocks[2][rows], k),
        ids,
        k,
        "frenzel_pompe",
        confidence=confidence,
        seed=seed,
    )
    orders = _exchanged(blocks[2], permutations, seed)
    null = np.array([_terms(blocks[0][order], blocks[1], blocks[2], k).terms.mean() for order in orders])
    torn = ("labels_vary_in_group",) if permutations and len(np.unique(ids)) < len(ids) else ()
    return with_null(mean, null).flagged(*near_flags(mean.value, blocks, _MOST_COLUMNS), *torn)


def _terms(x: Floats, y: Floats, z: Floats, k: int) -> Local:
    reach = neighbours((x, y, z), k)[0][:, -1]
    radius = inside(reach)
    of_x, of_y, of_z = (psi(counter(np.hstack(block))(radius)) for block in ((x, z), (y, z), (z,)))
    return Local(psi(k) - of_x - of_y + of_z, float(reach.min()))


def _exchanged(z: Floats, permutations: int, seed: int) -> Ints:
    """Rows (P, n): each sample takes the x of a neighbour in `z` (n, f), or its own, that is still free."""
    samples = len(z)
    draws = np.empty((permutations, samples), dtype=np.int64)
    if not permutations:
        return draws
    near = np.hstack([np.arange(samples)[:, None], neighbours((z,), min(_EXCHANGED, samples - 1))[1]])
    rng = np.random.default_rng([seed, 12])
    for draw in draws:
        free = np.ones(samples, dtype=bool)
        offers = rng.permuted(near, axis=1)
        for row in rng.permutation(samples):
            open_ones = offers[row][free[offers[row]]]
            draw[row] = open_ones[0] if len(open_ones) else offers[row, 0]
            free[draw[row]] = False
    return draws
