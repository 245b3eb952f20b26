"""The methods that steer nothing."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp

from infoplane.methods import METHODS
from infoplane.methods._scoring import asked, score
from infoplane.tasks import load_task


@pytest.fixture
def queries(task):
    return task.splits["test"].take(range(8))


def test_the_prompt_is_scored_as_it_is(setting, queries):
    ask = asked(setting, METHODS["prompt"], queries, {})
    assert ask.prompts == tuple(setting.task.prompt(text) for text in queries.texts)
    assert (setting.scores(ask) == setting.lm.score(ask.prompts, setting.task.answers)).all()


def test_calibration_takes_away_what_is_said_of_nothing(setting):
    method = METHODS["prompt-calibrated"]
    choices = method.choose(setting)
    prior = np.array(choices["log_prior"])
    assert logsumexp(prior) == pytest.approx(0)
    nothing = replace(setting.pool.take([0]), texts=("N/A",))
    plain = setting.lm.score([setting.task.prompt("N/A")], setting.task.answers)
    found = score(setting, asked(setting, method, nothing, choices)).scores
    assert found == pytest.approx(plain - prior)


def test_the_examples_stand_before_the_query_the_nearest_last(setting, queries):
    ask = asked(setting, METHODS["icl"], queries, {})
    for row, prompt in enumerate(ask.prompts):
        near = ask.neighbours.rows[row]
        places = [prompt.text.find(setting.pool.texts[at]) for at in near]
        kept = [place for place in places if place >= 0]
        assert kept
        assert kept == sorted(kept, reverse=True)
        assert places[: len(kept)] == kept  # what the context does not hold is the farthest
        assert prompt.text.endswith(f"Dialogue: {queries.texts[row]}")
        first = setting.task.labels[ask.neighbours.labels[row, 0]]
        assert f"{setting.pool.texts[near[0]]}\nMood: {first}\n\n" in prompt.text


def test_examples_are_left_out_before_the_query_is_cut(setting, queries):
    ask = asked(replace(setting, examples=40), METHODS["icl"], queries, {})
    encoded = setting.lm.renderer.encode(ask.prompts)
    assert not any(prompt.cut for prompt in encoded)
    assert max(len(prompt.ids) for prompt in encoded) <= setting.lm.context


def test_examples_of_pairs_have_both_texts(setting, tmp_path):
    rows = "".join(f"It is {n},It was {n % 5},{('no', 'yes')[n % 2]},{n}\n" for n in range(200))
    (tmp_path / "pairs.csv").write_text("a,b,label,row\n" + rows)
    task = load_task(str(tmp_path / "pairs.csv"), text="a", text_pair="b", group="row")
    pairs = replace(setting, task=task, given=None, examples=2)
    queries = task.splits["test"].take(range(3))
    for name in ("prompt", "prompt-calibrated", "icl", "knn-vote"):
        method = METHODS[name]
        ask = asked(pairs, method, queries, method.choose(pairs))
        assert score(pairs, ask).scores.shape == (3, 2)
        if ask.prompts:
            assert all(f"Sentence 2: {queries.pair(row)}" in prompt.text for row, prompt in enumerate(ask.prompts))


def test_the_vote_is_that_of_the_neighbours_and_needs_no_model(setting, queries):
    blind = replace(setting, lm=None)
    ask = asked(blind, METHODS["knn-vote"], queries, {})
    found = score(blind, ask).scores
    assert (found.argmax(1) == ask.neighbours.shares(3).argmax(1)).all()
    assert np.exp(found).sum(1) == pytest.approx(np.ones(len(queries)))


def test_the_tuned_vote_is_the_best_of_those_it_tried(setting):
    method = METHODS["knn-vote-tuned"]
    choices = method.choose(setting)
    best = max(one["accuracy"] for one in choices["tried"])
    tune = setting.tune
    found = score(setting, asked(setting, method, tune, choices)).scores
    assert (found.argmax(1) == tune.labels).mean() == pytest.approx(best)
