"""Whether normal vectors would look like this: what a Gaussian formula cannot see is looked for, not assumed away."""

import numpy as np
from scipy import special

from infoplane.estimators._arrays import Floats

_MOST_COLUMNS = 32
_LEADING = 4
# Hidden information must be this improbable by chance, and this many nats.
_CHANCE = 1e-5
_NEGLIGIBLE = 0.002
# Tails must be this many standard errors and this much excess kurtosis of a column away from normal.
_SURPRISING = 5.0
_EXCESS = 0.15


def hidden_information(u: Floats, v: Floats, rho: Floats) -> float:
    """Nats in canonical variates `u` (n, p), `v` (n, q) that their correlations `rho` do not say; 0 for normal data.

    Were they normal, u would be independent of what it does not explain of v, and v of what it does not explain of u.
    Functions of one are held against the other: products of two columns, columns times the squared length, that
    length, and cubes in the four leading columns against columns; squares against squares, length against length.
    For a and b such features whose correlations R are chance alone, n |R|^2 is about chi-squared with a b degrees of
    freedom. The answer is the largest (|R|^2 - a b / n) / 2 that chance does not explain, above 0.002.
    """
    found = []
    for one, other in ((u, v), (v, u)):
        first, second = _features(one), _features(_residual(one, other, rho))
        found += [_unexplained(first[name], second["columns"]) for name in ("products", "turning", "length")]
        found += [_unexplained(first[name], second[name]) for name in ("squares", "length")]
        found.append(_unexplained(first["cubes"], second["columns"][:, :_LEADING]))
    return max(found) if max(found) > _NEGLIGIBLE else 0.0


def _residual(one: Floats, other: Floats, rho: Floats) -> Floats:
    """What `one` (n, p) does not explain of `other` (n, q), in units of its spread."""
    rest = other.copy()
    rest[:, : len(rho)] -= rho * one[:, : len(rho)]
    return np.asarray(rest / np.maximum(rest.std(axis=0), np.finfo(float).tiny))


def _unexplained(first: Floats, second: Floats) -> float:
    """(|R|^2 - a b / n) / 2 of standardised features (n, a) and (n, b), 0 where chance explains it."""
    freedom = first.shape[1] * second.shape[1]
    strength = float(((first.T @ second) ** 2).sum()) / len(first)
    return (strength - freedom) / len(first) / 2 if strength > special.chdtri(freedom, _CHANCE) else 0.0


def _features(white: Floats) -> dict[str, Floats]:
    """Standardised functions (n, ..) of the rows of `white` (n, d)."""
    columns, length = white[:, :_MOST_COLUMNS], (white**2).sum(axis=1, keepdims=True)
    one, other = np.triu_indices(columns.shape[1])
    leading = columns[:, :_LEADING]
    cubes = leading[:, :, None] * (leading[:, None, :] ** 2 - 1 - 2 * np.eye(leading.shape[1]))
    blocks = {
        "columns": columns,
        "squares": columns**2,
        "products": columns[:, one] * columns[:, other],
        "length": length,
        "cubes": cubes.reshape(len(white), -1),
        "turning": columns * (length - white.shape[1] - 2),  # uncorrelated with the column when it is normal
    }
    return {name: (b - b.mean(axis=0)) / np.maximum(b.std(axis=0), np.finfo(float).tiny) for name, b in blocks.items()}


def heavy_tails(white: Floats) -> bool:
    """Whether Mardia's kurtosis of `white` (n, d), the mean of its fourth powers of length, is far above normal."""
    excess, error = _excess_kurtosis(white)
    return excess > max(_EXCESS, _SURPRISING * error)


def light_tails(white: Floats) -> bool:
    """Whether Mardia's kurtosis of `white` (n, d) is far below that of normal data, as in clusters or bounded data."""
    excess, error = _excess_kurtosis(white)
    return -excess > max(_EXCESS, _SURPRISING * error)


def _excess_kurtosis(white: Floats) -> tuple[float, float]:
    """Mardia's kurtosis over its normal value d (d + 2), as the excess kurtosis of a column, and its standard error."""
    samples, width = white.shape
    ratio = float(((white**2).sum(axis=1) ** 2).mean()) / (width * (width + 2)) * (samples + 1) / (samples - 1)
    return (ratio - 1) * (width + 2), float(np.sqrt(8 * (width + 2) / (samples * width)))
