"""MinCMI and MaxCMI: nothing at weight 0, the paper's units, what they do to features, and when they stop."""

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from infoplane._errors import InputError
from infoplane.objectives import (
    Batch,
    Facts,
    MaxCMI,
    MinCMI,
    Objective,
    Others,
    conditional_mutual_information,
    divergences,
    make_objective,
)
from infoplane.objectives._centroids import Centroids
from infoplane.objectives._cmi import class_sums
from infoplane.objectives._drift import Drift

D, C = 6, 2
LABELS = torch.tensor([0, 0, 0, 1, 1, 1, 1, 1])


def prepared(objective: Objective, counts: tuple[int, ...] = (30, 50), d: int = D) -> Objective:
    objective.prepare(Facts(features=d, width=d, blocks=1, vocabulary=10, class_counts=counts))
    return objective.double()


def batch(features: Tensor, labels: Tensor = LABELS, **fields) -> Batch:
    logits = nn.functional.one_hot(labels, C).double() @ torch.tensor([[0.5, 0], [-1, 0.2]], dtype=torch.float64)
    return Batch(logits, labels, features=features, **fields)


def drawn(n: int = 8, seed: int = 0) -> Tensor:
    return torch.randn(n, D, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).requires_grad_()


CASES = [(MinCMI, one) for one in MinCMI.rules] + [(MaxCMI, one) for one in MaxCMI.rules]


def shown(kind: type, rule: str, **options) -> Objective:
    """An objective that has seen what it asks for, features of the same classes."""
    objective = prepared(kind(centroids=rule, **options))
    look = objective.see_drawn if rule == "class_minibatch" else objective.see_all
    look(drawn(80, seed=5).detach(), torch.arange(80) % 2)
    return objective


@pytest.mark.parametrize(("kind", "rule"), CASES)
def test_weight_zero_is_cross_entropy_bit_for_bit_and_needs_nothing(kind, rule):  # T1.9
    objective = prepared(kind(0.0, centroids=rule))
    features = drawn()
    logits = (features @ torch.ones(D, C, dtype=torch.float64)).sin()
    loss = objective(Batch(logits, LABELS))
    assert loss.item() == cross_entropy(logits, LABELS, reduction="none").sum().item() / 8
    asked = (objective.needs, objective.meets, objective.refresh, objective.drawn, objective.fewest)
    assert asked == (frozenset(), False, "never", 0, 1)


@pytest.mark.parametrize("kind", [MinCMI, MaxCMI])
def test_lambda_one_of_the_paper_is_lambda_one_by_c_of_the_empirical(kind):  # T1.9
    features = drawn()
    losses = [
        prepared(kind(weight, "inbatch", normalisation))(batch(features))
        for weight, normalisation in ((1.0, "paper"), (0.5, "empirical"))
    ]
    assert losses[0].item() == losses[1].item()


@pytest.mark.parametrize("normalisation", ["empirical", "balanced", "paper"])
def test_in_batch_the_loss_is_made_of_the_plain_function(normalisation):
    features, ce = drawn(), cross_entropy(batch(drawn()).logits, LABELS)
    counts = (3, 5) if normalisation == "balanced" else (30, 50)
    loss = prepared(MinCMI(0.3, "inbatch", normalisation), counts)(batch(features))
    cmi = conditional_mutual_information(features, LABELS, normalisation=normalisation, unbiased=True)
    units = 8 if normalisation == "paper" else 1
    assert loss.item() == pytest.approx((ce + 0.3 * cmi / units).item(), rel=1e-6)


def test_balanced_weighs_by_the_frequencies_in_training():
    features = drawn()
    balanced = prepared(MinCMI(1.0, "inbatch", "balanced"), counts=(20, 60))
    balanced(batch(features))
    parts = [
        conditional_mutual_information(features[rows], LABELS[rows] * 0, unbiased=True)
        for rows in (slice(0, 3), slice(3, 8))
    ]
    expected = (3 * parts[0] * 80 / (2 * 20) + 5 * parts[1] * 80 / (2 * 60)) / 8
    assert balanced.parts["cmi"].item() == pytest.approx(expected.item(), rel=1e-6)


@pytest.mark.parametrize(("kind", "rule"), CASES)
@pytest.mark.parametrize("cut", [2, 5])
def test_the_gradient_does_not_depend_on_how_the_batch_is_cut(kind, rule, cut):
    features = drawn()
    objective = shown(kind, rule, weight=0.7)
    whole = objective(batch(features))
    (expected,) = torch.autograd.grad(whole, features)
    found, total = torch.zeros_like(expected), 0.0
    for rows, rest in ((slice(0, cut), slice(cut, 8)), (slice(cut, 8), slice(0, cut))):
        others = Others(features.detach()[rest], LABELS[rest]) if objective.meets else None
        loss = objective(batch(features[rows], LABELS[rows], others=others, count=8))
        found += torch.autograd.grad(loss, features)[0]
        total += loss.item()
    assert total == pytest.approx(whole.item(), abs=1e-12)
    assert torch.allclose(found, expected, atol=1e-12)
    assert expected.abs().max() > 1e-4


