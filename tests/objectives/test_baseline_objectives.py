"""Label smoothing, confidence penalty, centre loss, supervised contrast, R-Drop: values worked out by hand."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from infoplane._errors import InfoplaneError
from infoplane.objectives import (
    Batch,
    CentreLoss,
    ConfidencePenalty,
    Facts,
    LabelSmoothing,
    Others,
    RDrop,
    SupervisedContrastive,
    centre_distances,
    prediction_entropy,
    supervised_contrast,
    symmetric_divergence,
    uniform_cross_entropy,
)

FACTS = Facts(features=2, width=4, blocks=1, vocabulary=10, class_counts=(2, 2))
LOGITS = torch.tensor([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]], dtype=torch.float64).log()
LABELS = torch.tensor([0, 0, 1])


def test_label_smoothing_is_cross_entropy_under_the_softened_target():
    loss = LabelSmoothing(0.2)(Batch(LOGITS, LABELS))
    by_hand = -(0.9 * math.log(0.9) + 0.1 * math.log(0.1) + math.log(0.5) + 0.9 * math.log(0.8) + 0.1 * math.log(0.2))
    assert loss.item() == pytest.approx(by_hand / 3, abs=1e-12)
    assert loss.item() == pytest.approx(cross_entropy(LOGITS, LABELS, label_smoothing=0.2).item(), abs=1e-12)


def test_uniform_cross_entropy_is_smallest_for_uniform_predictions():
    values = uniform_cross_entropy(LOGITS)
    assert values[1].item() == pytest.approx(math.log(2))
    assert values.argmin() == 1


def test_confidence_penalty_takes_the_entropy_away():
    entropies = prediction_entropy(LOGITS)
    by_hand = [-(p * math.log(p) + (1 - p) * math.log(1 - p)) for p in (0.9, 0.5, 0.2)]
    assert entropies.tolist() == pytest.approx(by_hand, abs=1e-12)
    loss = ConfidencePenalty(0.5)(Batch(LOGITS, LABELS))
    assert loss.item() == pytest.approx(cross_entropy(LOGITS, LABELS).item() - 0.5 * sum(by_hand) / 3, abs=1e-12)


def test_an_answer_of_several_tokens_counts_with_the_mean_of_its_places():
    batch = Batch(LOGITS, torch.tensor([1, 0]), targets=LABELS, owner=torch.tensor([0, 0, 1]))
    entropies = prediction_entropy(LOGITS)
    objective = ConfidencePenalty(1.0)
    objective(batch)
    expected = (entropies[:2].mean() + entropies[2]) / 2
    assert objective.parts["entropy"].item() == pytest.approx(expected.item(), abs=1e-12)


def test_r_drop_of_equal_passes_is_cross_entropy_and_of_two_is_the_mean_and_the_divergence():
    again = LOGITS.flip(-1)
    symmetric = symmetric_divergence(LOGITS, again)
    by_hand = [abs(p - q) * abs(math.log(p / q)) for p, q in ((0.9, 0.1), (0.5, 0.5), (0.2, 0.8))]
    assert symmetric.tolist() == pytest.approx(by_hand, abs=1e-12)
    plain = cross_entropy(LOGITS, LABELS).item()
    assert RDrop(3.0)(Batch(LOGITS, LABELS, again=LOGITS)).item() == pytest.approx(plain, abs=1e-12)
    both = (plain + cross_entropy(again, LABELS).item()) / 2
    loss = RDrop(3.0)(Batch(LOGITS, LABELS, again=again)).item()
    assert loss == pytest.approx(both + sum(by_hand), abs=1e-12)


def test_supervised_contrast_of_three_examples_by_hand():
    features = torch.tensor([[2.0, 0.0], [0.0, 3.0], [0.5, 0.0]], dtype=torch.float64)
    value = supervised_contrast(features, torch.tensor([0, 1, 0]), temperature=0.5)
    alike = -math.log(math.exp(2) / (math.exp(2) + 1))  # similarity 1 / 0.5 beside 0 / 0.5
    assert value.tolist() == pytest.approx([alike, 0, alike], abs=1e-12)


def test_supervised_contrast_averages_over_all_that_are_alike():
    features = torch.randn(6, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    value = supervised_contrast(features, torch.zeros(6, dtype=torch.int64), 1.0)
    z = features / features.norm(dim=1, keepdim=True)
    for i in range(6):
        rest = [j for j in range(6) if j != i]
        total = sum(math.exp(z[i] @ z[j]) for j in rest)
        assert value[i].item() == pytest.approx(-sum(math.log(math.exp(z[i] @ z[j]) / total) for j in rest) / 5)


def test_an_example_alone_gives_no_contrast_and_a_finite_gradient():
    features = torch.ones(1, 3, requires_grad=True)
    supervised_contrast(features, torch.tensor([0])).sum().backward()
    assert features.grad.tolist() == [[0, 0, 0]]


def test_supervised_contrastive_mixes_and_takes_others_as_constants():
    features = torch.randn(3, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    others = Others(features[1:], LABELS[1:])
    whole = SupervisedContrastive(0.25, 0.5)
    loss = whole(Batch(LOGITS, LABELS, features=features))
    expected = 0.75 * cross_entropy(LOGITS, LABELS) + 0.25 * supervised_contrast(features, LABELS, 0.5).mean()
    assert loss.item() == pytest.approx(expected.item(), abs=1e-12)
    part = SupervisedContrastive(1.0, 0.5)
    value = part(Batch(LOGITS[:1], LABELS[:1], features=features[:1], others=others, count=3))
    assert value.item() == pytest.approx(supervised_contrast(features, LABELS, 0.5)[0].item() / 3, abs=1e-12)


def test_centre_distances_are_half_squared():
    centres = torch.tensor([[0.0, 0.0], [1.0, 1.0]])
    values = centre_distances(torch.tensor([[3.0, 4.0], [1.0, 2.0]]), torch.tensor([0, 1]), centres)
    assert values.tolist() == [12.5, 0.5]


def centre_loss(rate: float = 0.5) -> CentreLoss:
    objective = CentreLoss(weight=2.0, rate=rate)
    objective.prepare(FACTS)
    return objective


def test_a_class_counts_once_it_was_seen_and_its_centre_starts_at_its_mean():
    objective = centre_loss()
    features = torch.tensor([[2.0, 0.0], [4.0, 0.0]])
    batch = Batch(torch.zeros(2, 2), torch.tensor([0, 0]), features=features)
    assert objective(batch).item() == pytest.approx(math.log(2))
    objective.step()
    assert objective.centres.tolist() == [[3, 0], [0, 0]]
    assert objective.seen.tolist() == [True, False]
    assert objective(batch).item() == pytest.approx(math.log(2) + 2 * 0.5)


def test_centres_move_as_in_equation_four():
    objective = centre_loss(rate=0.5)
    objective.centres.copy_(torch.tensor([[0.0, 0.0], [5.0, 5.0]]))
    objective.seen.fill_(True)
    objective(Batch(torch.zeros(2, 2), torch.tensor([0, 0]), features=torch.tensor([[2.0, 0.0], [4.0, 3.0]])))
    objective.step()
    moved = 0.5 * ((2 + 4) / 3), 0.5 * (3 / 3)  # rate * sum (h - c) / (1 + m)
    assert objective.centres.tolist() == [pytest.approx(list(moved)), [5, 5]]


def test_centres_stay_where_they_are_in_evaluation():
    objective = centre_loss().eval()
    objective(Batch(torch.zeros(1, 2), torch.tensor([0]), features=torch.ones(1, 2)))
    objective.step()
    assert not objective.seen.any()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LabelSmoothing(1.5), "weight of label-smoothing 1.5: expected a share from 0 to 1"),
        (lambda: SupervisedContrastive(2), "weight of supervised-contrastive 2: expected a share from 0 to 1"),
        (lambda: SupervisedContrastive(temperature=0), "temperature 0 of supervised-contrastive: expected a number"),
        (lambda: CentreLoss(rate=1.5), "rate of centre 1.5: expected a share from 0 to 1"),
        (lambda: RDrop()(Batch(LOGITS, LABELS)), "a batch without again: expected what r-drop reads"),
        (lambda: centre_loss()(Batch(LOGITS, LABELS)), "a batch without features: expected what centre reads"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(make, message):
    with pytest.raises(InfoplaneError) as refused:
        make()
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)
