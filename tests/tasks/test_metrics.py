import math

import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.tasks._metrics import evaluate


def test_accuracy_and_macro_f1_of_a_table_worked_by_hand() -> None:
    # label 0: precision 1/1, recall 1/2; label 1: 1/2, 1/1; label 2 never occurs and counts 0
    scores = evaluate(("accuracy", "macro_f1"), [0, 0, 1], [0, 1, 1], 3)
    assert scores == pytest.approx({"accuracy": 2 / 3, "macro_f1": (2 / 3 + 2 / 3 + 0) / 3})


def test_an_answer_that_names_no_label_is_wrong() -> None:
    scores = evaluate(("accuracy", "macro_f1", "f1", "matthews_correlation"), [0, 1, 1, 0], [0, 1, -1, -1], 2)
    assert scores["accuracy"] == 0.5
    assert scores["macro_f1"] == pytest.approx(2 / 3)
    assert scores["f1"] == pytest.approx(2 / 3)
    assert scores["matthews_correlation"] < 1


def test_f1_is_of_label_one() -> None:
    assert evaluate(("f1",), [1, 1, 1, 0], [1, 0, 0, 0], 2) == {"f1": pytest.approx(0.5)}


def test_matthews_correlation_of_a_known_table() -> None:
    true, given = np.repeat([1, 1, 0, 0], [6, 2, 1, 3]), np.repeat([1, 0, 1, 0], [6, 2, 1, 3])
    expected = (6 * 3 - 1 * 2) / math.sqrt(7 * 8 * 4 * 5)
    assert evaluate(("matthews_correlation",), true, given, 2)["matthews_correlation"] == pytest.approx(expected)
    for same in (true, np.ones(12, int)):
        assert evaluate(("matthews_correlation",), same, np.ones(12, int), 2) == {"matthews_correlation": 0.0}


def test_correlations_of_scores() -> None:
    true = np.array([0.0, 1.0, 2.0, 5.0])
    scores = evaluate(("pearson", "spearman"), true, np.exp(true), 0)
    assert scores["spearman"] == pytest.approx(1.0)
    assert scores["pearson"] == pytest.approx(np.corrcoef(true, np.exp(true))[0, 1])
    assert evaluate(("pearson", "spearman"), true, np.ones(4), 0) == {"pearson": 0.0, "spearman": 0.0}


@pytest.mark.parametrize(
    ("true", "given"),
    [([0, 1], [0]), ([], []), ([0, 2], [0, 1]), ([0, -1], [0, 1]), ([0, 1], [0, -2]), ([0, 1], [0.5, 1.0])],
)
def test_answers_that_are_no_indices_are_refused(true: list[int], given: list[int]) -> None:
    with pytest.raises(InputError, match="expected"):
        evaluate(("accuracy",), true, given, 2)


def test_scores_must_be_finite() -> None:
    with pytest.raises(InputError, match="not finite"):
        evaluate(("pearson", "spearman"), [1.0, 2.0], [1.0, math.nan], 0)


def test_metrics_of_counts_are_those_of_scikit_learn():
    """Any number of labels, labels that do not occur, answers that name none, and only one answer."""
    from sklearn.metrics import f1_score, matthews_corrcoef

    rng = np.random.default_rng(0)
    for labels in (2, 3, 7, 32):
        for size in (5, 60, 200):
            true, given = rng.integers(0, labels, size), rng.integers(-1, labels, size)
            found = evaluate(("macro_f1", "f1", "matthews_correlation"), true, given, labels)
            macro, positive = (
                f1_score(true, given, labels=of, average="macro", zero_division=0) for of in (np.arange(labels), [1])
            )
            assert found["macro_f1"] == pytest.approx(macro, abs=1e-12)
            assert found["f1"] == pytest.approx(positive, abs=1e-12)
            assert found["matthews_correlation"] == pytest.approx(matthews_corrcoef(true, given), abs=1e-12)
