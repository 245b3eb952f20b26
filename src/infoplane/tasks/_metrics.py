"""How well answers agree with labels, with the metric each task is known by."""

import warnings
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infoplane._errors import InputError, one_line

CLASSIFICATION = ("accuracy", "macro_f1")
SCORING = ("pearson", "spearman")

Answers = NDArray[np.int64] | NDArray[np.float64]
Metric = Callable[[Answers, Answers, int], float]


def evaluate(metrics: Sequence[str], y_true: ArrayLike, y_pred: ArrayLike, labels: int) -> dict[str, float]:
    """Each of `metrics` for (n,) true and given label indices, or scores; all are fractions, 1 is best.

    A prediction of -1 is an answer that names no label: it counts as wrong. Raises InputError for arrays that differ in
    length, are empty, or hold other numbers.
    """
    scoring = set(metrics) <= set(SCORING)
    true, given = _answers(y_true, y_pred, labels, scoring)
    return {name: _METRICS[name](true, given, labels) for name in metrics}


def _answers(y_true: ArrayLike, y_pred: ArrayLike, labels: int, scoring: bool) -> tuple[Answers, Answers]:
    true, given = np.asarray(y_true), np.asarray(y_pred)
    if true.ndim != 1 or true.shape != given.shape or not len(true):
        came = f"answers of shape {given.shape} for labels of shape {true.shape}"
        raise InputError(one_line(came, "two equally long, non-empty vectors", "pass one answer for each label"))
    if scoring:
        if not (np.isfinite(true).all() and np.isfinite(given).all()):
            raise InputError(one_line("a score that is not finite", "finite numbers", "leave these examples out"))
        return true.astype(np.float64), given.astype(np.float64)
    for array, lowest, what in ((true, 0, "labels"), (given, -1, "answers")):
        if array.dtype.kind not in "iu" or array.min() < lowest or array.max() >= labels:
            came = f"{what} of {array.dtype} from {array.min()} to {array.max()}"
            raise InputError(one_line(came, f"whole numbers from {lowest} to {labels - 1}", "pass indices of labels"))
    return true.astype(np.int64), given.astype(np.int64)


def _accuracy(true: Answers, given: Answers, _labels: int) -> float:
    return float((true == given).mean())


def _macro_f1(true: Answers, given: Answers, labels: int) -> float:
    """The mean of F1 over all labels, those that never occur included (as 0)."""
    return float(_f1(true, given, labels).mean())


def _positive_f1(true: Answers, given: Answers, labels: int) -> float:
    """F1 of label 1, the "yes" of paraphrase tasks."""
    return float(_f1(true, given, max(2, labels))[1])


def _f1(true: Answers, given: Answers, labels: int) -> NDArray[np.float64]:
    """F1 of every label, 2 TP / (2 TP + FP + FN), and 0 where that is 0 / 0."""
    asked, named, right = (_counts(some, labels) for some in (true, given, true[true == given]))
    return 2 * right / np.maximum(asked + named, 1)


def _matthews(true: Answers, given: Answers, labels: int) -> float:
    """Matthews' correlation coefficient of any number of labels (Gorodkin 2004); 0 when only one answer was given."""
    n, right = len(true), int((true == given).sum())
    asked, named = (_counts(some + 1, labels + 1) for some in (true, given))  # an answer of -1 is one more label
    spread = (n**2 - asked @ asked) * (n**2 - named @ named)
    return float((right * n - asked @ named) / np.sqrt(spread)) if spread else 0.0


def _counts(some: Answers, labels: int) -> NDArray[np.float64]:
    """How often each label occurs, (labels,); -1 is none."""
    return np.bincount(some[some >= 0].astype(np.int64), minlength=labels).astype(np.float64)


def _correlation(name: str) -> Metric:
    def correlation(true: Answers, given: Answers, _labels: int) -> float:
        from scipy import stats

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", stats.ConstantInputWarning)
            value = float(getattr(stats, name)(true, given).statistic)
        return value if np.isfinite(value) else 0.0  # a constant correlates with nothing

    return correlation


_METRICS: dict[str, Metric] = {
    "accuracy": _accuracy,
    "macro_f1": _macro_f1,
    "f1": _positive_f1,
    "matthews_correlation": _matthews,
    "pearson": _correlation("pearsonr"),
    "spearman": _correlation("spearmanr"),
}
