"""Fits what a decoder reads: a shrunken discriminant in closed form, then descent on the cross-entropy of all types.

In coordinates of variance 1 the discriminant is, but for its scale, the first Newton step of the softmax from zero. A
few passes over the texts bring it to the least held-out cross-entropy; from random weights it takes longer and ends
higher. A step of a type's weights is measured by their own gradients, one number a type, so that beside the weights
only their gradient and the best ones so far are held.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor
from torch.nn.functional import pad

from infoplane.measures._recovery._decoder_reader import BOTTLENECK, Family, Reader
from infoplane.measures._recovery._decoder_slots import Slots
from infoplane.measures._recovery._decoder_softmax import calibrate, cross_entropy, gradients

_SHRUNKEN = 5  # slots of a type after which its own mean weighs as much as the general one
_RATE, _FADING, _REMEMBERED = 2e-3, 0.6, 0.99  # of a step; of the rate, a pass; of earlier squares, a step
_EPOCHS, _GAIN = 30, 2e-3  # passes at most; nats on tune below which there is no further one
_BATCHES, _MOST = 32, 2048  # in an epoch at least; slots of a batch at most


@dataclass(frozen=True, eq=False)
class Fitted:
    """Logits h(z) . u_v + g_jv of type v at place j, u (V, k), g (J, V) = prior (J, V) + shifts (J, k) @ u.T."""

    reader: Reader
    types: Tensor
    prior: Tensor
    shifts: Tensor

    @property
    def places(self) -> Tensor:
        """The logits g (J, V)."""
        return torch.addmm(self.prior, self.shifts, self.types.T)

    @property
    def learnt(self) -> tuple[Tensor, ...]:
        """What is trained."""
        return self.types, self.shifts, *self.reader.learnt

    def loss(self, coordinates: Tensor, slots: Slots) -> float:
        """Mean cross-entropy of `slots`, in nats."""
        return cross_entropy(self.reader(coordinates), self.types, self.places, slots)


def fit(
    coordinates: tuple[Tensor, Tensor], slots: tuple[Slots, Slots], prior: Tensor, family: Family, seed: int
) -> Fitted:
    """Read `coordinates` (n, p) of the texts of train and tune: trained on the one, stopped on the other.

    prior (J, V): log r(v | j), the start of the logits of each place. The family `mlp` starts from the linear decoder
    that was trained, so that it is never worse on tune.
    """
    train, tune = slots
    axes, types = _discriminant(coordinates[0], train, prior.shape[1])
    state, place = calibrate(Reader(axes)(coordinates[1]), types, prior, tune)
    shifts = torch.zeros(len(prior), types.shape[1])
    linear = Fitted(Reader(axes), types.mul_(state), prior * place, shifts)
    _descend(linear, coordinates, slots, seed)
    if family == "linear":
        return linear
    deep = _deepened(linear, seed)
    _descend(deep, coordinates, slots, seed)
    return deep


def _discriminant(coordinates: Tensor, train: Slots, types: int) -> tuple[Tensor, Tensor]:
    """Axes (p, k) and directions (V, k + 1) of log N(z; m_v, 1), with m_v = (sum of z over n_v slots) / (n_v + 5)."""
    ends = train.ends.numpy()
    told = csr_array((np.ones(len(train), np.float32), train.targets.numpy(), ends), (len(ends) - 1, types))
    counts = torch.bincount(train.targets, minlength=types)[:, None]
    means = torch.from_numpy(told.T @ coordinates.numpy()).div_(counts + _SHRUNKEN)
    axes = torch.eye(means.shape[1])
    if len(axes) > BOTTLENECK:
        axes = torch.linalg.eigh(means.T @ (means * counts))[1][:, -BOTTLENECK:].contiguous()
        means = means @ axes
    return axes, torch.cat([means, torch.linalg.vector_norm(means, dim=1, keepdim=True) ** 2 / -2], 1)


def _deepened(linear: Fitted, seed: int) -> Fitted:
    """The same with a hidden layer, which adds little before it is trained."""
    reader = linear.reader.deepened(seed)
    more = reader.axes.shape[1] - linear.reader.axes.shape[1]
    types, shifts = (torch.cat([pad(old[:, :-1], (0, more)), old[:, -1:]], 1) for old in (linear.types, linear.shifts))
    return Fitted(reader, types, linear.prior, shifts)


def _descend(decoder: Fitted, coordinates: tuple[Tensor, Tensor], slots: tuple[Slots, Slots], seed: int) -> None:
    """Train until a pass lowers the cross-entropy of tune by less than 0.002 nats, and keep the best weights."""
    (seen, unseen), (train, tune) = coordinates, slots
    random = torch.Generator().manual_seed(seed)
    squares = [decoder.types.new_zeros((len(decoder.types), 1)), *map(torch.zeros_like, decoder.learnt[1:])]
    batch = -(-len(seen) * min(_MOST, -(-len(train) // _BATCHES)) // len(train))
    least, best = decoder.loss(unseen, tune), [tensor.clone() for tensor in decoder.learnt]
    taken = 0
    for epoch in range(_EPOCHS):
        for texts in torch.randperm(len(seen), generator=random).split(batch):  # type: ignore[no-untyped-call]
            taken += 1
            _step(decoder, _slopes(decoder, seen[texts], train.take(texts)), squares, taken, _RATE * _FADING**epoch)
        loss = decoder.loss(unseen, tune)
        gain, least = least - loss, min(loss, least)
        if gain > 0:
            _copy(decoder.learnt, best)
        if gain < _GAIN:
            break
    _copy(best, decoder.learnt)


def _copy(given: Iterable[Tensor], onto: Iterable[Tensor]) -> None:
    for tensor, old in zip(given, onto, strict=True):
        old.copy_(tensor)


def _step(decoder: Fitted, slopes: Iterable[Tensor], squares: list[Tensor], taken: int, rate: float) -> None:
    """Step number `taken` against the gradients, over the roots of running mean `squares`, one a type or one each."""
    whole = 1 - _REMEMBERED**taken
    for tensor, slope, square in zip(decoder.learnt, slopes, squares, strict=True):
        shared = tensor is decoder.types
        size = torch.linalg.vector_norm(slope, dim=1, keepdim=True) / slope.shape[1] ** 0.5 if shared else slope
        square.lerp_(size.square(), 1 - _REMEMBERED)
        tensor.addcdiv_(slope, (square / whole).sqrt_().add_(1e-8), value=-rate)


def _slopes(decoder: Fitted, coordinates: Tensor, slots: Slots) -> tuple[Tensor, ...]:
    """Gradients of the mean cross-entropy of `slots` for all that is learnt."""
    deep = [tensor.detach().requires_grad_() for tensor in decoder.reader.learnt]
    with torch.enable_grad():
        hidden = replace(decoder.reader, learnt=tuple(deep))(coordinates)
    made = gradients(hidden.detach(), decoder.types, decoder.places, slots)
    made.types.addmm_(made.places.T, decoder.shifts)
    beyond = torch.autograd.grad(hidden, deep, made.hidden) if deep else ()
    return made.types, made.places @ decoder.types, *beyond
