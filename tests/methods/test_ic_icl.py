"""IC-ICL and what it is compared with: plans, choices and doses on a model whose answers are known."""

from dataclasses import replace

import numpy as np
import pytest

from infoplane._errors import InputError, TaskError
from infoplane.methods import METHODS, Setting
from infoplane.methods._attention import attention_told
from infoplane.methods._ic_icl import attention, steering_plan
from infoplane.methods._icl import fitting
from infoplane.methods._in_context_vectors import answered_changes, principal
from infoplane.methods._label_means import in_context_means, label_means
from infoplane.methods._scoring import asked, score
from infoplane.methods._tune import Tuner, bands
from infoplane.models import Rehearsal, Select, load_model
from infoplane.tasks import load_task

STEERED = ("ic-icl", "ic-icl-same", "random", "oracle")
WAY = {"directions": "means", "layers": "3-4", "k": 3, "temperature": None, "attention": 0.0}


@pytest.fixture(scope="module")
def queries(task):
    return task.splits["test"].take(range(12))


@pytest.fixture(scope="module")
def own(lm, task) -> Setting:
    """A setting without a given space, so that label means may be chosen."""
    return Setting(lm, task, examples=3, tuned=40)


def test_label_means_are_the_centroids_against_the_rest(own):
    """v_e at its natural size is mean(e) - mean(not e), read plainly; all others' means are its mirror image."""
    space, pool = label_means(own), own.pool
    states = own.lm.read(own.prompts(pool), Select(layers=2)).layer(2).astype(float)
    for label in range(len(own.task.labels)):
        is_label = pool.labels == label
        expected = states[is_label].mean(0) - states[~is_label].mean(0)
        np.testing.assert_allclose(space.vectors(2)[label], expected, atol=1e-5)
    np.testing.assert_allclose(space.means[space.at(2)], states.mean(0), atol=1e-5)
    assert label_means(own) is space


def test_a_label_without_examples_has_no_mean(own):
    pool = own.pool.take(np.flatnonzero(own.pool.labels != 1))
    blind = replace(own, task=replace(own.task, splits={**own.task.splits, "direction": pool}))
    with pytest.raises(TaskError, match="without an example"):
        label_means(blind)


def test_the_plan_adds_the_weighted_sum_of_the_directions_shared_among_the_layers(own, queries):
    """Eq. 16-17: h + (c / |band|) sum_e w_e v_e at the last token of the prompt, at the first layer of the band."""
    weights = np.random.default_rng(0).dirichlet(np.ones(len(own.task.labels)), len(queries))
    plan, select = steering_plan(label_means(own), weights, WAY, 4.0), Select(layers=3)
    plain = own.lm.read(own.prompts(queries), select).layer(3)
    with own.lm.steer(plan):
        steered = own.lm.read(own.prompts(queries), select).layer(3)
    np.testing.assert_allclose(steered - plain, 2.0 * weights @ label_means(own).vectors(3), atol=1e-4)


def test_attention_refines_what_the_labels_told(own, queries):
    """With a share of attention the same edit holds it after the sum, at the same layers and strength."""
    weights = np.eye(len(own.task.labels))[queries.labels]
    (edit,) = steering_plan(label_means(own), weights, {**WAY, "attention": 0.5}, 4.0).edits
    told, attend = edit.changes
    assert attend.weight == pytest.approx(0.5 * 4.0 / 2)
    assert attend.shape == told.shape == (2, own.lm.width)
    space = label_means(own)
    np.testing.assert_array_equal(attend.centre, attention(space, WAY, 1.0).centre)
    np.testing.assert_allclose(attend.vectors[:, 0], space.vectors(3), rtol=1e-6)


def test_attention_says_how_sure_it_is_and_whether_it_repeats_what_it_was_told(own, queries):
    """Told one label loudly, attention chooses it again; at a whisper the entropy is that of the plain state."""
    loud, quiet = (
        attention_told(own, queries, {**WAY, "attention": 1e-6, "coefficient": strength}) for strength in (1e4, 1e-3)
    )
    assert loud["agreement"].value > 0.9
    assert loud["entropy"].value < quiet["entropy"].value <= np.log(len(own.task.labels))
    with pytest.raises(InputError, match="without attention"):
        attention_told(own, queries, {**WAY, "coefficient": 1.0})


