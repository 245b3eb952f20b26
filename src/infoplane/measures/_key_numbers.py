"""How well steered answers name the label: accuracy, macro-F1 and label information, each beside a control."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import Estimate, discrete_information, proportion
from infoplane.measures._contrast import against, group_weights, mean_against, swaps
from infoplane.measures._f1 import Tally
from infoplane.measures._metrics import accuracy, metric_estimate
from infoplane.measures._numbers import Options, Row
from infoplane.measures._saved import Saved

Ints = NDArray[np.int64]

_NAME = "label_scoring"


def plain_rows(answers: Ints, saved: Saved, options: Options) -> list[Row]:
    """Three numbers of the `answers` (n,) without steering, against permuted labels."""
    return [
        ({"quantity": "steered_accuracy"}, accuracy(_NAME, answers, saved, options)),
        ({"quantity": "steered_macro_f1"}, metric_estimate("macro_f1", _NAME, answers, saved, options)),
        ({"quantity": "label_information"}, information(saved.labels(), answers, saved.groups(), options)),
    ]


def answer_rows(gold: Ints, answers: Ints, control: Ints, *, groups: Ints, labels: int, options: Options) -> list[Row]:
    """Three numbers of `answers` (n,) where `gold` (n,) is right, judged against those of `control` (n,)."""
    hits, other = (np.asarray(given == gold, np.float64) for given in (answers, control))
    share = replace(proportion(hits, groups), estimator=_NAME)
    return [
        ({"quantity": "steered_accuracy"}, mean_against(hits, other, groups, options, share)),
        ({"quantity": "steered_macro_f1"}, _macro_f1(gold, answers, control, groups, labels, options)),
        ({"quantity": "label_information"}, information(gold, answers, groups, options)),
    ]


def information(gold: Ints, answers: Ints, groups: Ints, options: Options) -> Estimate:
    """I(answer; gold label) by counting, against permuted labels; zero, flagged, where all answers are the same."""
    if len(np.unique(answers)) < 2:
        return Estimate(value=0.0, n=len(gold), estimator="constant").flagged("one_answer")
    return discrete_information(answers, gold, groups=groups, permutations=options.step_permutations, seed=options.seed)


def _macro_f1(gold: Ints, answers: Ints, control: Ints, groups: Ints, labels: int, options: Options) -> Estimate:
    """Macro-F1 with a reflected bootstrap interval over groups, against answers exchanged with the control's."""
    ones, weights = np.ones((1, len(gold))), group_weights(groups, options.seed)
    value, other = (float(Tally.of(gold, given, labels, ones).macro_f1[0]) for given in (answers, control))
    low, high = 2 * value - np.quantile(Tally.of(gold, answers, labels, weights).macro_f1, [0.975, 0.025])
    found = Estimate(
        value=value,
        low=min(float(low), value),
        high=min(1.0, max(float(high), value)),
        units="score",
        n=len(gold),
        estimator=_NAME,
        ceiling=1.0,
    )
    swapped = swaps(groups, options).astype(np.float64)
    one = Tally.of(gold, answers, labels, 1 - swapped) + Tally.of(gold, control, labels, swapped)
    two = Tally.of(gold, answers, labels, swapped) + Tally.of(gold, control, labels, 1 - swapped)
    return against(found, other, one.macro_f1 - two.macro_f1)
