"""Conditional mutual information I(X;Z|Y): how far the features of a class's examples lie around their centroid.

Features h of an example become a distribution f over their d dimensions, from which Z is drawn (equation 9 of the CMI
paper, Sivakaran and Yang: f = softmax(h)); the centroid g of a class is the mean of its f. Then

    I(X;Z|Y=y) = (1/n_y) sum_{x in y} KL(f_x || g_y)                              (equation 11)

Every logarithm comes from `log_softmax`, in float32 at least, and the divergence is summed as f log(f/g) - (f - g):
these terms are never negative, and what f and g miss of summing to 1 enters the value only in second order.
"""

from typing import Any, Literal, get_args

import torch
from torch import Tensor
from torch.nn.functional import log_softmax, logsigmoid

from infoplane._errors import InputError, one_line
from infoplane.objectives._soft import widened

Transform = Literal["softmax", "sigmax"]
Normalisation = Literal["empirical", "balanced", "paper"]


def log_simplex(features: Tensor, *, temperature: float = 1.0, transform: Transform = "softmax") -> Tensor:
    """Logarithm of f (n, d) of `features` h (n, d): f = softmax(h / T), or `sigmax`, sigmoid(h / T) over its sum.

    Half precision is computed in float32. InputError for an unknown transform and a temperature that is not above 0.
    """
    if transform not in get_args(Transform) or not 0 < temperature < float("inf"):
        came = f"transform {transform!r} with temperature {temperature}"
        raise InputError(one_line(came, "softmax or sigmax, and a number above 0", "use for example softmax and 1"))
    return log_softmax(logits_of(features, temperature, transform), dim=-1)


def logits_of(features: Tensor, temperature: float, transform: Transform) -> Tensor:
    """What `log_softmax` makes log f of (n, d)."""
    values = widened(features)
    scaled = values if temperature == 1 else values / temperature
    return scaled if transform == "softmax" else logsigmoid(scaled)


