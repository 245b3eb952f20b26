"""Data whose mutual information is set beforehand: normals, and images drawn from them by injective maps."""

import math

import numpy as np
from scipy.special import ndtr

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats

# A plot fades to 1/e at this squared distance from its centre, in units of the image's side.
_FADING = 0.1
# No side of a rectangle is shorter than this many pixels, so that its corners can be read off the covered areas.
_SHORTEST_SIDE = 2


def correlated_normals(
    information: float, dimensions_x: int, dimensions_y: int, samples: int, *, seed: int = 0
) -> tuple[Floats, Floats]:
    """Jointly normal vectors x (n, d) and y (n, e) with exactly `information` nats between them.

    m = min(d, e) pairs of coordinates of unit variance correlate by rho = sqrt(1 - exp(-2 I / m)), so that
    I = -m/2 log(1 - rho^2); a random rotation of each side changes nothing. Raises InputError for negative or infinite
    information and for sizes below 1.
    """
    rng = np.random.default_rng([seed, 7])
    x, y = _pairs(information, dimensions_x, dimensions_y, samples, rng)
    turn_x, turn_y = (np.linalg.qr(rng.normal(size=(width, width)))[0] for width in (dimensions_x, dimensions_y))
    return np.asarray(x @ turn_x), np.asarray(y @ turn_y)


def gaussian_plots(information: float, samples: int, *, size: int = 16, seed: int = 0) -> tuple[Floats, Floats]:
    """Pairs of images (n, size * size) of a bright spot, with exactly `information` nats between them.

    Two normals a side become the place u of the spot by the normal distribution function, and a pixel at (a, b) in
    [0, 1]^2 is exp(-10 ((a - u1)^2 + (b - u2)^2)) (Butakov et al. 2024). The map is smooth and injective: intrinsic
    dimension 2, information unchanged. Raises InputError as `correlated_normals` does, and for images below 2 x 2.
    """
    _check_size(size, 2)
    grid = np.linspace(0, 1, size)
    x, y = (ndtr(side) for side in _pairs(information, 2, 2, samples, np.random.default_rng([seed, 7])))
    return _outer(np.exp(-((grid - x[:, :, None]) ** 2) / _FADING)), _outer(
        np.exp(-((grid - y[:, :, None]) ** 2) / _FADING)
    )


def rectangles(information: float, samples: int, *, size: int = 32, seed: int = 0) -> tuple[Floats, Floats]:
    """Pairs of images (n, size * size) of a rectangle, with exactly `information` nats between them.

    Four normals a side become two corners; a pixel is the share of its area that is covered (Butakov et al. 2024). The
    map is piecewise smooth and injective: intrinsic dimension 4, information unchanged. Raises InputError as
    `correlated_normals` does, and for images below 3 x 3.
    """
    _check_size(size, _SHORTEST_SIDE + 1)
    x, y = (ndtr(side) for side in _pairs(information, 4, 4, samples, np.random.default_rng([seed, 7])))
    return _outer(_covered(x.reshape(-1, 2, 2), size)), _outer(_covered(y.reshape(-1, 2, 2), size))


def _pairs(
    information: float, width_x: int, width_y: int, samples: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Normals (n, width_x) and (n, width_y) whose first columns pair up."""
    if not 0 <= information < math.inf or min(width_x, width_y, samples) < 1:
        came = f"information {information}, dimensions {width_x} and {width_y}, {samples} samples"
        raise InputError(one_line(came, "finite information from 0 and sizes from 1", "change these numbers"))
    shared = min(width_x, width_y)
    x, y = rng.normal(size=(samples, width_x)), rng.normal(size=(samples, width_y))
    rest = math.exp(-2 * information / shared)
    y[:, :shared] = math.sqrt(1 - rest) * x[:, :shared] + math.sqrt(rest) * y[:, :shared]
    return x, y


def _covered(uniforms: Floats, size: int) -> Floats:
    """Covered share of every pixel along both axes, (n, 2, size), from `uniforms` (n, 2, 2): one interval an axis."""
    side = _SHORTEST_SIDE / size
    start = (1 - side) * (1 - np.sqrt(1 - uniforms[:, :, :1]))
    end = start + side + uniforms[:, :, 1:] * (1 - start - side)
    pixel = np.arange(size)
    return np.asarray(np.clip(np.minimum(size * end, pixel + 1) - np.maximum(size * start, pixel), 0, 1))


def _outer(profiles: Floats) -> Floats:
    """Images (n, size * size) that are the product of their two profiles, (n, 2, size)."""
    return np.asarray((profiles[:, 0, :, None] * profiles[:, 1, None, :]).reshape(len(profiles), -1))


def _check_size(size: int, least: int) -> None:
    if size < least:
        raise InputError(one_line(f"images of {size} x {size} pixels", f"a size of at least {least}", "raise size"))
