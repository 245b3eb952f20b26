import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from infoplane.objectives import _vocabulary_loss
from infoplane.objectives._vocabulary_loss import linear_cross_entropy


def _made(states=37, width=12, vocabulary=301, dtype=torch.float64):
    torch.manual_seed(0)
    hidden = torch.randn(states, width, dtype=dtype, requires_grad=True)
    weight = torch.randn(vocabulary, width, dtype=dtype, requires_grad=True)
    return hidden, weight, torch.randint(0, vocabulary, (states,))


@pytest.mark.parametrize("held", [16 * 301, 2**22])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-6)])
def test_value_and_gradient_are_those_of_all_logits(monkeypatch, held, dtype, tolerance):
    monkeypatch.setattr(_vocabulary_loss, "_HELD", held)
    hidden, weight, targets = _made(dtype=dtype)
    shares = torch.rand(len(hidden), dtype=dtype)
    naive = (cross_entropy(hidden @ weight.T, targets, reduction="none") * shares).sum()
    expected = torch.autograd.grad(naive, (hidden, weight))
    loss = linear_cross_entropy(hidden, weight, targets, shares)
    assert loss.item() == pytest.approx(naive.item(), rel=tolerance)
    for got, want in zip(torch.autograd.grad(3 * loss, (hidden, weight)), expected, strict=True):
        assert (got - 3 * want).abs().max() <= 3 * tolerance * want.abs().max()


def test_without_shares_it_is_the_mean():
    hidden, weight, targets = _made()
    naive = cross_entropy(hidden @ weight.T, targets)
    assert linear_cross_entropy(hidden, weight, targets).item() == pytest.approx(naive.item(), rel=1e-12)


def test_a_frozen_map_gets_no_gradient_and_frozen_states_none_either():
    hidden, weight, targets = _made()
    expected = torch.autograd.grad(cross_entropy(hidden @ weight.T, targets), (hidden, weight))
    linear_cross_entropy(hidden, weight.detach(), targets).backward()
    linear_cross_entropy(hidden.detach(), weight, targets).backward()
    torch.testing.assert_close(hidden.grad, expected[0], rtol=1e-10, atol=1e-14)
    torch.testing.assert_close(weight.grad, expected[1], rtol=1e-10, atol=1e-14)
    with torch.no_grad():
        assert not linear_cross_entropy(hidden, weight, targets).requires_grad


def test_states_of_half_precision_meet_weights_of_full():
    hidden, weight, targets = _made(dtype=torch.float32)
    half = hidden.detach().bfloat16().requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = linear_cross_entropy(half, weight, targets)
    loss.backward()
    naive = cross_entropy(half.detach().float() @ weight.T, targets)
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(naive.item(), rel=1e-6)
    assert half.grad.dtype == torch.bfloat16
    assert linear_cross_entropy(half, weight.bfloat16(), targets).item() == pytest.approx(naive.item(), rel=1e-2)


def test_equal_logits_cost_the_logarithm_of_the_vocabulary_and_huge_ones_stay_finite():
    zero, weight, targets = torch.zeros(3, 4), torch.randn(50, 4), torch.tensor([0, 7, 49])
    assert linear_cross_entropy(zero, weight, targets).item() == pytest.approx(math.log(50), rel=1e-6)
    huge = torch.full((3, 4), 1e4, requires_grad=True)
    loss = linear_cross_entropy(huge, weight, targets)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(huge.grad).all()


def test_no_states_cost_nothing():
    hidden, weight, targets = _made(states=0)
    loss = linear_cross_entropy(hidden, weight, targets)
    loss.backward()
    assert loss.item() == 0
    assert not weight.grad.any()


def test_a_second_backward_is_refused_rather_than_wrong():
    hidden, weight, targets = _made()
    loss = linear_cross_entropy(hidden, weight, targets)
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="call it again"):
        loss.backward()
