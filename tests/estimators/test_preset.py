import numpy as np
import pytest
from scipy.special import ndtri

from infoplane._errors import InputError
from infoplane.estimators import correlated_normals, gaussian_plots, rectangles


def information_of_normals(x, y):
    """I(X;Y) in nats of jointly normal columns, from their correlations."""
    joint, *parts = (np.linalg.slogdet(np.atleast_2d(np.corrcoef(side.T)))[1] for side in (np.hstack([x, y]), x, y))
    return 0.5 * (sum(parts) - joint)


@pytest.mark.parametrize(("information", "widths"), [(0.0, (2, 2)), (1.0, (1, 1)), (2.0, (3, 5)), (3.0, (6, 2))])
def test_normals_hold_what_was_set(information, widths):
    x, y = correlated_normals(information, *widths, 20_000, seed=1)
    assert (x.shape, y.shape) == ((20_000, widths[0]), (20_000, widths[1]))
    assert information_of_normals(x, y) == pytest.approx(information, abs=0.03)
    assert x.var(axis=0) == pytest.approx(1, abs=0.06)


def test_normals_have_no_preferred_axes():
    x, y = correlated_normals(3.0, 6, 6, 4000, seed=2)
    crossed = np.abs(np.corrcoef(x.T, y.T)[:6, 6:])
    assert crossed.max() < 0.75  # unrotated: 0.80 on the diagonal
    assert np.median(crossed) > 0.1  # unrotated: 0 beside it
    assert information_of_normals(x, y) == pytest.approx(3, abs=0.1)


def test_a_plot_is_a_spot_at_the_place_that_two_normals_name():
    x, _ = gaussian_plots(1.0, 200, size=16, seed=3)
    images = x.reshape(-1, 16, 16)
    assert images.max() <= 1
    place = np.array(np.unravel_index(images.reshape(200, -1).argmax(axis=1), (16, 16))).T / 15
    grid = np.linspace(0, 1, 16)
    again = np.exp(
        -10 * ((grid[None, :, None] - place[:, :1, None]) ** 2 + (grid[None, None] - place[:, 1:, None]) ** 2)
    )
    assert np.abs(again - images).max() < 0.2  # the pixel nearest to the place
    assert place.std(axis=0) == pytest.approx(np.sqrt(1 / 12), abs=0.05)


def test_plots_keep_the_information_of_their_places():
    x, y = gaussian_plots(2.0, 3000, seed=4)
    row, column = np.meshgrid(np.linspace(0, 1, 16), np.linspace(0, 1, 16), indexing="ij")
    # The log of a spot is a paraboloid: its slopes give the place back exactly.
    places = [np.linalg.lstsq(_paraboloid(row, column), np.log(side).T, rcond=None)[0][1:3].T / 20 for side in (x, y)]
    assert information_of_normals(*(ndtri(place) for place in places)) == pytest.approx(2, abs=0.06)


def _paraboloid(row, column):
    return np.stack([np.ones(256), row.ravel(), column.ravel(), (row**2 + column**2).ravel()], axis=1)


def test_rectangles_cover_their_area_and_keep_their_corners():
    x, y = rectangles(2.0, 3000, size=32, seed=5)
    images = x.reshape(-1, 32, 32)
    assert (images.min(), images.max()) == (0, pytest.approx(1))
    sides = images.max(axis=2).sum(axis=1), images.max(axis=1).sum(axis=1)
    assert np.minimum(*sides).min() >= 2 - 1e-9
    assert images.sum(axis=(1, 2)) == pytest.approx(sides[0] * sides[1])
    assert information_of_normals(_normals(x), _normals(y)) == pytest.approx(2, abs=0.06)


def _normals(images):
    """The four normals behind each rectangle, read off its corners."""
    parts = []
    for axis in (2, 1):
        profile = images.reshape(-1, 32, 32).max(axis=axis)
        first = np.argmax(profile > 0, axis=1)
        start = (first + 1 - profile[np.arange(len(profile)), first]) / 32
        length, shortest = profile.sum(axis=1) / 32, 2 / 32
        parts += [1 - (1 - start / (1 - shortest)) ** 2, (length - shortest) / (1 - start - shortest)]
    return ndtri(np.stack(parts, axis=1))


def test_the_same_seed_gives_the_same_data():
    for make in (lambda seed: correlated_normals(1, 3, 3, 50, seed=seed), lambda seed: rectangles(1, 50, seed=seed)):
        assert np.array_equal(make(1)[1], make(1)[1])
        assert not np.array_equal(make(1)[1], make(2)[1])


@pytest.mark.parametrize(
    "call",
    [
        lambda: correlated_normals(-1, 2, 2, 10),
        lambda: correlated_normals(float("inf"), 2, 2, 10),
        lambda: correlated_normals(1, 0, 2, 10),
        lambda: gaussian_plots(1, 0),
        lambda: gaussian_plots(1, 10, size=1),
        lambda: rectangles(1, 10, size=2),
    ],
)
def test_impossible_orders_are_refused(call):
    with pytest.raises(InputError, match="expected"):
        call()
