"""Predicted distributions and how far apart they are, in nats and at least in float32."""

from torch import Tensor
from torch.nn.functional import kl_div, log_softmax


def widened(values: Tensor) -> Tensor:
    """`values` themselves; half precision in float32."""
    return values.float() if values.dtype.itemsize < 4 else values


def log_probabilities(logits: Tensor, temperature: float = 1.0) -> Tensor:
    """Log of softmax(logits / temperature) over the last axis; half precision is raised to float32 before."""
    return log_softmax(widened(logits) / temperature, -1)


def divergence(log_p: Tensor, log_q: Tensor) -> Tensor:
    """KL(p || q) of every row (m,), from log-probabilities (m, C)."""
    return kl_div(log_q, log_p, reduction="none", log_target=True).sum(-1)