def class_sums(values: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Sums (C, d) of `values` (n, d) over the examples of every class: one product, so the same in every run."""
    with torch.autocast(values.device.type, enabled=False):
        return torch.nn.functional.one_hot(labels, classes).to(values.dtype).T @ values


def floored_log(shares: Tensor) -> Tensor:
    """Logarithm of shares, those too small for a normal number counted as the smallest one: divergences stay finite."""
    return shares.clamp(min=torch.finfo(shares.dtype).tiny).log()


def log_centroids(log_f: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Logarithm of g (C, d), g_y the mean of f over the examples of class y; `log_f` (n, d), labels (n,)."""
    counts = torch.bincount(labels, minlength=classes).clamp(min=1)
    return floored_log(class_sums(log_f.exp(), labels, classes) / counts[:, None])


def divergences(log_f: Tensor, labels: Tensor, log_g: Tensor) -> Tensor:
    """KL(f_i || g_{y_i}) of every example (n,), in nats: `log_f` (n, d), labels (n,), `log_g` (C, d)."""
    return dimension_terms(log_f, log_g[labels]).sum(-1)


def dimension_terms(log_f: Tensor, log_g: Tensor) -> Tensor:
    """What every dimension adds to KL(f || g), f log(f/g) - (f - g), each at least 0; two arrays of one shape."""
    ratio = log_f - log_g
    return log_f.exp() * ratio - log_g.exp() * ratio.expm1()


class _Divergence(torch.autograd.Function):
    """`divergence` with its gradient f (log(f/g) - KL) written out: a training step records one operation."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, log_g: Tensor) -> tuple[Tensor, Tensor]:
        """The terms of `dimension_terms`, summed."""
        log_f = log_softmax(logits, dim=-1)
        f, ratio = log_f.exp(), log_f - log_g
        pull = f * ratio
        ctx.save_for_backward(f, pull)
        ctx.mark_non_differentiable(f)
        return (pull - log_g.exp() * ratio.expm1()).sum(-1), f

    @staticmethod
    def backward(ctx: Any, *above: Tensor) -> tuple[Tensor, None]:
        """The gradient in the logits."""
        f, pull = ctx.saved_tensors
        return (pull - f * pull.sum(-1, keepdim=True)) * above[0][:, None], None


def divergence(logits: Tensor, log_g: Tensor) -> tuple[Tensor, Tensor]:
    """KL(f || g) of every row (n,), with its gradient, and f (n, d), of `logits_of` features and log g, both (n, d)."""
    kl, f = _Divergence.apply(logits, log_g)  # type: ignore[no-untyped-call]
    return kl, f


def example_weights(counts: Tensor, normalisation: Normalisation) -> Tensor:
    """What a divergence of every class counts in I(X;Z|Y) (C,), of `counts` (C,) examples a class.

    empirical  1/n: I(X;Z|Y) with Y as frequent as among the examples
    balanced   1/(C n_y): the mean of I(X;Z|Y=y) over classes
    paper      1/C: equation 12 as printed, where the sum over a class is not divided by its size
    """
    if normalisation not in get_args(Normalisation):
        came, expected = f"normalisation {normalisation!r}", f"one of {', '.join(get_args(Normalisation))}"
        raise InputError(one_line(came, expected, "use one of these"))
    occurring = (counts > 0).sum()
    if normalisation == "empirical":
        return torch.ones_like(counts) / counts.sum()
    if normalisation == "balanced":
        return 1 / (occurring * counts.clamp(min=1))
    return torch.ones_like(counts) / occurring


def unbiasing(counts: Tensor) -> Tensor:
    """The factor m / (m - 1) of `counts` m (C,): undoes, to first order, that g holds what it is compared with.

    Features of spread 0.3 in 64 dimensions keep -1.1 % at m = 4 and -0.5 % at m = 8, of spread 1 -11 % and -6 %.
    InputError for a class with one example, which is its own centroid.
    """
    if bool((counts == 1).any()):
        came = f"class {int((counts == 1).nonzero()[0])} with one example under in-batch centroids"
        do = "take larger batches, leave the class out, or take centroids='ema'"
        raise InputError(one_line(came, "at least two of every class of a batch", do))
    return counts / (counts - 1).clamp(min=1)


def conditional_mutual_information(
    features: Tensor,
    labels: Tensor,
    centroids: Tensor | None = None,
    *,
    normalisation: Normalisation = "empirical",
    temperature: float = 1.0,
    transform: Transform = "softmax",
    unbiased: bool = False,
) -> Tensor:
    """I(X;Z|Y) in nats, a scalar with the gradient in `features` h (n, d); labels (n,) are 0..C-1.

    centroids      (C, d) shares that stand for g, constants: the value is then I(X;Z|Y) + KL(g || centroids), never
                   less (equation 14). None: g of these examples, which passes on no gradient as it minimises (14)
    normalisation  see `example_weights`; `paper` goes with a cross-entropy summed, not averaged, over examples
    unbiased       without `centroids`: each class times m / (m - 1), see `unbiasing`

    Raises InputError for other words, shapes that do not fit, and a class with one example where `unbiased`.
    """
    _check_shapes(features, labels, centroids)
    log_f = log_simplex(features.detach(), temperature=temperature, transform=transform)
    logits = logits_of(features, temperature, transform)
    classes = int(labels.max()) + 1 if centroids is None else len(centroids)
    counts = torch.bincount(labels, minlength=classes).to(log_f.dtype)
    weights = example_weights(counts, normalisation)
    if centroids is not None:
        log_g = floored_log(centroids.detach().to(log_f.dtype))
    else:
        log_g = log_centroids(log_f, labels, classes)
        weights = weights * unbiasing(counts) if unbiased else weights
    kl, _ = divergence(logits, log_g[labels])
    return (weights[labels] * kl).sum()


def _check_shapes(features: Tensor, labels: Tensor, centroids: Tensor | None) -> None:
    fits = features.ndim == 2 and labels.shape == features.shape[:1] and len(labels) > 0
    if not fits or (centroids is not None and centroids.shape[1:] != features.shape[1:]):
        given = "" if centroids is None else f" and centroids {tuple(centroids.shape)}"
        came = f"features {tuple(features.shape)}, labels {tuple(labels.shape)}{given}"
        raise InputError(one_line(came, "shapes (n, d), (n,) and (C, d)", "give one row an example"))
    top = int(labels.max())
    if centroids is not None and top >= len(centroids):
        came = f"label {top} with centroids of {len(centroids)} classes"
        raise InputError(one_line(came, "labels below the number of centroids", "give a centroid of every class"))
