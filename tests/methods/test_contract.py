"""What holds for every method of the registry."""

import json
from dataclasses import replace

import numpy as np
import pytest

from infoplane.methods import METHODS, Method, Setting
from infoplane.methods._answering import COSTS, take_turn
from infoplane.methods._method import Choices
from infoplane.methods._scoring import asked, score
from infoplane.tasks import Split

EVERY = pytest.mark.parametrize("method", METHODS.values(), ids=list(METHODS))


@pytest.fixture(scope="session")
def chosen(setting: Setting) -> dict[str, Choices]:
    """What every method chose, once; as a run keeps it."""
    return {name: json.loads(json.dumps(method.choose(setting))) for name, method in METHODS.items()}


@pytest.fixture
def queries(task) -> Split:
    return task.splits["test"].take(range(10))


def scores(setting: Setting, method: Method, queries: Split, choices: dict[str, Choices]) -> np.ndarray:
    """(n, K) nats of the labels."""
    return score(setting, asked(setting, method, queries, choices[method.name])).scores


@EVERY
def test_it_says_what_it_is(method):
    assert METHODS[method.name] is method
    assert method.name == method.name.lower()
    assert method.says.endswith(".")
    assert "\n" not in method.says


@EVERY
def test_every_label_of_every_query_has_a_score(method, setting, queries, chosen):
    found = scores(setting, method, queries, chosen)
    assert found.shape == (len(queries), len(setting.task.labels))
    assert found.dtype == np.float64
    assert np.isfinite(found).all()


@EVERY
def test_a_query_is_scored_alone_as_among_others_and_again_the_same(method, setting, queries, chosen):
    together = scores(setting, method, queries, chosen)
    assert (scores(setting, method, queries, chosen) == together).all()
    for row in (0, 6):
        alone = scores(setting, method, queries.take([row]), chosen)
        assert alone[0] == pytest.approx(together[row], abs=1e-4)


@EVERY
def test_only_an_oracle_sees_the_labels_it_should_find(method, setting, queries, chosen):
    other = replace(queries, labels=(queries.labels + 1) % len(setting.task.labels))
    same = np.array_equal(scores(setting, method, queries, chosen), scores(setting, method, other, chosen))
    assert same is not method.oracle


@EVERY
def test_choices_are_made_without_the_test_split(method, setting):
    splits = {name: split for name, split in setting.task.splits.items() if name in ("direction", "tune")}
    blind = replace(setting, task=replace(setting.task, splits=splits))
    json.dumps(method.choose(blind), allow_nan=False)


@EVERY
def test_its_answers_cost_seconds_and_tokens(method, setting, queries, chosen):
    costs = dict(zip(COSTS, take_turn(setting, method, queries, chosen[method.name]).T, strict=True))
    ask = asked(setting, method, queries, chosen[method.name])
    asks = ask.prompts is not None
    assert (costs["retrieval_seconds"] > 0).all()
    assert ((costs["prefill_seconds"] > 0) == asks).all()
    assert (costs["decode_seconds"] >= 0).all()
    assert ((costs["prefill_tokens"] > 0) == asks).all()
    assert ((costs["decode_tokens"] > 0) == (asks and ask.offset is None)).all()
    assert set(costs["said"]) <= set(range(-1, len(setting.task.labels)))


@EVERY
def test_nothing_stays_in_the_model(method, setting, queries, chosen):
    prompts = setting.prompts(queries)
    before = setting.lm.score(prompts, setting.task.answers)
    scores(setting, method, queries, chosen)
    take_turn(setting, method, queries, chosen[method.name])
    assert (setting.lm.score(prompts, setting.task.answers) == before).all()
