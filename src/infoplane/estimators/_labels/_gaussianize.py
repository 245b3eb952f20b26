"""Coordinates without heavy tails: one turn to independent components, whose marginals are then made normal.

One step of rotation-based Gaussianization (Laparra, Camps-Valls and Malo 2011) with FastICA (Hyvarinen 1999) as the
turn. It is invertible on the training range, so no information is lost, and it needs no labels. What it gains: a linear
rule reads classes behind an unknown distortion of unknown directions.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import special

from infoplane.estimators._arrays import Floats, Ints

_STEPS = 60
_TOLERANCE = 1e-4
# Independent components of q directions need many samples a direction, or they are the sample's accidents.
_SAMPLES_PER_DIRECTION = 10
_FLOOR = 1e-3


@dataclass(frozen=True, slots=True)
class Gaussianization:
    """White coordinates (m, r) with the `chosen` (q,) ones made jointly more normal, each staying where it was.

    s = (z - centre) @ turn, each s_j mapped through its `curves[j]` of knots and normal scores, then @ back + centre.
    """

    chosen: Ints
    centre: Floats
    turn: Floats
    curves: tuple[tuple[Floats, Floats], ...]
    middle: Floats
    back: Floats

    @classmethod
    def fit(cls, z: Floats, chosen: Ints, seed: int) -> Self:
        """From training coordinates `z` (n, r), uncorrelated columns; `chosen` beyond n / 10 are left as they are."""
        chosen = chosen[: len(z) // _SAMPLES_PER_DIRECTION]
        part = z[:, chosen]
        centre, scale = part.mean(axis=0), part.std(axis=0)
        rotation = _independent_directions((part - centre) / scale, np.random.default_rng([seed, 5]))
        turn = rotation.T / scale[:, None]
        sources = (part - centre) @ turn
        curves = tuple(_normal_curve(source) for source in sources.T)
        normal = _through(curves, sources)
        middle = normal.mean(axis=0)
        back = rotation @ _symmetric_whitening((normal - middle) @ rotation) * scale
        return cls(chosen, centre, turn, curves, middle, back)

    def __call__(self, z: Floats) -> Floats:
        """A copy of `z` (m, r) with the chosen columns changed."""
        normal = _through(self.curves, (z[:, self.chosen] - self.centre) @ self.turn)
        changed = z.copy()
        changed[:, self.chosen] = (normal - self.middle) @ self.back
        return changed


def _independent_directions(z: Floats, rng: np.random.Generator) -> Floats:
    """Orthogonal W (q, q) whose rows are the directions of symmetric FastICA with tanh, from white `z` (n, q)."""
    samples, width = z.shape
    rows = np.linalg.qr(rng.normal(size=(width, width)))[0]
    for _ in range(_STEPS if width > 1 else 0):
        bent = np.tanh(z @ rows.T)
        left, _, right = np.linalg.svd(bent.T @ z / samples - (1 - bent**2).mean(axis=0)[:, None] * rows)
        turned = left @ right
        moved = 1 - np.abs((turned * rows).sum(axis=1)).min()
        rows = turned
        if moved < _TOLERANCE:
            break
    return np.asarray(rows)


def _normal_curve(values: Floats) -> tuple[Floats, Floats]:
    """Knots at about 4 sqrt(n) quantiles of `values` (n,), and their normal scores, ties sharing one."""
    samples = len(values)
    places = np.linspace(0, samples - 1, min(samples, 20 + int(4 * samples**0.5))).round().astype(np.int64)
    knots, code = np.unique(np.sort(values)[places], return_inverse=True)
    scores = np.bincount(code, weights=special.ndtri((places + 0.5) / samples)) / np.bincount(code)
    return knots, scores


def _through(curves: tuple[tuple[Floats, Floats], ...], sources: Floats) -> Floats:
    """Each column of `sources` (m, q) through its curve; beyond the training range it stays at the end."""
    normal = np.empty_like(sources)
    for column, (knots, scores) in enumerate(curves):
        normal[:, column] = np.interp(sources[:, column], knots, scores)
    return normal


def _symmetric_whitening(z: Floats) -> Floats:
    """C^(-1/2) of the covariance C of centred `z` (n, q): the whitening that moves the coordinates least."""
    variances, vectors = np.linalg.eigh(z.T @ z / len(z))
    return np.asarray((vectors / np.sqrt(np.maximum(variances, _FLOOR))) @ vectors.T)
