import subprocess
import sys

import numba
import numpy as np
import pytest
from scipy.spatial import cKDTree

from infoplane.estimators._nearest._chebyshev import count, nearest
from infoplane.estimators._nearest._compiled import compiled
from infoplane.estimators._nearest._leaves import LEAF, build_leaves
from infoplane.estimators._nearest._line import count_on_line, nearest_on_line


def drawn(name, samples, columns, seed=0):
    rng = np.random.default_rng(seed)
    if name == "cauchy":
        return rng.standard_cauchy((samples, columns))
    if name == "lattice":
        return rng.integers(6, size=(samples, columns)).astype(float)
    return rng.normal(size=(samples, columns))


@pytest.mark.parametrize("name", ["normal", "cauchy", "lattice"])
@pytest.mark.parametrize(("samples", "columns"), [(5, 3), (64, 2), (700, 4), (700, 13), (1000, 1)])
def test_distances_and_counts_are_those_of_a_tree_to_the_last_bit(name, samples, columns):
    points = drawn(name, samples, columns)
    expected = cKDTree(points).query(points, [2, 3, 4], p=np.inf)[0]
    distances, rows = nearest(build_leaves(points), 3)
    np.testing.assert_array_equal(distances, expected)
    np.testing.assert_array_equal(np.abs(points[rows] - points[:, None]).max(axis=2), distances)
    radius = distances[:, 2] * (1 + 1e-9)
    wanted = cKDTree(points).query_ball_point(points, radius, p=np.inf, return_length=True)
    np.testing.assert_array_equal(count(build_leaves(points), radius), wanted)


@pytest.mark.parametrize("name", ["normal", "cauchy", "lattice"])
@pytest.mark.parametrize("samples", [4, 33, 1500])
def test_two_columns_by_strips_agree_with_a_tree(name, samples):
    x, y = drawn(name, samples, 2, seed=1).T
    x, y = x[np.argsort(x)], y[np.argsort(x)]
    points = np.stack([x, y], axis=1)
    distances, rows = nearest_on_line(x, y, 3)
    np.testing.assert_array_equal(distances, cKDTree(points).query(points, [2, 3, 4], p=np.inf)[0])
    np.testing.assert_array_equal(np.abs(points[rows] - points[:, None]).max(axis=2), distances)
    radius = distances[:, 2] * (1 - 1e-9)
    wanted = (np.abs(y[:, None] - y) <= radius[:, None]).sum(axis=1)
    np.testing.assert_array_equal(count_on_line(np.sort(y), y, radius), wanted)


def test_neighbours_of_a_class_are_infinitely_far_where_it_is_too_small():
    points = drawn("normal", 300, 3)
    classes = np.r_[np.zeros(295, dtype=int), 1, 1, 2, 2, 2]
    distances = nearest(build_leaves(points, classes), 3)[0]
    np.testing.assert_array_equal(distances[:295], cKDTree(points[:295]).query(points[:295], [2, 3, 4], p=np.inf)[0])
    assert np.isinf(distances[295:297, 1:]).all()
    assert np.isinf(distances[297:, 2]).all()
    assert np.isfinite(distances[297:, :2]).all()


def test_leaves_hold_every_point_once_within_its_box_and_class():
    points, classes = drawn("normal", 500, 3), np.arange(500) % 3
    leaves = build_leaves(points, classes)
    used = leaves.members[leaves.members >= 0]
    assert sorted(used) == list(range(500))
    assert leaves.members.shape[1] == LEAF
    for members, low, high in zip(leaves.members, leaves.low, leaves.high, strict=True):
        inside = points[members[members >= 0]]
        assert (low <= inside).all()
        assert (inside <= high).all()
        assert len(set(classes[members[members >= 0]])) == 1


def test_memory_is_linear_in_the_samples():
    sizes = [
        sum(part.nbytes for part in build_leaves(drawn("normal", n, 4)) if isinstance(part, np.ndarray))
        for n in (2000, 20_000)
    ]
    assert sizes[1] < 12 * sizes[0]


def test_without_a_folder_for_the_cache_functions_still_compile(monkeypatch):
    real = numba.njit

    def refusing(cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return real(**options)

    monkeypatch.setattr(numba, "njit", refusing)

    @compiled
    def double(value):
        return 2 * value

    assert double(21) == 42


def test_the_kernel_is_loaded_only_when_it_is_used():
    code = "import sys, infoplane.estimators; print('numba' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