@pytest.mark.parametrize(("kind", "rule"), CASES)
def test_the_gradient_is_that_of_finite_differences(kind, rule):  # T1.6
    objective = shown(kind, rule, weight=0.7)
    assert torch.autograd.gradcheck(lambda h: objective(batch(h)), drawn())


def test_two_processes_move_the_running_centroids_as_one():
    one, halves = shown(MinCMI, "ema"), [shown(MinCMI, "ema") for _ in range(2)]
    features = drawn()
    one(batch(features))
    for half, rows in zip(halves, (slice(0, 3), slice(3, 8)), strict=True):
        half(batch(features[rows], LABELS[rows], count=8))
    together = halves[0].sums + halves[1].sums
    one.step()
    for half in halves:
        half.step(lambda _: together)
        assert torch.allclose(half.centroids.log, one.centroids.log, atol=1e-12)
    assert one.sums.abs().max() == 0


@pytest.mark.parametrize(("kind", "rule"), CASES)
def test_mixed_precision_leaves_the_divergences_in_float32(kind, rule):
    objective = shown(kind, rule, weight=0.7).float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        objective(batch(drawn().float()))
        sums = objective.sums.clone() if objective.watches else None
    inside = objective.parts["cmi"]
    objective = shown(kind, rule, weight=0.7).float()
    objective(batch(drawn().float()))
    assert torch.equal(inside, objective.parts["cmi"])
    assert sums is None or torch.equal(sums, objective.sums)


def test_a_class_without_a_centroid_counts_nothing_until_it_has_one():
    objective = prepared(MinCMI(1.0))
    assert objective(batch(drawn())).item() == objective.parts["cross_entropy"].item()
    objective.step()
    objective(batch(drawn(seed=1)))
    assert objective.parts["cmi"] > 0


def test_looking_does_not_move_centroids():
    objective = shown(MinCMI, "ema").eval()
    before = objective.centroids.log.clone()
    objective(batch(drawn()))
    objective.step()
    assert torch.equal(objective.centroids.log, before)


def test_what_the_rules_ask_of_the_loop():
    asked = {
        (kind.name, rule): (one.refresh, one.meets, one.drawn, one.fewest)
        for kind, rule in CASES
        for one in [prepared(kind(centroids=rule))]
    }
    assert asked == {
        ("min-cmi", "ema"): ("epoch", False, 0, 1),
        ("min-cmi", "inbatch"): ("never", True, 0, 2),
        ("min-cmi", "class_minibatch"): ("never", False, 8, 1),
        ("min-cmi", "full_pass"): ("epoch", False, 0, 1),
        ("max-cmi", "inbatch"): ("never", True, 0, 2),
        ("max-cmi", "full_pass"): (100, True, 0, 1),
    }


def trained(objective: Objective, steps: int = 150) -> tuple[float, float]:
    """Cross-entropy and within-class scatter of the features of a linear map of separable blobs."""
    rng = torch.Generator().manual_seed(0)
    labels = torch.arange(80) % 2
    x = torch.randn(80, D, generator=rng, dtype=torch.float64) + 4 * torch.eye(C, D, dtype=torch.float64)[labels]
    body, head = nn.Linear(D, D, bias=False).double(), nn.Linear(D, C, bias=False).double()
    with torch.no_grad():
        body.weight.copy_(torch.eye(D))
        head.weight.copy_(torch.eye(C, D))
    optimiser = torch.optim.SGD([*body.parameters(), *head.parameters()], lr=0.5)
    prepared(objective, counts=(40, 40))
    for step in range(steps):
        features = body(x)
        if objective.refresh == "epoch" or (objective.refresh != "never" and step % int(objective.refresh) == 0):
            objective.see_all(features.detach(), labels)
        loss = objective(Batch(head(features), labels, features=features))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        objective.step()
    f = torch.softmax(body(x).detach(), -1)
    scatter = sum(f[labels == y].var(0, correction=0).sum() for y in (0, 1))
    return objective.parts["cross_entropy"].item(), float(scatter)


@pytest.mark.parametrize("rule", ["ema", "inbatch", "full_pass"])
def test_min_cmi_draws_classes_together_the_more_the_heavier_it_weighs(rule):  # T1.10
    runs = [trained(MinCMI(weight, rule)) for weight in (0.0, 0.3, 1.0, 3.0)]
    assert all(less < 0.9 * more for (_, more), (_, less) in pairwise(runs))
    assert max(ce for ce, _ in runs) < 0.05


