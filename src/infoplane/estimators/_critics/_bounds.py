"""Lower bounds of mutual information from a critic's values on all pairs of a batch, as objectives and as scores.

A batch of B pairs gives a matrix T[..., i, j] = T(x_i, y_j): the diagonal holds the pairs that came together, the rest
pairs drawn apart. All functions take and give torch tensors in nats.
"""

import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor

Bound = Literal["infonce", "nwj", "dv", "smile"]

# SMILE keeps density ratios between exp(-5) and exp(5) where it averages them.
CLIP = 5.0


def bound_terms(bound: Bound, values: "Tensor") -> "Tensor":
    """Terms (..., B) of critic values T (..., B, B); their mean is the value of the bound.

    infonce: T_ii - (log mean_j exp T_ij + log mean_j exp T_ji) / 2 over all j (van den Oord et al. 2018).
    nwj: 1 + T_ii - mean_{j /= i} exp T_ij (Nguyen, Wainwright and Jordan 2010, their critic shifted by 1).
    dv: T_ii - log mean_{i /= j} exp T_ij (Donsker and Varadhan 1983).
    smile: dv with T clipped to [-5, 5] in its second term (Song and Ermon 2020), which is no bound and no objective:
    nothing holds T back beyond 5.
    """
    together = values.diagonal(dim1=-2, dim2=-1)
    if bound == "infonce":
        return together - (values.logsumexp(-1) + values.logsumexp(-2)) / 2 + math.log(values.shape[-1])
    if bound == "nwj":
        return 1 + together - _log_means(values).exp()
    means = _log_means(values.clamp(-CLIP, CLIP) if bound == "smile" else values)
    return together - means.logsumexp(-1, keepdim=True) + math.log(values.shape[-1])


def objective_terms(bound: Bound, values: "Tensor") -> "Tensor":
    """Terms (..., B) whose mean a critic for `bound` is trained to maximise: the bound itself, but for smile.

    smile: log s(T_ii) + mean_{j /= i} log s(-T_ij) with s the logistic function, the Jensen-Shannon objective of Song
    and Ermon, highest at the same T.
    """
    if bound != "smile":
        return bound_terms(bound, values)
    import torch

    apart = torch.nn.functional.logsigmoid(-values)
    together = values.diagonal(dim1=-2, dim2=-1)
    rest = (apart.sum(-1) - apart.diagonal(dim1=-2, dim2=-1)) / (values.shape[-1] - 1)
    return torch.nn.functional.logsigmoid(together) + rest


def bound_ceiling(bound: Bound, batch: int) -> float | None:
    """The largest value that batches of `batch` pairs allow: log `batch` for infonce, None for the others."""
    return math.log(batch) if bound == "infonce" else None


def _log_means(values: "Tensor") -> "Tensor":
    """Log mean over j /= i of exp T_ij, (..., B)."""
    import torch

    together = torch.eye(values.shape[-1], dtype=torch.bool)
    return values.masked_fill(together, -math.inf).logsumexp(-1) - math.log(values.shape[-1] - 1)
