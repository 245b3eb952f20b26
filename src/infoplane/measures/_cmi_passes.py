"""Two passes over the features of a split, for I(X;Z|Y) and what is beside it; float64, memory of C x d and a block.

The first sums over classes; the second compares every example with the centroids, and says what each number would be
without each group of examples. f, g, Z are those of `infoplane.objectives.conditional_mutual_information`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from infoplane._errors import InputError, one_line
from infoplane.objectives import dimension_terms, log_simplex

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Transform = Literal["softmax", "sigmax"]

_BLOCK = 1 << 21  # numbers of features at a time
_DRAWN = 1 << 25  # numbers of class sums of permuted labels at a time
_TINY, _EPS = float(np.finfo(np.float64).tiny), float(np.finfo(np.float64).eps)


class Block(NamedTuple):
    """Whole groups of examples: their places `rows` in the split, log f (b, d), and `cells`, one class of one group.

    cell (b,) is each example's cell in the block, `labels` (k,), `groups` (k,) those of the cells; groups from 0.
    """

    rows: Ints
    log_f: Tensor
    cell: Tensor
    labels: Tensor
    groups: Tensor


@dataclass(frozen=True)
class Examples:
    """Features (n, d) as they come, in any precision, class codes (n,) below `classes`, and group codes (n,)."""

    features: Any
    labels: Ints
    groups: Ints
    classes: int
    temperature: float
    transform: Transform

    def blocks(self) -> Iterator[Block]:
        """All examples, group by group."""
        order = np.lexsort((self.labels, self.groups))
        ends = np.append(np.flatnonzero(np.diff(self.groups[order])) + 1, len(order))
        size, start = max(1, _BLOCK // self.features.shape[1]), 0
        while start < len(order):
            within = ends[(ends > start) & (ends <= start + size)]
            end = int(within[-1] if len(within) else ends[ends > start][0])
            yield self._block(order[start:end])
            start = end

    def _block(self, rows: Ints) -> Block:
        pairs = np.stack([self.groups[rows], self.labels[rows]])
        cells, cell = np.unique(pairs, axis=1, return_inverse=True)
        groups = np.unique(cells[0], return_inverse=True)[1]
        at = (torch.from_numpy(np.ascontiguousarray(one)) for one in (cell.ravel(), cells[1], groups))
        return Block(rows, self._log_f(rows), *at)

    def _log_f(self, rows: Ints) -> Tensor:
        taken = self.features[torch.from_numpy(rows) if isinstance(self.features, Tensor) else rows]
        values = torch.as_tensor(taken).detach().to("cpu", torch.float64)
        if not bool(values.isfinite().all()):
            bad = int((~values.isfinite().all(1)).sum())
            came = f"features with NaN or infinity in {bad} of {len(values)} rows"
            raise InputError(one_line(came, "finite numbers", "look for a training that diverged"))
        return log_simplex(values, temperature=self.temperature, transform=self.transform)


class Sums(NamedTuple):
    """Over every class: f (..., C, d), log f (..., C, d), entropy of f (..., C), and examples (..., C)."""

    f: Tensor
    log_f: Tensor
    entropy: Tensor
    counts: Tensor

    def class_cmi(self) -> Tensor:
        """I(X;Z|Y=y) (..., C), as the entropy of the mean less the mean entropy; 0 of a class without examples."""
        counts = self.counts.clamp(min=1)
        return entropy_of(self.f / counts[..., None]) - self.entropy / counts

    def cmi(self) -> Tensor:
        """I(X;Z|Y) (...)."""
        return (self.class_cmi() * self.counts).sum(-1) / self.counts.sum(-1)

    def separation(self) -> Tensor:
        """The cross-entropy of f of one example and another, 0 where their classes are equal, over all pairs (...)."""
        everyone = (self.f.sum(-2) * self.log_f.sum(-2)).sum(-1)
        return -(everyone - (self.f * self.log_f).sum((-2, -1))) / self.counts.sum(-1).square()


def entropy_of(shares: Tensor) -> Tensor:
    """Entropy of distributions (..., d) in nats (...)."""
    return -torch.xlogy(shares, shares).sum(-1)


def class_sums(examples: Examples) -> tuple[Sums, Floats]:
    """The first pass: sums over the classes, and the largest share max_j f_j of every example (n,)."""
    largest = np.empty(len(examples.labels))
    found = _sums(examples, examples.labels[None], largest)
    return Sums(*(one[0] for one in found)), largest


def permuted_sums(examples: Examples, draws: Ints) -> Iterator[Sums]:
    """Sums over the classes of `draws` (P, n) of labels, some draws at a time: (p, C, d) each."""
    size = max(1, _DRAWN // (examples.classes * 2 * examples.features.shape[1]))
    for start in range(0, len(draws), size):
        yield _sums(examples, draws[start : start + size])


def _sums(examples: Examples, draws: Ints, largest: Floats | None = None) -> Sums:
    d, classes = examples.features.shape[1], examples.classes
    sums = torch.zeros(len(draws), classes, 2 * d + 2, dtype=torch.float64)
    for block in examples.blocks():
        f, ones = block.log_f.exp(), torch.ones(len(block.rows), 1, dtype=torch.float64)
        values = torch.cat([f, block.log_f, -(f * block.log_f).sum(1, keepdim=True), ones], 1)
        for total, labels in zip(sums, draws, strict=True):
            total.index_add_(0, torch.from_numpy(labels[block.rows]), values)
        if largest is not None:
            largest[block.rows] = f.amax(1).numpy()
    return Sums(sums[..., :d], sums[..., d:-2], sums[..., -2], sums[..., -1])


class Second(NamedTuple):
    """What the second pass finds.

    kl, left_out      (n,) KL(f || g_y) with the class's centroid, and with the centroid without the example's group
    dimensions        (d,) what each dimension adds to the sum of `kl`
    cmi, separation   (G,) without one group each, classes as frequent as before;   sizes (G,) examples of the groups
    class_cmi         by class: (k,) without one group each of those it has, and their examples of this class (k,)
    """

    kl: Floats
    left_out: Floats
    dimensions: Floats
    cmi: Floats
    separation: Floats
    sizes: Floats
    class_cmi: list[tuple[Floats, Floats]]


def second_pass(examples: Examples, sums: Sums) -> Second:
    """Every example against the centroids of `sums`, and every number without each group; see `Second`."""
    n = len(examples.labels)
    kl, left_out, dimensions = np.empty(n), np.empty(n), torch.zeros(examples.features.shape[1], dtype=torch.float64)
    means = sums.f / sums.counts.clamp(min=1)[:, None]
    log_g, parts = means.clamp(min=_TINY).log(), []
    for block in examples.blocks():
        terms = dimension_terms(block.log_f, log_g[block.labels[block.cell]])
        dimensions += terms.sum(0)
        kl[block.rows] = terms.sum(1).numpy()
        cells = _cells(block)
        whole = Sums(*(one[block.labels] for one in sums))
        rest = Sums(*(one - part for one, part in zip(whole, cells, strict=True)))
        rest = rest._replace(f=rest.f.maximum(_EPS * whole.f))  # less than that a sum does not resolve
        left_out[block.rows] = _from_rest(block, rest)
        parts.append(_without(block, sums, cells, rest))
    labels, class_cmi, sizes, cmi, separation, group_sizes = (
        torch.cat(one).numpy() for one in zip(*parts, strict=True)
    )
    by_class = [(class_cmi[labels == y], sizes[labels == y]) for y in range(examples.classes)]
    return Second(kl, left_out, dimensions.numpy(), cmi, separation, group_sizes, by_class)


def _cells(block: Block) -> Sums:
    """Sums over the cells of `block`."""
    f, k = block.log_f.exp(), len(block.labels)
    ones = torch.ones(len(f), dtype=torch.float64)
    each = (f, block.log_f, -(f * block.log_f).sum(1), ones)
    return Sums(*(one.new_zeros(k, *one.shape[1:]).index_add_(0, block.cell, one) for one in each))


def _from_rest(block: Block, rest: Sums) -> Floats:
    """KL of every example from the centroid of its class without its group; NaN where nothing is left."""
    log_g = (rest.f / rest.counts.clamp(min=1)[:, None]).clamp(min=_TINY).log()
    found = dimension_terms(block.log_f, log_g[block.cell]).sum(1)
    return np.asarray(torch.where(rest.counts[block.cell] > 0, found, torch.nan).numpy())


def _without(block: Block, sums: Sums, cells: Sums, rest: Sums) -> tuple[Tensor, ...]:
    """Of cells: label, I(X;Z|Y=y) without it, examples; of groups: I(X;Z|Y) and separation without it, examples.

    Classes weigh what they do with all examples; one of which nothing is left stays as it is.
    """
    f, log_f = sums.f / sums.counts[:, None], sums.log_f / sums.counts[:, None]
    weights, labels, left = sums.counts / sums.counts.sum(), block.labels, rest.counts[:, None] > 0
    f_left = torch.where(left, rest.f / rest.counts[:, None], f[labels])
    log_f_left = torch.where(left, rest.log_f / rest.counts[:, None], log_f[labels])
    class_cmi = torch.where(left[:, 0], rest.class_cmi(), sums.class_cmi()[labels])

    def over_groups(values: Tensor) -> Tensor:
        found = values.new_zeros(int(block.groups[-1]) + 1, *values.shape[1:])
        return found.index_add_(0, block.groups, values)

    weight = weights[labels]
    cmi = sums.cmi() + over_groups(weight * (class_cmi - sums.class_cmi()[labels]))
    mean_f = weights @ f + over_groups(weight[:, None] * (f_left - f[labels]))
    mean_log_f = weights @ log_f + over_groups(weight[:, None] * (log_f_left - log_f[labels]))
    own = (f * log_f).sum(1)
    alike = weights.square() @ own + over_groups(weight.square() * ((f_left * log_f_left).sum(1) - own[labels]))
    separation = alike - (mean_f * mean_log_f).sum(1)
    return labels, class_cmi, cells.counts, cmi, separation, over_groups(cells.counts)
