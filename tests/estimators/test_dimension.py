import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.estimators import gaussian_plots, intrinsic_dimension


def swiss_roll(samples, seed):
    rng = np.random.default_rng(seed)
    angle = 1.5 * np.pi * (1 + 2 * rng.random(samples))
    return np.stack([angle * np.cos(angle), 21 * rng.random(samples), angle * np.sin(angle)], axis=1)


@pytest.mark.parametrize("dimensions", [1, 2, 3, 5])
def test_a_normal_fills_its_dimensions_and_the_interval_covers_them(dimensions):
    found = [intrinsic_dimension(np.random.default_rng(seed).normal(size=(400, dimensions))) for seed in range(20)]
    assert np.mean([one.value for one in found]) == pytest.approx(dimensions, rel=0.05)
    assert np.mean([one.low <= dimensions <= one.high for one in found]) >= 0.8
    assert np.mean([one.high - one.low for one in found]) < 0.3 * dimensions
    assert found[0].units == "count"


def test_columns_do_not_count():
    plane = np.random.default_rng(0).normal(size=(1000, 2)) @ np.random.default_rng(1).normal(size=(2, 200))
    assert intrinsic_dimension(plane).value == pytest.approx(2, abs=0.2)
    assert intrinsic_dimension(swiss_roll(2000, 2)).value == pytest.approx(2, abs=0.15)
    assert intrinsic_dimension(gaussian_plots(1.0, 1500)[0]).value == pytest.approx(2, abs=0.2)


def test_scale_place_and_turn_do_not_matter():
    x = np.random.default_rng(3).normal(size=(300, 3))
    turned = 1e-6 * (x @ np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))[0] + 5)
    assert intrinsic_dimension(turned).value == pytest.approx(intrinsic_dimension(x).value, rel=1e-6)


def test_many_dimensions_and_two_scales_are_flagged():
    rng = np.random.default_rng(5)
    assert "dimension_unclear" in intrinsic_dimension(rng.normal(size=(500, 15))).flags
    noisy_plane = np.hstack([rng.normal(size=(1500, 2)), 0.02 * rng.normal(size=(1500, 20))])
    found = intrinsic_dimension(noisy_plane)
    assert found.value > 3
    assert "dimension_unclear" in found.flags
    assert intrinsic_dimension(rng.normal(size=(1500, 2))).flags == ()


def test_repeated_rows_are_taken_once_and_many_rows_in_part():
    x = np.random.default_rng(6).normal(size=(300, 2))
    twice = intrinsic_dimension(np.repeat(x, 2, axis=0))
    assert "duplicates" in twice.flags
    assert twice.value == pytest.approx(intrinsic_dimension(x).value)
    many = intrinsic_dimension(np.random.default_rng(7).normal(size=(12_000, 2)))
    assert (many.n, many.flags) == (10_000, ())


@pytest.mark.parametrize(
    ("x", "confidence"),
    [
        (np.zeros((100, 3)), 0.95),
        (np.arange(10.0), 0.95),
        (np.full((30, 2), np.nan), 0.95),
        (np.arange(100.0), 0.95),
        (np.random.default_rng(0).normal(size=(50, 2)), 1.0),
    ],
)
def test_what_has_no_dimension_is_refused(x, confidence):
    with pytest.raises(InputError, match="expected"):
        intrinsic_dimension(x, confidence=confidence)