@pytest.mark.parametrize("rule", MaxCMI.rules)
def test_max_cmi_drives_them_apart_the_more_the_heavier_it_weighs(rule):  # T1.10
    runs = [trained(MaxCMI(weight, rule), steps=40) for weight in (0.0, 0.02, 0.05, 0.1)]
    assert all(more > 1.02 * less for (_, less), (_, more) in pairwise(runs))
    assert max(ce for ce, _ in runs) < 0.05


def test_nothing_is_gained_above_the_cap():
    features = drawn()
    free, capped = prepared(MaxCMI(1.0)), prepared(MaxCMI(1.0, cap=0.01))
    assert free.most == math.log(D) / 2
    gradients = [torch.autograd.grad(one(batch(features)), features)[0] for one in (free, capped)]
    assert gradients[0].abs().max() > 1e-3
    assert gradients[1].abs().max() == 0
    assert capped.parts["cmi"] > 0.01


def test_stale_centroids_stop_the_gain_and_ask_for_new_ones():
    objective = shown(MaxCMI, "full_pass", weight=1.0)
    for seed in range(20):
        objective(batch(drawn(40, seed), torch.arange(40) % 2))
        objective.step()
    assert not objective.stale
    assert objective.refresh == 100
    away = torch.tensor([1.5, 0, 0, 0, 0, -1.5], dtype=torch.float64)
    for seed in range(20):
        objective(batch(drawn(40, seed) + away, torch.arange(40) % 2))
        objective.step()
    assert objective.refresh == 1
    assert objective(batch(drawn())).item() == objective.parts["cross_entropy"].item()
    objective.see_all((drawn(80) + away).detach(), torch.arange(80) % 2)
    assert objective.refresh == 100


@pytest.mark.parametrize("m", [2, 3, 12])
def test_the_distance_followed_is_free_of_the_size_of_batches(m):
    centroids, labels, found = Centroids(torch.tensor([10_000, 10_000]), D, 0.0).double(), torch.arange(2 * m) % 2, []
    many = torch.log_softmax(drawn(20_000, seed=77).detach(), -1)
    centroids.set(many, torch.arange(20_000) % 2)
    drift = Drift(2, D).double()
    for seed in range(600):
        log_f = torch.log_softmax(drawn(2 * m, seed).detach(), -1)
        kl = divergences(log_f, labels, centroids.log)
        drift.take(class_sums(torch.cat([log_f.exp(), torch.ones(2 * m, 1), kl[:, None]], 1), labels, 2), centroids)
        found.append(torch.stack(drift.split(centroids)))
    distance, cmi = torch.stack(found[20:]).mean(0).tolist()
    truth = conditional_mutual_information(many, torch.zeros(20_000, dtype=torch.long)).item()
    assert cmi / (m * 20) == pytest.approx(truth, rel=0.05)
    assert abs(distance / cmi) < 0.02


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: MinCMI(-0.1), "weight -0.1 of min-cmi"),
        (lambda: MinCMI(centroids="median"), "centroids 'median' of min-cmi: expected one of ema, inbatch"),
        (lambda: MaxCMI(centroids="ema"), "centroids 'ema' of max-cmi: expected one of inbatch, full_pass"),
        (lambda: MinCMI(decay=1.0), "decay 1.0 of min-cmi"),
        (lambda: MinCMI(normalisation="mean"), "normalisation 'mean'"),
        (lambda: MinCMI(temperature=-1), "temperature -1"),
        (lambda: MaxCMI(cap=0), "cap 0 of max-cmi"),
        (lambda: prepared(MinCMI(centroids="inbatch"), counts=(3, 1)), "class 1 with one example"),
        (
            lambda: prepared(MinCMI(centroids="inbatch"))(batch(drawn(2), torch.tensor([0, 1]))),
            "class 0 with one example",
        ),
        (lambda: MinCMI()(batch(drawn())), "min-cmi that does not know the classes"),
        (lambda: prepared(MinCMI())(Batch(torch.zeros(8, 2), LABELS)), "a batch without features"),
    ],
)
def test_what_cannot_be_is_refused(make, said):
    with pytest.raises(InputError, match=said):
        make()


@pytest.mark.parametrize("kind", [MinCMI, MaxCMI])
def test_settings_make_it_again(kind):
    made = kind(0.4, "inbatch", "balanced", 2.0, "sigmax")
    assert make_objective(**made.settings()).settings() == made.settings()
    assert made.settings()["normalisation"] == "balanced"


def test_it_is_restored_from_its_tensors():
    objective, other = shown(MinCMI, "ema"), prepared(MinCMI())
    other.load_state_dict(objective.state_dict())
    assert other(batch(drawn())).item() == objective(batch(drawn())).item()
