import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.estimators import (
    correlated_normals,
    effective_rank,
    matrix_renyi_entropy,
    matrix_renyi_information,
    participation_ratio,
)


@pytest.mark.parametrize("alpha", [0.5, 1, 1.01, 2, 5])
def test_strangers_give_log_n_and_twins_give_nothing(alpha):
    apart = matrix_renyi_entropy(np.eye(40), alpha=alpha, kernel="cosine")
    assert apart.value == pytest.approx(np.log(40))
    assert apart.ceiling == pytest.approx(np.log(40))
    far = 1e3 * np.arange(40.0)
    assert matrix_renyi_entropy(far, alpha=alpha, bandwidth=1).value == pytest.approx(np.log(40))
    assert matrix_renyi_entropy(np.ones((40, 3)), alpha=alpha, kernel="cosine").value == pytest.approx(0, abs=1e-9)
    assert matrix_renyi_entropy(np.ones((40, 3)), alpha=alpha, bandwidth=1).value == pytest.approx(0, abs=1e-9)


def test_order_one_is_the_limit_of_its_neighbours_and_orders_fall():
    x = np.random.default_rng(0).normal(size=(100, 4))
    at, below, above = (matrix_renyi_entropy(x, alpha=alpha).value for alpha in (1, 1 - 1e-6, 1 + 1e-6))
    assert below == pytest.approx(at, abs=1e-4)
    assert above == pytest.approx(at, abs=1e-4)
    falling = [matrix_renyi_entropy(x, alpha=alpha).value for alpha in (0.5, 1, 2, 4)]
    assert falling == sorted(falling, reverse=True)
    spectrum = np.linalg.eigvalsh(np.cov(x.T, bias=True) + np.outer(x.mean(0), x.mean(0)))
    squares = (x**2).sum(axis=1)
    weighted = (x / np.sqrt(squares)[:, None]).T @ (x / np.sqrt(squares)[:, None]) / len(x)
    shares = np.linalg.eigvalsh(weighted)
    assert spectrum.min() > 0
    assert matrix_renyi_entropy(x, alpha=2, kernel="cosine").value == pytest.approx(-np.log((shares**2).sum()))


def test_labels_have_their_own_entropy_and_share_it_with_themselves():
    labels = np.random.default_rng(1).integers(5, size=200)
    share = np.bincount(labels) / 200
    assert matrix_renyi_entropy(labels, alpha=1).value == pytest.approx(-(share * np.log(share)).sum())
    itself = matrix_renyi_information(labels, labels, alpha=1).value
    assert itself == pytest.approx(matrix_renyi_entropy(labels, alpha=1).value)


def test_it_is_named_a_diagnostic_and_does_not_follow_the_information():
    """Its error is above 0 without information and below 0 with 1 nat."""
    found = [matrix_renyi_information(*correlated_normals(1.0, width, width, 300, seed=2)) for width in (1, 2, 20)]
    assert max(one.value for one in found) < 0.7
    assert matrix_renyi_information(*correlated_normals(0.0, 20, 20, 300, seed=2)).value > 0.2
    for one in (*found, matrix_renyi_entropy(np.eye(5)), effective_rank(np.eye(5)), participation_ratio(np.eye(5))):
        assert "spectral" in one.flags
        assert one.estimator.startswith("spectral diagnostic")


def test_the_diagnostic_is_symmetric_and_has_a_null():
    x, y = correlated_normals(1.0, 2, 2, 150, seed=3)
    related = matrix_renyi_information(x, y, permutations=40)
    assert related.value == pytest.approx(matrix_renyi_information(y, x).value)
    assert related.p_value == pytest.approx(1 / 41)
    apart = matrix_renyi_information(x, np.random.default_rng(4).normal(size=(150, 2)), permutations=40)
    assert apart.p_value > 0.05
    assert apart.null_mean > 0.05  # far from 0 without any information: only the null tells
    grouped = matrix_renyi_information(x, y, permutations=5, groups=np.arange(150) // 3)
    assert "few_permutations" in grouped.flags


@pytest.mark.parametrize("dimensions", [1, 3, 10])
def test_equal_spread_fills_all_dimensions(dimensions):
    x = np.random.default_rng(5).normal(size=(4000, dimensions)) + 100
    assert effective_rank(x).value == pytest.approx(dimensions, rel=0.01)
    assert participation_ratio(x).value == pytest.approx(dimensions, rel=0.01)
    turned = np.hstack([x, x @ np.ones((dimensions, 1)) * 0])
    assert effective_rank(turned).value == pytest.approx(effective_rank(x).value)


def test_ranks_of_a_known_spectrum():
    left, right = (np.linalg.qr(np.random.default_rng(seed).normal(size=(60, 3)))[0] for seed in (6, 7))
    left -= left.mean(axis=0)
    left = np.linalg.qr(left)[0]
    x = left @ np.diag([2.0, 1.0, 1.0]) @ right.T
    assert effective_rank(x).value == pytest.approx(2**1.5)  # shares 1/2, 1/4, 1/4
    assert participation_ratio(x).value == pytest.approx(36 / 18)  # variances 4, 1, 1
    assert effective_rank(x[:, :30] @ np.random.default_rng(8).normal(size=(30, 500))).value < 3
    assert "few_samples" in effective_rank(x).flags
    assert "few_samples" not in effective_rank(np.random.default_rng(9).normal(size=(60, 3))).flags


@pytest.mark.parametrize(
    "call",
    [
        lambda: matrix_renyi_entropy(np.eye(5), alpha=0),
        lambda: matrix_renyi_entropy(np.eye(5), bandwidth=-1),
        lambda: matrix_renyi_entropy(np.ones((5, 2))),
        lambda: matrix_renyi_entropy(np.zeros((5, 2)), kernel="cosine"),
        lambda: matrix_renyi_entropy(np.eye(5), kernel="linear"),
        lambda: matrix_renyi_entropy([1.0, np.nan]),
        lambda: matrix_renyi_information(np.eye(5), np.eye(4)),
        lambda: effective_rank(np.ones((5, 2))),
        lambda: participation_ratio(np.ones((5, 2))),
    ],
)
def test_what_has_no_spectrum_is_refused(call):
    with pytest.raises(InputError, match="expected"):
        call()


def test_what_does_not_fit_is_refused_with_its_size():
    with pytest.raises(InputError, match=r"20000 rows.* 11.9 GiB: expected at most 8192"):
        matrix_renyi_entropy(np.arange(20_000.0))
