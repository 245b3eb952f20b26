"""Information of normal vectors from volumes: log-determinants, their exact bias, and the part of each sample."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import special

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, Ints, constant_columns

# Directions with less than this share of the length of their column are rounding.
_ROUNDING = 1e-10
# What is left of a direction when another vector explains all of it but rounding; it bounds a pair at 13.8 nats.
_DEPENDENT = 1e-6


@dataclass(frozen=True, slots=True)
class Volumes:
    """Orthonormal coordinates of r columns of a condition, p of x and q of y, taken in turn: `sizes` = (r, p, q).

    `joint` (n, r+p+q): each column orthogonal to those before it. `apart` (n, r+q): the condition and y without x.
    `left` and `left_apart` (q,): the length of each direction of y that is orthogonal to what stands before it.
    """

    joint: Floats
    apart: Floats
    left: Floats
    left_apart: Floats
    sizes: tuple[int, int, int]

    @classmethod
    def of(cls, x: Floats, y: Floats, given: Floats) -> Self:
        """From `x` (n, p'), `y` (n, q') and `given` (n, r'), redundant columns dropped; InputError for too few rows."""
        condition, first, second = (_basis(part) for part in (given, x, y))
        r, p, q = condition.shape[1], first.shape[1], second.shape[1]
        if len(x) < r + p + q + 2:
            came = f"{len(x)} samples in {r + p + q} dimensions"
            raise InputError(one_line(came, f"at least {r + p + q + 2}", "use canonical_pairs or fewer dimensions"))
        joint, triangle = np.linalg.qr(np.hstack([condition, first, second]))
        apart, other = np.linalg.qr(np.hstack([condition, second]))
        left, left_apart = (np.abs(np.diag(one))[len(one) - q :] for one in (triangle, other))
        return cls(joint, apart, left, left_apart, (r, p, q))

    @property
    def dependent(self) -> bool:
        """Whether a direction of y is a function of the rest up to rounding, so that the information is infinite."""
        return bool((self.left < _DEPENDENT).any())

    def information(self) -> float:
        """I(X;Y|Z) = log |Y beside Z| - log |Y beside X and Z| in nats, volumes of residuals, minus its bias."""
        return self.corrected(float((np.log(self.left_apart) - np.log(np.maximum(self.left, _DEPENDENT))).sum()))

    def corrected(self, value: float) -> float:
        """`value` minus the bias that it has for normal data, exactly.

        The log-determinant of a Wishart matrix of b dimensions, f degrees of freedom and scale S has the mean
        log|S| + b log 2 + sum_{i<b} psi((f - i) / 2).
        """
        r, p, q = self.sizes
        halves = (len(self.joint) - 1 - np.arange(r + p + q)) / 2
        steps = np.concatenate([[0.0], np.cumsum(special.digamma(halves))])
        return float(value - (steps[r + p] + steps[r + q] - steps[r + p + q] - steps[r]) / 2)

    def variates(self) -> tuple[Floats, Floats, Floats]:
        """Canonical variates (n, p) of x and (n, q) of y beside the condition, and their correlations."""
        r, p, _ = self.sizes
        x, y = self.joint[:, r : r + p], self.apart[:, r:]
        left, rho, right = np.linalg.svd(x.T @ y)
        scale = np.sqrt(len(x))
        return scale * x @ left, scale * y @ right.T, np.minimum(rho, 1.0)

    def parts(self) -> Floats:
        """What leaving out each sample takes from the information, (n,): exact, by its leverages."""
        r, p, _ = self.sizes
        square = self.joint**2
        ends = [square[:, :r], square[:, : r + p], self.apart**2, square]
        condition, first, second, both = (_left_out(part.sum(axis=1)) for part in ends)
        return np.asarray((condition + both - first - second) / 2)


def _left_out(leverage: Floats) -> Floats:
    """Log-determinant of a centred scatter matrix lost with each sample, minus its mean over samples, (n,)."""
    samples = len(leverage)
    return np.asarray(np.log1p(-np.minimum(leverage * samples / (samples - 1), 1 - 1e-12)))


def _basis(x: Floats) -> Floats:
    """Orthonormal basis (n, rank) of the centred columns of `x` (n, d)."""
    columns = x[:, ~constant_columns(x)]
    centred = columns - columns.mean(axis=0)
    vectors, strengths, _ = np.linalg.svd(centred / np.linalg.norm(centred, axis=0), full_matrices=False)
    return np.ascontiguousarray(vectors[:, strengths > _ROUNDING * np.sqrt(max(1, columns.shape[1]))])


def jackknife_error(parts: Floats, groups: Ints) -> tuple[float, int]:
    """Standard error of a sum of leave-one-out `parts` (n,), and how many clusters it stands on.

    The parts of a group are left out together, to first order.
    """
    sums = np.bincount(groups, weights=parts)
    clusters = len(sums)
    return float(np.sqrt((clusters - 1) / clusters * ((sums - sums.mean()) ** 2).sum())), clusters
