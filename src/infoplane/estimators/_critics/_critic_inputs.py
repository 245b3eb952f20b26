"""What a critic reads: white coordinates where they are few, else leading canonical variates, and their lengths."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._normal._variates import fit_pairs

# With more coordinates than this a critic would learn samples by heart, and reads canonical variates only.
FEW_COORDINATES = 8
_FEWEST_LEADING, _MOST_LEADING = 2, 16
# A pair leads when its correlation is this many standard errors above 0.
_CLEAR = 3.0
# Squared lengths are cut at this multiple of their 99 % quantile, all inputs at this many standard deviations.
_LONG, _FURTHEST = 3.0, 4.0


@dataclass(frozen=True, slots=True)
class Inputs:
    """All samples in the eyes of the training set `train`.

    `x` (n, p), `y` (n, q): what the network reads. `u`, `v` (n, m) and `rho` (m,): the Gaussian pairs it starts from.
    """

    train: Ints
    x: Floats
    y: Floats
    u: Floats
    v: Floats
    rho: Floats


def fit_inputs(x: Floats, y: Floats, folds: Ints, seed: int) -> Iterator[Inputs]:
    """`Inputs` of `x` (n, d) and `y` (n, e) for the complement of each of the `folds` (n,)."""
    for fold in range(int(folds.max()) + 1):
        train = np.flatnonzero(folds != fold)
        pairs = fit_pairs(x[train], y[train], seed=seed)
        u, v = pairs.variates(x, y)
        rho = pairs.pairing.rho
        leading = np.flatnonzero(rho > _CLEAR / np.sqrt(len(train)))[:_MOST_LEADING]
        read_x = _read(pairs.white_x(x), u[:, leading], train)
        read_y = _read(pairs.white_y(y), v[:, leading], train)
        yield Inputs(train, read_x, read_y, u, v, rho)


def _read(white: Floats, leading: Floats, train: Ints) -> Floats:
    """Columns (n, p) of about unit size from `white` (n, c) coordinates and `leading` (n, m) variates."""
    if white.shape[1] <= FEW_COORDINATES:
        chosen, lengths = white, [_length(white, train)]
    else:
        chosen = np.column_stack([leading, white[:, : max(0, _FEWEST_LEADING - leading.shape[1])]])
        lengths = [_length(white, train), _length(chosen, train)]
    return np.clip(np.column_stack([chosen, *lengths]), -_FURTHEST, _FURTHEST)


def _length(rows: Floats, train: Ints) -> Floats:
    """Squared length (n,) of `rows` (n, c), standardised by the training ones: what tails and turns depend on."""
    squares = (rows**2).sum(axis=1)
    squares = np.minimum(squares, _LONG * np.quantile(squares[train], 0.99))
    return np.asarray((squares - squares[train].mean()) / max(float(squares[train].std()), np.finfo(float).tiny))
