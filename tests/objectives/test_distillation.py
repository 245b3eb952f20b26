"""Distillation: the known answers T1.11, and what it refuses."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from infoplane._errors import InfoplaneError
from infoplane.objectives import Batch, Distillation, distillation_divergence

RANDOM = torch.Generator().manual_seed(0)
LOGITS = torch.randn(7, 4, dtype=torch.float64, generator=RANDOM)
TEACHER = torch.randn(7, 4, dtype=torch.float64, generator=RANDOM)
LABELS = torch.tensor([0, 1, 2, 3, 0, 1, 2])


def test_without_a_share_of_the_teacher_it_is_cross_entropy_bit_for_bit():
    loss = Distillation(alpha=0)(Batch(LOGITS, LABELS))
    assert loss.item() == (cross_entropy(LOGITS, LABELS, reduction="none").sum() / 7).item()


def test_a_certain_teacher_alone_at_temperature_one_is_cross_entropy():
    certain = torch.full((7, 4), -1e4, dtype=torch.float64).scatter(1, LABELS[:, None], 0.0)
    loss = Distillation(alpha=1, temperature=1)(Batch(LOGITS, LABELS, teacher=certain))
    assert loss.item() == pytest.approx(cross_entropy(LOGITS, LABELS).item(), abs=1e-12)


def test_a_hot_teacher_compares_centred_logits():
    value = distillation_divergence(LOGITS, TEACHER, 200.0)
    apart = TEACHER - LOGITS
    centred = apart - apart.mean(1, keepdim=True)
    assert value.tolist() == pytest.approx((centred.square().sum(1) / (2 * 4)).tolist(), rel=0.01)


def test_two_classes_by_hand():
    student, teacher = torch.tensor([[0.6, 0.4]]).log(), torch.tensor([[0.9, 0.1]]).log()
    by_hand = 0.9 * math.log(0.9 / 0.6) + 0.1 * math.log(0.1 / 0.4)
    assert distillation_divergence(student, teacher).item() == pytest.approx(by_hand, abs=1e-6)


def test_the_factor_keeps_the_size_of_the_gradient():
    def size(temperature: float, *, t2: bool) -> float:
        student = LOGITS.clone().requires_grad_()
        distillation_divergence(student, TEACHER, temperature, t2=t2).sum().backward()
        return student.grad.norm().item()

    assert size(50, t2=True) == pytest.approx(size(100, t2=True), rel=0.02)
    assert size(50, t2=False) == pytest.approx(4 * size(100, t2=False), rel=0.02)


def test_the_parts_are_mixed_by_alpha():
    objective = Distillation(alpha=0.3, temperature=2, t2=False)
    loss = objective(Batch(LOGITS, LABELS, teacher=TEACHER))
    cross, soft = objective.parts["cross_entropy"], objective.parts["distillation"]
    assert soft.item() == pytest.approx(distillation_divergence(LOGITS, TEACHER, 2, t2=False).mean().item(), abs=1e-12)
    assert loss.item() == pytest.approx((0.7 * cross + 0.3 * soft).item(), abs=1e-12)


def test_the_teacher_gets_no_gradient():
    teacher = TEACHER.clone().requires_grad_()
    student = LOGITS.clone().requires_grad_()
    Distillation()(Batch(student, LABELS, teacher=teacher)).backward()
    assert teacher.grad is None
    assert student.grad is not None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Distillation(alpha=1.5), "alpha of distillation 1.5: expected a share from 0 to 1"),
        (lambda: Distillation(temperature=0), "temperature 0 of distillation: expected a number above 0"),
        (lambda: Distillation()(Batch(LOGITS, LABELS)), "a batch without teacher"),
        (
            lambda: Distillation()(Batch(LOGITS, LABELS, teacher=TEACHER[:, :3])),
            "teacher logits (7, 3) beside the student's (7, 4): expected the same classes or vocabulary",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(make, message):
    with pytest.raises(InfoplaneError) as refused:
        make()
    assert str(refused.value).startswith(message)
