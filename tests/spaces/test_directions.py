"""Known answers T0.1-T0.3 of the task-space specification."""

import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.spaces import direction


def planted(
    a: float, nuisance: float, seed: int = 0, n: int = 200, d: int = 64
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Differences a u + nuisance g w + 0.3 noise, with w orthogonal to u."""
    rng = np.random.default_rng(seed)
    u, w = np.linalg.qr(rng.standard_normal((d, 2)))[0].T
    x = a * u + nuisance * rng.standard_normal((n, 1)) * w + 0.3 * rng.standard_normal((n, d))
    return x, u, w


def test_planted_direction_is_found_by_mean_and_uncentred_pca() -> None:
    x, u, _ = planted(a=4.0, nuisance=1.0)
    assert direction(x, "mean").unit @ u > 0.99
    assert direction(x, "pca").unit @ u > 0.99
    assert not direction(x, "mean").flags


def test_literal_paper_form_misses_the_planted_direction_and_warns() -> None:
    x, u, _ = planted(a=4.0, nuisance=1.0)
    found = direction(x, "paper")
    assert abs(found.unit @ u) < 0.2
    assert found.flags == ("pca_not_mean",)


def test_nuisance_variance_turns_pca_but_not_the_mean() -> None:
    x, u, w = planted(a=2.0, nuisance=3.0)
    assert direction(x, "mean").unit @ u > 0.98
    assert abs(direction(x, "pca").unit @ w) > 0.9
    assert direction(x, "pca").flags == ("pca_not_mean",)
    assert direction(x, "mean").flags == ()


@pytest.mark.parametrize("method", ["mean", "pca"])
def test_flipping_all_pairs_flips_the_direction(method: str) -> None:
    x, _, _ = planted(a=2.0, nuisance=0.5)
    np.testing.assert_allclose(direction(-x, method).unit, -direction(x, method).unit, atol=1e-12)


def test_size_is_the_mean_length_along_the_direction() -> None:
    x, _, _ = planted(a=4.0, nuisance=0.0)
    assert direction(x).size == pytest.approx(4.0, abs=0.05)


def test_pca_agrees_with_the_svd_when_pairs_are_fewer_than_dimensions() -> None:
    x, _, _ = planted(a=3.0, nuisance=0.2, n=20)
    assert abs(direction(x, "pca").unit @ np.linalg.svd(x)[2][0]) == pytest.approx(1.0, abs=1e-9)


def test_zero_differences_are_a_clear_error() -> None:
    with pytest.raises(InputError, match="all zero"):
        direction(np.zeros((10, 4)))