@pytest.mark.parametrize("name", STEERED)
def test_steered_methods_ask_the_bare_prompt(own, queries, name):
    choices = METHODS[name].choose(own)
    ask = asked(own, METHODS[name], queries, choices)
    assert ask.prompts == own.prompts(queries)
    assert ask.plan.rows == len(queries)
    assert score(own, ask).divergence.mean() > 0


def test_the_best_of_what_was_tried_is_chosen(own):
    """The choice is the most accurate trial, at the least dose of equals, and every trial is told."""
    choices = METHODS["ic-icl"].choose(own)
    tried = choices["tried"]
    best = max(one["accuracy"] for one in tried)
    assert choices["accuracy"] == best
    assert choices["dose"] == min(one["dose"] for one in tried if one["accuracy"] == best)
    assert {one["directions"] for one in tried} == {"means", "in-context", "contrast"}
    assert len(tried) > 20


def test_the_same_examples_are_those_of_icl(own, queries):
    choices = METHODS["ic-icl-same"].choose(own)
    assert {one["k"] for one in choices["tried"]} == {own.examples}
    steered, shown = (asked(own, METHODS[name], queries, choices) for name in ("ic-icl-same", "icl"))
    np.testing.assert_array_equal(steered.neighbours.rows, shown.neighbours.rows)


@pytest.mark.parametrize("name", ["random", "oracle"])
def test_controls_spend_the_dose_of_ic_icl(own, name):
    """On the prompts the dose is found on, the mean divergence is that of ic-icl's whole tune split."""
    wanted, choices = METHODS["ic-icl"].choose(own), METHODS[name].choose(own)
    some = own.tune.take(range(min(64, len(own.tune))))
    ask = METHODS[name].ask(own, some, choices)
    assert score(own, ask).divergence.mean() == pytest.approx(wanted["dose"], rel=0.05)


def test_a_control_that_cannot_spend_the_dose_spends_what_comes_nearest(own, monkeypatch):
    """The comparison goes on; what was reached and why no more stands in the choices."""
    dear = {**METHODS["ic-icl"].choose(own), "dose": 1e3}
    monkeypatch.setattr("infoplane.methods._controls.ic_icl_choices", lambda _: dear)
    choices = METHODS["random"].choose(replace(own))
    assert "dose 1000.0 nats: expected at most the" in choices["why"]
    assert choices["dose"] == 1e3
    some = own.tune.take(range(min(64, len(own.tune))))
    found = score(own, METHODS["random"].ask(own, some, choices)).divergence.mean()
    assert found == pytest.approx(choices["reached"], rel=1e-3)
    weaker = METHODS["random"].ask(own, some, {**choices, "coefficient": 0.1 * choices["coefficient"]})
    assert score(own, weaker).divergence.mean() < found


@pytest.fixture(scope="module")
def embedded() -> Setting:
    """The embedded model, which answers half of the bare prompts and nearly all behind answered examples."""
    return Setting(load_model("embedded", device="cpu"), load_task("embedded").subset(480))


def test_told_the_truth_a_trained_model_says_it_more(embedded):
    """The true label's direction raises it above plain; a random direction does not."""
    task, some = embedded.task, embedded.task.splits["test"].take(range(32))
    rehearsal = Rehearsal(embedded.lm, embedded.prompts(some), task.answers)
    truth, rows, gains = np.eye(len(task.labels))[some.labels], np.arange(len(some)), []
    for space in (label_means(embedded), label_means(embedded).random()):
        change = rehearsal.under(space.plan(truth, coefficient=1.0, layers="5")).scores - rehearsal.plain.scores
        gains.append((change[rows, some.labels] - change.mean(1)).mean())
    assert gains[0] > 0.5
    assert gains[1] < 0.5 * gains[0]


def test_what_examples_in_the_prompt_do_can_be_added_instead(embedded):
    """In-context means are label means moved by one vector, which alone takes the embedded model from half to most."""
    plain, moved = label_means(embedded), in_context_means(embedded)
    shift = moved.vectors(4) - plain.vectors(4)
    np.testing.assert_allclose(shift, np.broadcast_to(shift[0], shift.shape), atol=1e-6)
    some = embedded.task.splits["test"].take(range(48))
    rehearsal = Rehearsal(embedded.lm, embedded.prompts(some), embedded.task.answers)
    alike = np.full((len(some), len(plain.labels)), 1 / len(plain.labels))
    steered = rehearsal.under(moved.plan(alike, coefficient=1.5, layers="4", steps=1)).scores.argmax(1)
    assert (rehearsal.plain.scores.argmax(1) == some.labels).mean() < 0.65
    assert (steered == some.labels).mean() > 0.85


