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
    return _f1(true, given, np.arange(labels))


def _positive_f1(true: Answers, given: Answers, _labels: int) -> float:
    """F1 of label 1, the "yes" of paraphrase tasks."""
    return _f1(true, given, np.array([1]))


def _f1(true: Answers, given: Answers, over: NDArray[np.int64]) -> float:
    from sklearn.metrics import f1_score

    return float(f1_score(true, given, labels=over, average="macro", zero_division=0))


def _matthews(true: Answers, given: Answers, _labels: int) -> float:
    """Matthews' correlation coefficient; 0 when only one answer was given."""
    from sklearn.metrics import matthews_corrcoef

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "A single label was found", UserWarning)
        return float(matthews_corrcoef(true, given))


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
