"""Information of frequencies drawn towards independence, after James and Stein."""

import numpy as np
from scipy import special

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._counting._cells import Cells
from infoplane.estimators._counting._counts import Counts, plugin


def shrunk_information(cells: Cells) -> float:
    """I(X;Y|A) in nats under q = w t + (1-w) p.

    p are the frequencies, t = p(x,a) p(y,a) / p(a) the table with the same marginals and no information. w is the
    weight of least expected squared error, sum var p / sum (t-p)^2 (Hausser and Strimmer 2009, eq. 8, their target
    being uniform, which also draws the marginals). Without information it is near 0 at any n; a weak dependence in few
    samples comes out too low, and a strong one keeps the bias of the plug-in.
    """
    n, first = len(cells.xya), np.unique(cells.xya, return_index=True)[1]
    p, target = np.bincount(cells.xya) / n, (_share(cells.xa) * _share(cells.ya) / _share(cells.a))[first]
    weight = _weight(p, target, _squared_target(cells), n)
    q = weight * target + (1 - weight) * p
    target_entropy = plugin(Counts.of(cells.xa)) + plugin(Counts.of(cells.ya)) - plugin(Counts.of(cells.a))
    unseen = target_entropy + special.xlogy(target, target).sum()
    joint = -special.xlogy(q, q).sum() + weight * unseen - special.xlogy(weight, weight) * max(0.0, 1 - target.sum())
    return float(target_entropy - joint)


def _weight(p: Floats, target: Floats, squared_target: float, samples: int) -> float:
    """The weight w of the target, in [0, 1]."""
    squares = float(p @ p)
    distance = (samples - 1) * (squared_target - 2 * float(p @ target) + squares)
    return 1.0 if distance <= 1 - squares else (1 - squares) / distance


def _squared_target(cells: Cells) -> float:
    """Sum of t^2 over all cells, those without samples too: sum_a (sum_x p(x,a)^2) (sum_y p(y,a)^2) / p(a)^2."""
    n, parts = len(cells.a), []
    for codes in (cells.xa, cells.ya):
        first = np.unique(codes, return_index=True)[1]
        parts.append(np.bincount(cells.a[first], weights=(np.bincount(codes) / n) ** 2))
    share = np.bincount(cells.a) / n
    seen = share > 0
    return float((parts[0][seen] * parts[1][seen] / share[seen] ** 2).sum())


def _share(codes: Ints) -> Floats:
    """Relative frequency of each sample's own code, (n,)."""
    return np.asarray(np.bincount(codes)[codes] / len(codes))
