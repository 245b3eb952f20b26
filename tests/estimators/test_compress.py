import numpy as np
import pytest
import torch

from infoplane._errors import InputError
from infoplane.estimators import compress, correlated_normals, gaussian_plots, leak_check


@pytest.fixture(scope="module")
def plots():
    return gaussian_plots(2.0, 1500, seed=0)[0]


def test_a_plane_in_many_columns_becomes_its_two_coordinates():
    plane = correlated_normals(1.0, 2, 2, 1000, seed=1)[0]
    found = compress(plane @ np.random.default_rng(2).normal(size=(2, 256)) + 7)
    assert (found.dimensions, found.codes.shape, found.flags) == (2, (1000, 2), ())
    assert found.explained == pytest.approx(1)
    back = np.linalg.lstsq(np.c_[found.codes, np.ones(1000)], plane, rcond=None)[0]
    assert np.c_[found.codes, np.ones(1000)] @ back == pytest.approx(plane, abs=1e-9)


def test_noise_below_a_twentieth_of_the_variance_is_no_dimension():
    rng = np.random.default_rng(3)
    found = compress(rng.normal(size=(1000, 2)) @ rng.normal(size=(2, 100)) + 0.1 * rng.normal(size=(1000, 100)))
    assert (found.dimensions, found.flags) == (2, ())
    assert 0.98 < found.explained < 1


def test_what_is_explained_is_measured_on_rows_that_the_encoder_has_not_seen():
    x = np.random.default_rng(4).normal(size=(60, 300))
    shares = np.linalg.svd(x - x.mean(axis=0), compute_uv=False)[:10] ** 2
    assert shares.sum() / ((x - x.mean(axis=0)) ** 2).sum() > 0.25
    assert compress(x, 10).explained < 0.08
    twins, groups = np.repeat(x, 2, axis=0), np.repeat(np.arange(60), 2)
    assert compress(twins, 40).explained > 0.3
    assert compress(twins, 40, groups=groups).explained < 0.2


def test_components_fold_a_curved_surface_and_an_autoencoder_does_not(monkeypatch, plots):
    """Two components give back 58 % of the plots' variance, a network through two coordinates nearly all."""
    monkeypatch.setattr("infoplane.estimators._compression._autoencoder._STEPS", 300)
    before, threads = torch.random.get_rng_state(), torch.get_num_threads()
    folded, unfolded = compress(plots, 2), compress(plots, 2, "autoencoder", seed=1)
    assert folded.explained == pytest.approx(0.58, abs=0.02)
    assert unfolded.explained > 0.97
    assert folded.flags == unfolded.flags == ()
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.get_num_threads() == threads
    assert unfolded.codes.std(axis=0) == pytest.approx(1, abs=0.1)


def test_codes_of_another_dimension_than_the_data_are_flagged(plots):
    assert compress(plots).dimensions == 2
    assert "dimension_mismatch" not in compress(plots).flags
    assert "dimension_mismatch" in compress(plots, 4).flags
    assert "dimension_mismatch" in compress(plots, 1).flags


def test_the_same_seed_gives_the_same_codes(monkeypatch, plots):
    monkeypatch.setattr("infoplane.estimators._compression._autoencoder._STEPS", 20)
    codes = [compress(plots[:300], 2, "autoencoder", seed=seed).codes for seed in (0, 0, 1)]
    assert np.array_equal(codes[0], codes[1])
    assert not np.allclose(codes[0], codes[2])


@pytest.mark.parametrize("method", ["pca", "autoencoder"])
def test_encoders_let_no_label_through(monkeypatch, method):
    monkeypatch.setattr("infoplane.estimators._compression._autoencoder._STEPS", 100)
    x, labels = np.random.default_rng(5).normal(size=(150, 20)), np.arange(150) % 3
    assert leak_check(lambda x, _: compress(x, 2, method).codes, x, labels, repeats=3).flags == ()


def test_few_rows_of_a_batch_do_no_harm(monkeypatch):
    monkeypatch.setattr("infoplane.estimators._compression._autoencoder._STEPS", 20)
    x = np.random.default_rng(6).normal(size=(161, 3))  # 129 rows to train on: a batch of one
    assert np.isfinite(compress(x, 1, "autoencoder").codes).all()


@pytest.mark.parametrize(
    "call",
    [
        lambda _: compress(np.ones((50, 3))),
        lambda _: compress(np.full((50, 3), np.nan)),
        lambda x: compress(x, 0),
        lambda x: compress(x, 4),
        lambda x: compress(x, 1.5),
        lambda x: compress(x, "few"),
        lambda x: compress(x, 2, "umap"),
        lambda x: compress(x, 2, groups=np.zeros(50)),
        lambda x: compress(x, 2, groups=np.arange(49)),
        lambda x: compress(x[:10], 2),
    ],
)
def test_what_cannot_be_compressed_is_refused(call):
    with pytest.raises(InputError, match="expected"):
        call(np.random.default_rng(7).normal(size=(50, 3)))