def test_a_vote_of_no_weight_would_change_nothing_and_the_best_is_taken(own, queries):
    """prompt+vote is the prompt's log-probabilities plus the weighted logarithm of the shares."""
    choices = METHODS["prompt+vote"].choose(own)
    assert choices["accuracy"] == max(one["accuracy"] for one in choices["tried"])
    plain = score(own, asked(own, METHODS["prompt"], queries, {})).scores
    ask = asked(own, METHODS["prompt+vote"], queries, choices)
    shares = ask.neighbours.first(choices["k"]).shares(len(own.task.labels), choices["temperature"])
    mixed = (choices["k"] * shares + 1 / shares.shape[1]) / (choices["k"] + 1)
    np.testing.assert_allclose(score(own, ask).scores, plain + choices["weight"] * np.log(mixed), atol=1e-9)


def test_the_principal_change_is_found_and_signed():
    """In-context vectors: a planted shared change among noise, in every layer of length 1, in the examples' sense."""
    rng = np.random.default_rng(0)
    planted = rng.normal(size=(2, 3, 16))
    signs = np.array([1.0, -1.0])[:, None, None, None]
    changes = signs * planted[:, None] * rng.uniform(2, 4, (2, 5, 1, 1)) + 0.05 * rng.normal(size=(2, 5, 3, 16))
    unit = planted / np.linalg.norm(planted, axis=2, keepdims=True)
    np.testing.assert_allclose(principal(changes.astype(np.float32)), signs[:, 0] * unit, atol=0.05)


def test_what_answers_change_is_read_again_for_whoever_asks_again(own, queries, monkeypatch):
    """The time of in-context vectors holds the states of the neighbours, also where they were scored before."""
    passes = []
    read = own.lm.read
    monkeypatch.setattr(own.lm, "read", lambda prompts, *how: passes.append(len(prompts)) or read(prompts, *how))
    rows = own.nearest(queries).rows
    first = answered_changes(own, rows)
    asked(own, METHODS["in-context-vectors"], queries, {"strength": 0.1})
    assert passes == [len(np.unique(rows))] * 4
    alone = answered_changes(own, rows[3:4])
    np.testing.assert_allclose(alone[0], first[3], atol=1e-4)
    assert first.shape == (*rows.shape, own.lm.layers, own.lm.width)


@pytest.mark.parametrize("text", ["春夏秋冬山川日月火水", "день за днём", "a day in spring"])
def test_examples_that_do_not_fit_are_left_out_whatever_they_are_written_in(own, text):
    """A character may be several tokens, and a label longer than the room that is kept for others."""
    names = ("glad", "cross", "спокойный и довольный")
    task = replace(own.task, label_names=names)
    setting = replace(own, task=task)
    room = max(len(ids) for ids in own.lm.renderer.tokenize(task.answers)[0])
    few = [("kind words", names[0]), (text, names[1])]
    for count in range(1, 9):
        prompt = fitting(setting, (few * count)[-count:], text[:4], None)
        (read,) = own.lm.renderer.encode([prompt], room=room)
        assert not read.cut
    assert prompt != task.prompt(text[:4], None)


@pytest.mark.parametrize("layers", [1, 2, 3, 8, 12, 80])
def test_bands_are_within_the_model_and_unlike(layers):
    tried = bands(layers)
    assert len(set(tried)) == len(tried) <= 6
    for one in tried:
        chosen = Select(layers=one).resolve_layers(layers)
        assert 1 <= min(chosen) <= max(chosen) <= layers


def test_a_dose_that_cannot_be_reached_leaves_the_model_plain(own):
    """A way that moves nothing is kept among the trials with what it scored, and why."""
    weights = np.zeros((len(own.tune), len(own.task.labels)))
    tuner = Tuner(
        own, lambda way, strength: steering_plan(label_means(own), weights, way, strength), Select(tokens="last")
    )
    best = tuner.stages(WAY, [])
    assert best["coefficient"] == best["dose"] == 0
    assert "expected" in tuner.tried[0]["why"]


def test_nothing_to_tune_on_is_said(own):
    empty = replace(own, task=replace(own.task, splits={**own.task.splits, "tune": own.tune.take([])}))
    with pytest.raises(InputError, match="tune split without examples"):
        METHODS["ic-icl"].choose(empty)
