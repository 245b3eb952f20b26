"""I(X;Z|Y) of tensors: values worked out by hand, identities, bounds, gradients, and the bias of small batches."""

import math

import pytest
import torch
from torch import Tensor

from infoplane._errors import InputError
from infoplane.objectives import conditional_mutual_information, dimension_terms, divergences, log_simplex
from infoplane.objectives._cmi import log_centroids

PAIR = [[0.9, 0.1], [0.5, 0.5]]
TIGHT = [[0.2, 0.8]]
CMI_1 = 0.5 * (0.9 * math.log(9 / 7) + 0.1 * math.log(1 / 3) + 0.5 * math.log(5 / 7) + 0.5 * math.log(5 / 3))


def shares(*rows: list[float]) -> Tensor:
    """Features whose softmax is `rows`."""
    return torch.tensor(rows, dtype=torch.float64).log()


def drawn(n: int = 40, d: int = 9, classes: int = 3, spread: float = 1.0, seed: int = 0) -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(seed)
    features = spread * torch.randn(n, d, generator=rng, dtype=torch.float64)
    return features, torch.arange(n) % classes


def entropy(p: Tensor) -> Tensor:
    return -(p * p.log()).sum(-1)


def test_two_classes_by_hand():  # T1.1
    features, labels = shares(*PAIR, *TIGHT * 2), torch.tensor([0, 0, 1, 1])
    log_f = log_simplex(features)
    kl = divergences(log_f, labels, log_centroids(log_f, labels, 2))
    assert kl.tolist() == pytest.approx([0.116322, 0.087177, 0, 0], abs=1e-6)
    assert kl[:2].mean().item() == pytest.approx(CMI_1, abs=1e-12)
    values = [conditional_mutual_information(features, labels, normalisation=one).item() for one in MODES]
    assert values == pytest.approx([CMI_1 / 2, CMI_1 / 2, CMI_1], abs=1e-12)
    assert values == pytest.approx([0.050875, 0.050875, 0.101749], abs=1e-6)


MODES = ("empirical", "balanced", "paper")


