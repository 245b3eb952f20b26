"""The task's own metrics of predicted labels, each with its interval and null."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import Estimate, permute_labels, proportion, with_null
from infoplane.measures._numbers import Options, Row
from infoplane.tasks import evaluate

Labels = NDArray[np.int64]

_DRAWS = 200


class Labelled(Protocol):
    """Examples with labels: the metrics of their task, the names of its labels."""

    @property
    def metrics(self) -> Sequence[str]:
        """What the task is judged by."""

    @property
    def names(self) -> Sequence[str]:
        """The labels as words."""

    def labels(self) -> Labels:
        """The label of every example (n,)."""

    def groups(self) -> Labels:
        """The group of every example (n,)."""


def metric_rows(prefix: str, estimator: str, predicted: Labels, saved: Labelled, options: Options) -> list[Row]:
    """`<prefix>accuracy` and `<prefix><metric>` for the other metrics; a prediction of -1 is wrong."""
    rows: list[Row] = [({"quantity": f"{prefix}accuracy"}, accuracy(estimator, predicted, saved, options))]
    for metric in saved.metrics:
        if metric != "accuracy":
            found = metric_estimate(metric, estimator, predicted, saved, options)
            rows.append(({"quantity": f"{prefix}{metric}"}, found))
    return rows


def accuracy(estimator: str, predicted: Labels, saved: Labelled, options: Options) -> Estimate:
    """Share of `predicted` that are right, against the same predictions and permuted labels."""
    hits = proportion(predicted == saved.labels(), groups=saved.groups())
    null = (_permuted(saved, options) == predicted).mean(axis=1)
    return with_null(hits, null, estimator=estimator)


def metric_estimate(metric: str, estimator: str, predicted: Labels, saved: Labelled, options: Options) -> Estimate:
    """A metric that is no mean over examples: percentile bootstrap of whole groups."""
    labels, ids = saved.labels(), np.unique(saved.groups(), return_inverse=True)[1]

    def score(true: Labels, given: Labels) -> float:
        return evaluate((metric,), true, given, len(saved.names))[metric]

    draws = [score(labels[rows], predicted[rows]) for rows in _resampled(ids, options.seed)]
    value = score(labels, predicted)
    low, high = 2 * value - np.quantile(draws, [0.975, 0.025])  # reflected: draws miss rare labels and score lower
    found = Estimate(
        value=value,
        low=min(float(low), value),
        high=min(1.0, max(float(high), value)),
        units="score",
        n=len(labels),
        estimator=estimator,
        ceiling=score(labels, labels),
        flags=("few_samples",) if len(labels) < 10 * len(saved.names) else (),
    )
    return with_null(found, np.array([score(drawn, predicted) for drawn in _permuted(saved, options)]))


def _permuted(saved: Labelled, options: Options) -> Labels:
    permuted: Labels = permute_labels(saved.labels(), saved.groups(), options.permutations, options.seed)
    return permuted


def _resampled(groups: Labels, seed: int) -> list[Labels]:
    """Rows of bootstrap draws of whole groups."""
    rng = np.random.default_rng(seed)
    order = np.argsort(groups, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(groups))[:-1])
    draws = rng.integers(len(members), size=(_DRAWS, len(members)))
    return [np.concatenate([members[group] for group in draw]) for draw in draws]
