import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.estimators import compress, compressed_information, correlated_normals, gaussian_plots, ksg
from infoplane.estimators._nearest._kozachenko import weighted_kl

from .known_truths import unrelated

LOSSES = {"information_lost", "dimension_mismatch", "dimension_unclear", "estimators_disagree"}


def many_columns(information, samples, seed, noise=0.0):
    """A pair of planes in 256 columns each, and their information."""
    rng = np.random.default_rng(seed)
    sides = correlated_normals(information, 2, 2, samples, seed=seed)
    return [side @ rng.normal(size=(2, 256)) + noise * rng.normal(size=(samples, 256)) for side in sides]


@pytest.mark.parametrize("information", [0.0, 1.0, 2.0])
def test_a_linear_embedding_changes_nothing(information):
    found = compressed_information(*many_columns(information, 2000, seed=1))
    assert found.value == pytest.approx(information, abs=0.1)
    assert not LOSSES & set(found.flags)
    assert "2 dimensions explain 1, ksg(k=3), weighted_kl(k=5)" in found.estimator


def test_two_components_that_lose_the_information_are_found_out():
    """Components of large variance without information hide the informative ones ("anti-PCA")."""
    x, y = correlated_normals(3.0, 2, 2, 2000, seed=2)
    x = np.hstack([100 * np.random.default_rng(3).normal(size=(2000, 2)), x])
    lost = compressed_information(x, y, 2)
    assert lost.value == pytest.approx(0, abs=0.06)
    assert "information_lost" in lost.flags
    assert compressed_information(x, y).value == pytest.approx(0, abs=0.06)
    assert "information_lost" in compressed_information(x, y).flags
    labels = (y[:, 0] > 0).astype(int)
    assert "information_lost" in compressed_information(x, labels, 2).flags
    assert "information_lost" not in compressed_information(x[:, 2:], labels).flags


@pytest.mark.parametrize("information", [1.0, 2.0, 4.0])
def test_components_are_not_enough_for_plots_and_say_so(information):
    pair = gaussian_plots(information, 2000, seed=4)
    folded = compressed_information(*pair, 2)
    assert folded.value < 0.85 * information
    assert "information_lost" in folded.flags or information == 4  # drift widens the interval of so much information
    assert "estimators_disagree" in folded.flags
    assert "dimension_mismatch" in compressed_information(*pair, 4).flags


def test_two_estimates_of_codes_that_are_not_smooth_disagree():
    """Four components of plots lie on a surface of two dimensions, where sums of entropies go astray."""
    found = compressed_information(*gaussian_plots(1.0, 2000, seed=4), 4)
    assert "estimators_disagree" in found.flags
    assert weighted_kl(*(compress(side, 4).codes for side in gaussian_plots(1.0, 2000, seed=4))).value < 0.5


def test_small_classes_and_many_dimensions_have_no_second_estimate():
    x, labels = unrelated(3, 12, 300, seed=13)
    assert "weighted_kl" in compressed_information(x, labels, 2).estimator
    labels[:8], labels[8:] = 3, labels[8:] % 3
    assert "weighted_kl" not in compressed_information(x, labels, 2).estimator
    whole_class = np.where(np.arange(300) < 40, 0, np.arange(300))
    one_group = np.where(np.arange(300) < 40, 3, np.arange(300) % 3)
    assert "weighted_kl" not in compressed_information(x, one_group, 2, groups=whole_class).estimator
    assert "weighted_kl" not in compressed_information(x, x[:, ::-1] + labels[:, None], 6).estimator
    assert "weighted_kl" not in compressed_information(x, x + 1, 2).estimator  # no joint density


def test_an_autoencoder_is_enough_for_plots(monkeypatch):
    monkeypatch.setattr("infoplane.estimators._compression._autoencoder._STEPS", 300)
    found = compressed_information(*gaussian_plots(2.0, 1500, seed=5), 2, "autoencoder")
    assert found.value == pytest.approx(2, abs=0.25)
    assert not LOSSES & set(found.flags)


def test_labels_are_read_from_codes():
    x, _ = many_columns(0.0, 1000, seed=6, noise=0.1)
    labels = np.array(["low", "high"])[(compress(x, 2).codes[:, 0] > 0).astype(int)]
    found = compressed_information(x, labels)
    assert found.value == pytest.approx(np.log(2), abs=0.05)
    assert found.ceiling == pytest.approx(np.log(2), abs=0.01)
    assert "ross(k=3)" in found.estimator


def test_unrelated_data_stay_inside_their_null():
    x, labels = unrelated(3, 40, 300, seed=7)
    y = np.random.default_rng(8).normal(size=(300, 1))
    for partner in (labels, y):
        found = compressed_information(x, partner, 2, permutations=40, groups=np.arange(300) // 2)
        assert found.p_value > 0.02
        assert found.value == pytest.approx(0, abs=0.12)
        assert "information_lost" not in found.flags


def test_turning_scaling_and_moving_either_side_changes_nothing():
    x, y = many_columns(1.0, 400, seed=11, noise=0.1)
    turn = np.linalg.qr(np.random.default_rng(12).normal(size=(256, 256)))[0]
    plain = compressed_information(x, y, np.int64(2)).value
    assert compressed_information(1e3 * (x @ turn) - 5, 1e-3 * y + 7, 2).value == pytest.approx(plain, abs=1e-9)
    assert compressed_information(y, x, 2).value == pytest.approx(plain, abs=1e-9)


def test_one_column_needs_no_compression():
    x, y = correlated_normals(1.0, 1, 1, 1000, seed=9)
    assert compressed_information(x, y, 3).value == pytest.approx(ksg(x, y).value, abs=1e-9)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: compressed_information(x, x[:-1]),
        lambda x: compressed_information(x, np.zeros(100, dtype=int)),
        lambda x: compressed_information(x, np.zeros(100)),
        lambda x: compressed_information(x, x, 0),
        lambda x: compressed_information(x, x, "few"),
        lambda x: compressed_information(x, x, method="umap"),
    ],
)
def test_bad_input_is_refused(call):
    with pytest.raises(InputError, match="expected"):
        call(np.random.default_rng(10).normal(size=(100, 4)))
