"""What a plan expects: the seconds of a warm pass, for all tokens that would be read."""

from collections.abc import Callable

import numpy as np
import pytest

from infoplane.measures import _trials, plan
from infoplane.models import LanguageModel
from infoplane.tasks import Task


def test_reading_is_timed_warm_and_told_by_tokens(
    lm: LanguageModel, moods: Callable[[bool], Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    task, sizes, clock = moods(True), [], iter(range(1000))
    lengths = [len(one.ids) for one in lm.renderer.encode([task.prompt(text) for text in task.splits["measure"].texts])]
    read = LanguageModel.read

    def counted(self, prompts, *arguments, **more):
        sizes.append(len(prompts))
        return read(self, prompts, *arguments, **more)

    monkeypatch.setattr(LanguageModel, "read", counted)
    monkeypatch.setattr(_trials.time, "perf_counter", lambda: float(next(clock)))
    seconds = _trials.seconds_of_reading(lm, task, contrasts=0, contexts=0, steps=0)
    assert sizes == [_trials._FEW, _trials._PROMPTS]
    measured, tuned = (len(task.splits[name]) for name in ("measure", "tune"))
    answers = sum(len(ids) for ids in lm.tokenizer(list(task.answers), add_special_tokens=False)["input_ids"])
    expected = (3 * measured + tuned + measured * answers / np.mean(lengths)) / _trials._PROMPTS
    assert seconds == pytest.approx(expected, rel=0.05)


def test_what_is_not_measured_costs_nothing(lm: LanguageModel, moods: Callable[[bool], Task]) -> None:
    task = moods(True)
    assert plan(lm, task, measures=("space",), max_examples=60)["expected_seconds"]["numbers"] == 0
    assert set(plan(lm, task, measures=("plane",), max_examples=60)["cells"]) == {"plane", "spaces"}
