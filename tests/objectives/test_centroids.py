"""Centroids kept between batches: running means at their stated rate, unbiased from the first batch."""

import pytest
import torch

from infoplane.objectives import log_simplex
from infoplane.objectives._centroids import Centroids

COUNTS = torch.tensor([40, 40, 20])


def drawn(n: int, seed: int = 0, d: int = 6) -> torch.Tensor:
    return torch.softmax(torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64), -1)


def summed(f: torch.Tensor, counts: torch.Tensor | None = None) -> torch.Tensor:
    """Sums over a batch that has `counts` examples of every class, each like its row of `f`."""
    counts = torch.ones(len(f)) if counts is None else counts
    return torch.cat([f * counts[:, None], counts[:, None]], 1)


def made(decay: float = 0.9, counts: torch.Tensor = COUNTS) -> Centroids:
    return Centroids(counts, 6, decay).double()


def test_on_frozen_features_it_nears_their_mean_at_the_rate_of_its_decay():  # T1.8
    start, f = drawn(3, seed=1), drawn(3)
    centroids = made()
    centroids.set(start.log(), torch.arange(3))
    for step in range(1, 8):
        centroids.update(summed(f, torch.full((3,), 4.0)))
        assert torch.allclose(centroids.log.exp() - f, 0.9**step * (start - f), atol=1e-12)


def test_a_running_mean_is_unbiased_from_the_first_batch():  # T1.8
    f, centroids = drawn(3), made()
    for _ in range(3):
        centroids.update(summed(f))
        assert torch.allclose(centroids.log.exp(), f, atol=1e-12)


def test_it_weighs_batches_by_their_age():
    first, second, centroids = drawn(3), drawn(3, seed=1), made(0.5)
    centroids.update(summed(first))
    centroids.update(summed(second, torch.full((3,), 2.0)))
    assert torch.allclose(centroids.log.exp(), (first + 2 * second) / 3, atol=1e-12)


def test_a_class_absent_from_a_batch_is_untouched():  # T1.8
    centroids = made()
    centroids.set(drawn(3).log(), torch.arange(3))
    before = centroids.log.clone()
    centroids.update(summed(drawn(3, seed=2), torch.tensor([1.0, 0, 1])))
    assert torch.equal(centroids.log[1], before[1])
    assert not torch.equal(centroids.log[0], before[0])


def test_set_takes_the_means_of_all_examples():
    features, labels = torch.randn(10_000, 6, dtype=torch.float64), torch.arange(10_000) % 2
    centroids = made()
    assert centroids.known.tolist() == [False] * 3
    centroids.set(log_simplex(features), labels)
    assert centroids.known.tolist() == [True, True, False]
    f = torch.softmax(features, -1)
    assert torch.allclose(centroids.log.exp()[:2], torch.stack([f[labels == y].mean(0) for y in (0, 1)]), atol=1e-12)


def test_a_small_class_is_pooled_with_the_others():
    f, counts = drawn(2), torch.tensor([15, 5])
    centroids = made(counts=counts)
    centroids.set(f.log(), torch.arange(2))
    overall = (15 * f[0] + 5 * f[1]) / 20
    assert torch.allclose(centroids.log.exp()[0], f[0], atol=1e-7)
    assert torch.allclose(centroids.log.exp()[1], (5 * f[1] + 5 * overall) / 10, atol=1e-7)


def test_half_precision_around_it_changes_nothing():
    def taken() -> torch.Tensor:
        centroids = Centroids(torch.tensor([40, 40, 5]), 6, 0.9)
        centroids.set(drawn(30).log().float(), torch.arange(30) % 3)
        centroids.update(summed(drawn(3, seed=1)).float())
        return centroids.log

    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = taken()
    assert torch.equal(inside, taken())


@pytest.mark.parametrize("decay", [0.0, 0.99])
def test_it_is_restored_from_its_tensors(decay):
    centroids, other = made(decay), made(decay)
    centroids.update(summed(drawn(3)))
    other.load_state_dict(centroids.state_dict())
    assert torch.equal(other.log, centroids.log)
