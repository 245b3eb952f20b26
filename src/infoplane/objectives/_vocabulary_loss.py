"""Cross-entropy of a linear map onto a large vocabulary, whose logits are never held all at once.

The logits of some states at a time become, in place, their gradient: memory is one part's logits and the gradients
themselves. The normaliser is folded into the states, which are narrow, so that a part is read and written once less.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from infoplane.objectives._soft import widened

# Logits held at once. Fewer make every part add to the gradient of the whole map, which costs time; more cost memory.
_HELD = 3 * 2**22

_LINE = 64  # numbers: rows that begin at a cache line are written in two thirds of the time (50,257 tokens, MKL)


def linear_cross_entropy(hidden: Tensor, weight: Tensor, targets: Tensor, shares: Tensor | None = None) -> Tensor:
    """sum_i s_i [ log sum_v exp(h_i . w_v) - h_i . w_{t_i} ], in nats; a scalar.

    hidden (m, D) states; weight (V, D) one row a token; targets (m,) int64 what is right; shares (m,) what each state
    counts, constants, 1/m when left out: the mean. Value and gradients are those of `cross_entropy` of all logits, to
    rounding; half precision is computed in float32. The gradient is made together with the value and given away by
    `backward`, which can run once; without a gradient asked for, only the value is made.
    """
    weight = widened(weight)
    if shares is None:
        shares = weight.new_full((len(hidden),), 1 / max(1, len(hidden)))
    inputs = (hidden.to(weight.dtype), weight, targets, shares.to(weight.dtype))
    loss: Tensor = _Loss.apply(*inputs)  # type: ignore[no-untyped-call]
    return loss


class _Loss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor, shares: Tensor) -> Tensor:
        for_hidden, for_weight = (
            torch.zeros_like(tensor) if wanted else None
            for tensor, wanted in zip((hidden, weight), ctx.needs_input_grad, strict=False)
        )
        rows = _rows(len(hidden), len(weight))
        held = hidden.new_empty((rows, -(-len(weight) // _LINE) * _LINE))[:, : len(weight)]
        loss = hidden.new_zeros(())
        with torch.autocast(hidden.device.type, enabled=False):
            for start in range(0, len(hidden), rows):
                part = slice(start, start + rows)
                loss += _part(
                    (hidden[part], weight, targets[part], shares[part]),
                    held[: len(hidden[part])],
                    None if for_hidden is None else for_hidden[part],
                    for_weight,
                )
        ctx.made = (for_hidden, for_weight)
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, outer: Tensor) -> tuple[Tensor | None, ...]:
        if ctx.made is None:
            raise RuntimeError("linear_cross_entropy gave its gradient away: call it again instead of retain_graph")
        made, ctx.made = ctx.made, None
        if outer.device.type == "cpu" and outer == 1:  # where looking is free, a pass over the gradient is saved
            return *made, None, None
        return *(None if gradient is None else gradient.mul_(outer) for gradient in made), None, None


def _rows(states: int, vocabulary: int) -> int:
    """States whose logits are held at once: parts of one size, no part a small rest."""
    most = max(16, _HELD // vocabulary)
    parts = max(1, -(-states // most))
    return max(1, -(-states // parts))


def _part(
    given: tuple[Tensor, Tensor, Tensor, Tensor], held: Tensor, for_hidden: Tensor | None, for_weight: Tensor | None
) -> Tensor:
    """The loss of some states; their gradients are put into `for_hidden` and added to `for_weight`."""
    hidden, weight, targets, shares = given
    logits = torch.mm(hidden, weight.t(), out=held)
    right = logits.gather(1, targets[:, None])[:, 0]
    most = logits.amax(1)
    total = logits.sub_(most[:, None]).exp_().sum(1)  # from here on `held` is exp(logit - most)
    over = (shares / total)[:, None]
    if for_hidden is not None:
        torch.mm(held, weight, out=for_hidden).mul_(over).addcmul_(weight[targets], shares[:, None], value=-1)
    if for_weight is not None:
        for_weight.addmm_(held.t(), hidden * over).index_add_(0, targets, hidden * shares[:, None], alpha=-1)
    return (shares * (most + total.log() - right)).sum()
