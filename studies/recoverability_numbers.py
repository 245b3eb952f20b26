"""Statistics of what was judged, and their differences between networks, bootstrapped over the same items."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from recoverability_judging import EVERY
from scipy.stats import rankdata

from infoplane.estimators import Estimate
from infoplane.tasks import Split, Task, evaluate, lexical_overlap, lowest_overlap

_DRAWS = 500

Floats = NDArray[np.float64]
Statistic = Callable[[Floats, Floats], float]


@dataclass(frozen=True)
class Number:
    """A statistic of `truth` (n,) and of the scores called `scores`, at `rows` of them; whole `groups` are drawn."""

    scores: str
    statistic: Statistic
    truth: Floats
    groups: NDArray[np.int64]
    units: Any = "fraction"
    rows: NDArray[np.int64] | None = None

    def told(self, arms: Mapping[str, Sequence[Mapping[str, Floats]]]) -> dict[str, Floats]:
        """Of every arm, with one judgement a seed: the mean over seeds on all items, then on every draw."""
        random = np.random.default_rng(0)
        members = [np.flatnonzero(self.groups == group) for group in np.unique(self.groups)]
        drawn = [random.integers(len(members), size=len(members)) for _ in range(_DRAWS)]
        items = [np.arange(len(self.truth))] + [np.concatenate([members[one] for one in draw]) for draw in drawn]
        scores = {
            name: [one[self.scores] if self.rows is None else one[self.scores][self.rows] for one in seeds]
            for name, seeds in arms.items()
        }
        return {
            name: np.array([np.mean([self.statistic(self.truth[at], one[at]) for one in seeds]) for at in items])
            for name, seeds in scores.items()
        }

    def estimate(self, told: Floats) -> Estimate:
        """The first of `told` with the interval of the others."""
        low, high = np.quantile(told[1:], [0.025, 0.975])
        n, how = len(self.truth), f"{_DRAWS} bootstrap draws of items"
        return Estimate(value=float(told[0]), low=float(low), high=float(high), units=self.units, n=n, estimator=how)


def numbers(tasks: Sequence[Task], entropies: Floats) -> dict[str, Number]:
    """Everything that is told, by name; `entropies` are H(T) of the tokens of every held-out text."""
    texts = np.arange(len(entropies))
    found = {
        "tokens read back, nats": Number("recovery", _mean_difference, entropies, texts, "nats"),
        "language model's loss, nats": Number("language", _mean, entropies[::EVERY], texts[::EVERY], "nats"),
    }
    for task in tasks:
        if task.splits["test"].pairs is not None:
            found |= _of_pairs(task)
        if task.label_names:
            test, metric = task.splits["test"], task.metrics[0]
            score, truth = partial(_score, metric, len(task.labels)), test.labels.astype(np.float64)
            name = f"{task.name} probe, {metric.replace('_', ' ')}"
            found[name] = Number(f"{task.name}.guess", score, truth, test.groups)
    return found


def judged_pairs(task: Task) -> Split:
    """The pairs whose cosines are told: those of every split but the one that gave texts to train on."""
    some = [task.splits[name] for name in ("measure", "tune", "test")]
    scores = [split.scores for split in some if split.scores is not None]
    return Split(
        tuple(text for split in some for text in split.texts),
        np.concatenate([split.labels for split in some]),
        np.concatenate([split.groups for split in some]),
        tuple(one for split in some for one in split.ids),
        tuple(pair for split in some for pair in split.pairs or ()),
        np.concatenate(scores) if scores else None,
    )


def _of_pairs(task: Task) -> dict[str, Number]:
    """Of all pairs and of the quarter that overlaps least; and how far the cosine is the overlap itself."""
    pairs = judged_pairs(task)
    assert pairs.pairs is not None, "a task of pairs"
    kept = set(lowest_overlap(pairs).ids)
    lowest = np.array([row for row, one in enumerate(pairs.ids) if one in kept])
    truth = pairs.scores if pairs.scores is not None else (pairs.labels == task.labels.index("yes")).astype(np.float64)
    statistic, word = (_spearman, "Spearman") if pairs.scores is not None else (auc, "AUC")
    overlap, name = lexical_overlap(pairs.texts, pairs.pairs), f"{task.name}.cosine"
    return {
        f"{task.name} cosine, {word}": Number(name, statistic, truth, pairs.groups),
        f"{task.name} cosine, {word}, least overlap": Number(
            name, statistic, truth[lowest], pairs.groups[lowest], rows=lowest
        ),
        f"{task.name} cosine with overlap, Spearman": Number(name, _spearman, overlap, pairs.groups),
    }


def auc(truth: Floats, scores: Floats) -> float:
    """The share of pairs of a positive and a negative that `scores` put in order; 0.5 without both."""
    positive = truth > 0
    many = positive.sum() * (~positive).sum()
    ranks = rankdata(scores)[positive].sum() - positive.sum() * (positive.sum() + 1) / 2
    return float(ranks / many) if many else 0.5


def _score(metric: str, labels: int, true: Floats, guess: Floats) -> float:
    return evaluate([metric], true.astype(np.int64), guess.astype(np.int64), labels)[metric]


def _spearman(truth: Floats, scores: Floats) -> float:
    return evaluate(["spearman"], truth, scores, 0)["spearman"]


def _mean(_: Floats, losses: Floats) -> float:
    return float(losses.mean())


def _mean_difference(entropies: Floats, losses: Floats) -> float:
    return float((entropies - losses).mean())
