"""The members of the stack: families of rules fitted on one training set, each family with a few candidates.

A rule gives log-odds (candidates, m, K) of samples in two kinds of coordinates, white ones and the same Gaussianized.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol, Self

import numpy as np

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._labels._discriminant import Rules, fit_rules, mean_shrinkage
from infoplane.estimators._labels._gaussianize import Gaussianization
from infoplane.estimators._labels._mixture import MixtureRule, fit_mixture
from infoplane.estimators._labels._perceptron import CHECKPOINTS, Perceptron, fit_perceptron
from infoplane.estimators._labels._posterior_neighbours import NEIGHBOURS, NeighbourPosterior, fit_neighbours
from infoplane.estimators._whiten import Whitening, fit_whitening

_COMPONENTS = (2, 4, 8)
_SAMPLES_PER_COMPONENT = 4
_WIDEST = 1024
# Coordinates whose class means are shrunk below this share carry no class to speak of.
_RELEVANT = 0.02
_FEWEST, _MOST = 8, 96


class View(NamedTuple):
    """Samples in white coordinates (m, r), and in the same with heavy tails taken out."""

    plain: Floats
    normal: Floats


class Member(Protocol):
    """A fitted rule of one family."""

    def logits(self, view: View) -> Floats:
        """Log-odds (candidates, m, K), up to a constant of each sample."""


@dataclass(frozen=True, slots=True)
class Coordinates:
    """The map from x (m, d) to a `View`, fitted on a training set; `relevance` (r,) of each kind of coordinate."""

    whitening: Whitening
    gaussianization: Gaussianization
    relevance: View

    @classmethod
    def fit(cls, x: Floats, labels: Ints, classes: int, seed: int) -> Self:
        """From training samples `x` (n, d) and `labels` (n,); at most 1024 principal components are kept."""
        whitening = fit_whitening(x, min(_WIDEST, *x.shape))
        plain = whitening(x)
        relevance = _relevance(plain, labels, classes, whitening.spread)
        order = np.argsort(-relevance, kind="stable")
        wanted = np.clip((relevance > _RELEVANT).sum(), _FEWEST, _MOST)
        gaussianization = Gaussianization.fit(plain, order[:wanted], seed)
        normal = _relevance(gaussianization(plain), labels, classes, whitening.spread)
        return cls(whitening, gaussianization, View(relevance, normal))

    def __call__(self, x: Floats) -> View:
        """Coordinates of `x` (m, d)."""
        plain = self.whitening(x)
        return View(plain, self.gaussianization(plain))


@dataclass(frozen=True)
class Training:
    """One training set: coordinates of its samples, their labels (n,), the number of classes, and a seed."""

    coordinates: Coordinates
    view: View
    labels: Ints
    classes: int
    seed: int

    @classmethod
    def prepare(cls, x: Floats, labels: Ints, classes: int, seed: int) -> Self:
        """The training set of samples `x` (n, d)."""
        coordinates = Coordinates.fit(x, labels, classes, seed)
        return cls(coordinates, coordinates(x), labels, classes, seed)

    @cached_property
    def rules(self) -> tuple[Rules, Rules]:
        """Discriminants in plain and in normal coordinates."""
        whitening = self.coordinates.whitening
        return tuple(  # type: ignore[return-value]
            fit_rules(z, self.labels[None], self.classes, spread=whitening.spread, weight=whitening.weight)
            for z in self.view
        )


@dataclass(frozen=True, slots=True)
class _OnOne:
    """A rule that reads one kind of coordinates: 0 plain, 1 normal."""

    rule: MixtureRule | Perceptron | NeighbourPosterior
    kind: int

    def logits(self, view: View) -> Floats:
        found = self.rule.logits(view[self.kind])
        return found if found.ndim == 3 else found[None]


@dataclass(frozen=True, slots=True)
class _Several:
    """Candidates one after the other."""

    members: tuple[Member, ...]

    def logits(self, view: View) -> Floats:
        return np.concatenate([member.logits(view) for member in self.members])


# A family fits the candidates whose numbers come, so that those not chosen need not be fitted again.
Family = Callable[[Training, tuple[int, ...]], Member]


def families(samples: int, classes: int) -> dict[str, tuple[Family, int]]:
    """Name, function and number of candidates of each family, for training sets of about `samples`.

    Mixtures need four samples a component on average, and are left out where there are fewer.
    """
    numbers = [number for number in _COMPONENTS if samples >= _SAMPLES_PER_COMPONENT * number * classes]
    found: dict[str, tuple[Family, int]] = {
        "discriminant": (lambda training, _: _OnOne(MixtureRule(training.rules[0], 1), 0), 1),
        "gaussianized": (lambda training, _: _OnOne(MixtureRule(training.rules[1], 1), 1), 1),
        "perceptron": (_perceptron, len(CHECKPOINTS)),
        "neighbours": (_neighbours, len(NEIGHBOURS)),
    }
    if numbers:
        found["mixture"] = (lambda training, chosen: _mixtures(training, chosen, numbers), 2 * len(numbers))
    return found


def _mixtures(training: Training, chosen: tuple[int, ...], numbers: list[int]) -> Member:
    whitening = training.coordinates.whitening
    return _Several(
        tuple(
            _OnOne(
                fit_mixture(
                    training.view[candidate % 2],
                    training.labels,
                    training.classes,
                    numbers[candidate // 2],
                    relevance=training.coordinates.relevance[candidate % 2],
                    spread=whitening.spread,
                    weight=whitening.weight,
                    seed=training.seed,
                ),
                candidate % 2,
            )
            for candidate in chosen
        )
    )


def _perceptron(training: Training, chosen: tuple[int, ...]) -> Member:
    return _OnOne(
        fit_perceptron(
            training.view.normal,
            training.labels,
            training.classes,
            relevance=training.coordinates.relevance.normal,
            steps=tuple(CHECKPOINTS[candidate] for candidate in chosen),
            seed=training.seed,
        ),
        1,
    )


def _neighbours(training: Training, chosen: tuple[int, ...]) -> Member:
    counts = tuple(NEIGHBOURS[candidate] for candidate in chosen)
    return _OnOne(
        fit_neighbours(training.view.normal, training.labels, training.rules[1], counts, seed=training.seed), 1
    )


def _relevance(z: Floats, labels: Ints, classes: int, spread: Floats) -> Floats:
    """Share of the squared class means of each coordinate of `z` (n, r) that chance does not explain, (r,)."""
    hot = (labels == np.arange(classes)[:, None]).astype(np.float64)
    counts = hot.sum(axis=1)
    means = hot @ z / np.maximum(counts, 1)[:, None]
    return np.asarray(mean_shrinkage(means[None], counts[None], spread)[0])
