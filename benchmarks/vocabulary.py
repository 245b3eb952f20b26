"""Cross-entropy of a linear map onto 50,257 tokens: its time beside naive, and its memory, each in a new process."""

from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import torch
from paired import Case, Row
from torch import Tensor
from torch.nn.functional import cross_entropy

from infoplane.objectives import linear_cross_entropy

STATES, WIDTH, TOKENS = 1024, 256, 50_257
STATUS = Path("/proc/self/status")

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]


def naive(hidden: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
    """The loss of all logits at once."""
    return cross_entropy(hidden @ weight.t(), targets)


LOSSES: dict[str, Loss] = {"naive": naive, "ours": linear_cross_entropy}


def inputs() -> tuple[Tensor, Tensor, Tensor]:
    """States, weights and targets."""
    torch.manual_seed(0)
    hidden, weight = torch.randn(STATES, WIDTH), torch.randn(TOKENS, WIDTH) * 0.05
    return hidden.requires_grad_(), weight.requires_grad_(), torch.randint(0, TOKENS, (STATES,))


def gradients(loss: Loss, given: tuple[Tensor, Tensor, Tensor]) -> list[float]:
    """The loss and the norms of its gradients."""
    hidden, weight, _ = given
    hidden.grad = weight.grad = None
    value = loss(*given)
    value.backward()
    return [value.item(), float(hidden.grad.norm()), float(weight.grad.norm())]


def memory(name: str) -> tuple[float, float]:
    """Bytes of this process above what it had before the loss: at most, and those that stay for the gradients."""
    given = inputs()
    gradients(lambda hidden, weight, _: naive(hidden[:8], weight[:64], torch.arange(8)), given)
    given[0].grad = given[1].grad = None
    Path("/proc/self/clear_refs").write_text("5")
    before = status("VmRSS")
    gradients(LOSSES[name], given)
    return status("VmHWM") - before, status("VmRSS") - before


def status(name: str) -> float:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(name))
    return float(line.split()[1]) * 1024


def cases() -> Iterator[Case | Row]:
    """Time, then memory beyond the gradients and in all."""
    given = inputs()
    name = f"cross-entropy of {STATES} states x {TOKENS:,} tokens"
    yield Case(name, "naive", 0.75, partial(gradients, naive, given), partial(gradients, linear_cross_entropy, given))
    if not STATUS.exists():
        yield Row(f"{name}, memory", "naive", 0.10, note="only measured on Linux")
        return
    with get_context("spawn").Pool(1, maxtasksperchild=1) as alone:
        (most, kept), (our_most, our_kept) = (alone.apply(memory, (which,)) for which in LOSSES)
    beyond, whole = (our_most - our_kept) / (most - kept), our_most / most
    yield Row(f"{name}, memory beyond gradients", "naive", 0.10, beyond, beyond, beyond, pairs=1)
    yield Row(f"{name}, memory with gradients", "naive", None, whole, whole, whole, pairs=1)