def test_unequal_classes_tell_the_normalisations_apart():  # T1.2
    features, labels = shares(*PAIR, *TIGHT * 6), torch.tensor([0, 0] + [1] * 6)
    values = [conditional_mutual_information(features, labels, normalisation=one).item() for one in MODES]
    assert values == pytest.approx([CMI_1 / 4, CMI_1 / 2, CMI_1], abs=1e-12)
    assert values == pytest.approx([0.025437, 0.050875, 0.101749], abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_other_centroids_add_their_distance(seed):  # T1.3
    features, labels = drawn(seed=seed)
    log_f = log_simplex(features)
    true = log_centroids(log_f, labels, 3).exp()
    other = torch.softmax(drawn(3, 9, seed=seed + 50)[0], -1)
    above = conditional_mutual_information(features, labels, other) - conditional_mutual_information(features, labels)
    distance = (torch.bincount(labels).double() / len(labels)) @ (true * (true / other).log()).sum(-1)
    assert above.item() == pytest.approx(distance.item(), abs=1e-12)


def test_it_is_the_jensen_shannon_divergence_of_every_class():  # T1.4
    features, labels = drawn()
    f = torch.softmax(features, -1)
    by_class = torch.stack([entropy(f[labels == y].mean(0)) - entropy(f[labels == y]).mean() for y in range(3)])
    empirical = (torch.bincount(labels).double() / len(labels)) @ by_class
    assert conditional_mutual_information(features, labels).item() == pytest.approx(empirical.item(), abs=1e-12)
    balanced = conditional_mutual_information(features, labels, normalisation="balanced")
    assert balanced.item() == pytest.approx(by_class.mean().item(), abs=1e-12)


@pytest.mark.parametrize("m", [2, 5, 8])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_features_with_nothing_in_common_reach_the_bound(m, dtype):  # T1.5
    features = 1e4 * torch.eye(8, dtype=dtype)[:m].requires_grad_()
    found = conditional_mutual_information(features, torch.zeros(m, dtype=torch.long))
    assert found.item() == pytest.approx(math.log(m), rel=1e-6)
    assert torch.autograd.grad(found, features)[0].isfinite().all()


def test_no_value_passes_its_bounds():
    for seed in range(10):
        features, labels = drawn(12, 5, 3, spread=10.0, seed=seed)
        assert 0 <= conditional_mutual_information(features, labels).item() <= math.log(4)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("transform", ["softmax", "sigmax"])
@pytest.mark.parametrize("normalisation", MODES)
def test_the_gradient_is_that_of_finite_differences(sign, transform, normalisation):  # T1.6
    features, labels = drawn(8, 5, 2)

    def value(h: Tensor) -> Tensor:
        found = conditional_mutual_information(
            h, labels, normalisation=normalisation, temperature=0.7, transform=transform, unbiased=True
        )
        return sign * found

    assert torch.autograd.gradcheck(value, features.requires_grad_(), eps=1e-6, atol=1e-8)


def test_the_gradient_towards_given_centroids_is_that_of_finite_differences():
    features, labels = drawn(8, 5, 2)
    centroids = torch.softmax(drawn(2, 5, seed=9)[0], -1).requires_grad_()
    found = conditional_mutual_information(features.requires_grad_(), labels, centroids)
    assert torch.autograd.grad(found, centroids, allow_unused=True, retain_graph=True)[0] is None
    assert torch.autograd.gradcheck(lambda h: conditional_mutual_information(h, labels, centroids), features)


@pytest.mark.parametrize(("m", "ratio", "left"), [(4, 0.742, -0.011), (8, 0.870, -0.005)])
def test_small_batches_see_too_little_and_the_correction_mends_it(m, ratio, left):  # T1.7
    found, corrected, truth = batch_bias(m, spread=0.3)
    assert found / truth == pytest.approx(ratio, abs=0.005)
    assert corrected / truth - 1 == pytest.approx(left, abs=0.005)


@pytest.mark.parametrize(("m", "left"), [(4, -0.107), (16, -0.033)])
def test_the_correction_is_of_first_order(m, left):  # T1.7
    _, corrected, truth = batch_bias(m, spread=1.0)
    assert corrected / truth - 1 == pytest.approx(left, abs=0.005)


def batch_bias(m: int, spread: float, d: int = 64) -> tuple[float, float, float]:
    """Mean I(X;Z|Y) of 6000 batches of m examples, with and without the correction, and that of 20 000 examples."""
    labels = torch.arange(100).repeat_interleave(m)
    features, _ = drawn(60 * len(labels), d, spread=spread, seed=3)
    found, corrected = (
        sum(conditional_mutual_information(part, labels, unbiased=one).item() for part in features.chunk(60)) / 60
        for one in (False, True)
    )
    many, _ = drawn(20_000, d, spread=spread, seed=4)
    return found, corrected, conditional_mutual_information(many, torch.zeros(20_000, dtype=torch.long)).item()


def test_nearly_flat_features_keep_their_digits_in_float32():
    features, labels = drawn(32, 768, 2, spread=1e-3)
    exact = conditional_mutual_information(features, labels).item()
    assert exact == pytest.approx(0.5e-6, rel=0.1)  # half the variance of the logits, less what two small classes hide
    assert conditional_mutual_information(features.float(), labels).item() == pytest.approx(exact, rel=1e-4)
    shifted = (features + 7).float()  # a shift that softmax does not see costs digits of the features alone
    assert conditional_mutual_information(shifted, labels).item() == pytest.approx(exact, rel=2e-3)


def test_half_precision_is_computed_in_float32():
    features, labels = drawn()
    half = features.bfloat16()
    found = conditional_mutual_information(half, labels)
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(conditional_mutual_information(half.double(), labels).item(), rel=1e-5)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert conditional_mutual_information(half, labels).item() == found.item()


def test_centroids_without_mass_where_features_have_some_give_a_large_finite_number():
    features = torch.tensor([[200.0, 0.0, 0.0]], requires_grad=True)
    found = conditional_mutual_information(features, torch.tensor([0]), torch.tensor([[0.0, 0.5, 0.5]]))
    assert 80 < found.item() < 90
    assert torch.autograd.grad(found, features)[0].isfinite().all()


def test_what_dimensions_add_is_never_negative_and_sums_up():
    log_f, log_g = log_simplex(drawn(1)[0])[0], log_simplex(drawn(1, seed=5)[0])[0]
    terms = dimension_terms(log_f, log_g)
    assert (terms >= 0).all()
    assert terms.sum().item() == pytest.approx((log_f.exp() * (log_f - log_g)).sum().item(), abs=1e-12)


def test_temperature_flattens_and_sigmax_is_a_normalised_sigmoid():
    features, labels = drawn()
    values = [conditional_mutual_information(features, labels, temperature=one).item() for one in (0.5, 1, 2, 4)]
    assert values == sorted(values, reverse=True)
    squashed = torch.sigmoid(features / 2)
    f = log_simplex(features, temperature=2, transform="sigmax").exp()
    assert torch.allclose(f, squashed / squashed.sum(-1, keepdim=True), atol=1e-14)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"unbiased": True}, "class 1 with one example under in-batch centroids: expected at least two"),
        ({"normalisation": "mean"}, "normalisation 'mean': expected one of empirical, balanced, paper"),
        ({"transform": "relu"}, "transform 'relu'"),
        ({"temperature": 0.0}, "temperature 0.0"),
        ({"centroids": torch.ones(2, 5) / 5}, r"centroids \(2, 5\)"),
        ({"centroids": torch.ones(1, 9) / 9}, "label 1 with centroids of 1 classes"),
    ],
)
def test_what_does_not_fit_is_refused(options, said):
    features, _ = drawn(4)
    with pytest.raises(InputError, match=said):
        conditional_mutual_information(features, torch.tensor([0, 0, 1, 0]), **options)
