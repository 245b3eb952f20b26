"""A rehearsal says what `score` says under the same plan, and its held prompts are not worn out by plans."""

from functools import wraps

import numpy as np
import pytest
import torch
from steering import CASES, LABELS, make_plan
from tiny_models import TEXTS, hook_count, make_model

from infoplane._errors import InputError, ModelError
from infoplane._prompt import Prompt
from infoplane.models import Add, Edit, Plan, Rehearsal, Select

HEAD = "Dialogue: I lost my keys.\nEmotion: angry\n\nDialogue: "
SHARING = [Prompt(HEAD + text, "Emotion:", (len(HEAD), len(HEAD) + len(text))) for text in TEXTS]
SELECTS = {
    **{case: select for case, (select, _) in CASES.items()},
    "a token of the beginning": Select(layers=2, tokens="1,-2"),
    "a word": Select(layers=2, tokens="span:the"),
}
WITH_THE = ["In the morning the dog came.", "He lied to the man", "the"]


def next_token(model, prompts, plan=None):
    """Log-probabilities behind each prompt run alone."""
    found = []
    for row, prompt in enumerate(model.renderer.encode(prompts)):
        ids = torch.tensor([prompt.ids])
        if plan is None:
            logits = model.network(ids).logits[0, -1]
        else:
            with model.steer(plan.take([row])):
                logits = model.network(ids).logits[0, -1]
        found.append(logits.double().log_softmax(-1).numpy())
    return np.stack(found)


def require_agreement(model, prompts, select):
    plan = make_plan(model, select)
    rehearsal = Rehearsal(model, prompts, LABELS, select=select)
    plain = model.score(prompts, LABELS)
    np.testing.assert_allclose(rehearsal.plain.scores, plain, rtol=0, atol=2e-5)
    effects = rehearsal.under(plan)
    with model.steer(plan):
        expected = model.score(prompts, LABELS)
    np.testing.assert_allclose(effects.scores, expected, rtol=0, atol=2e-5)
    assert np.abs(expected - plain).max() > 0.05


@pytest.mark.parametrize("case", SELECTS)
def test_scores_are_those_of_steered_scoring(decoder, case):
    require_agreement(decoder, WITH_THE * 2 if case == "a word" else TEXTS, SELECTS[case])


@pytest.mark.parametrize("case", SELECTS)
@pytest.mark.parametrize("family", ["llama", "gemma"])
def test_prompts_that_begin_alike_are_edited_there_too(family, case):
    require_agreement(
        make_model(family), SHARING, Select(layers=2, tokens="1-3") if case == "a word" else SELECTS[case]
    )


@pytest.mark.parametrize("case", ["answer", "content", "mlp of some tokens", "everything"])
@pytest.mark.parametrize("family", ["mistral", "gemma"])
def test_a_sliding_window_narrower_than_the_prompts(family, case):
    """Rows of one length that are held at different tokens."""
    model = make_model(family)
    heads = ["Dialogue: ", "My daughter won the first prize: ", "He lied, and so: "]
    rows = [(head, "I believed him again, and we stood there." * 2) for head in heads]
    texts = [Prompt(head + text, "Emotion:", (len(head), len(head + text))) for head, text in rows * 2]
    longest = max(len(prompt.ids) for prompt in model.renderer.encode(texts))
    texts = [
        Prompt(prompt.text + "." * (longest - len(one.ids)), prompt.prefix, prompt.content)
        for prompt, one in zip(texts, model.renderer.encode(texts), strict=True)
    ]
    select = CASES[case][0]
    plan = make_plan(model, select)
    rehearsal = Rehearsal(model, texts, LABELS, select=select)
    effects = rehearsal.under(plan)
    with model.steer(plan):
        expected = model.score(texts, LABELS)
    np.testing.assert_allclose(effects.scores, expected, rtol=0, atol=2e-5)


@pytest.mark.parametrize("case", ["answer", "content"])
@pytest.mark.parametrize("family", ["gpt2", "gemma"])
def test_divergence_is_that_of_the_next_tokens(family, case):
    model = make_model(family)
    select = CASES[case][0]
    plan = make_plan(model, select, both=False)
    rehearsal = Rehearsal(model, TEXTS, LABELS, select=select)
    plain = next_token(model, TEXTS)
    steered = []
    for row, text in enumerate(TEXTS):
        with model.steer(plan.take([row])):
            steered.append(
                model.generate([text], max_new_tokens=3, stop=(), select=Select(layers="final", steps=1)).states[
                    0, 0, 0
                ]
            )
    logits = model.anatomy.logits(torch.tensor(np.array(steered))).detach().double()
    steered = logits.log_softmax(-1).numpy()
    expected = (np.exp(steered) * (steered - plain)).sum(-1)
    np.testing.assert_allclose(rehearsal.under(plan).divergence, expected, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(rehearsal.divergence(plan), expected, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(rehearsal.distribution(plan), steered, atol=1e-4)
    np.testing.assert_allclose(rehearsal.distribution(), plain, atol=1e-4)
    np.testing.assert_allclose(np.exp(rehearsal.distribution(plan).astype(np.float64)).sum(-1), 1, atol=1e-5)
    np.testing.assert_array_equal(rehearsal.plain.divergence, 0)


@pytest.mark.parametrize("family", ["gpt2", "mistral"])
@pytest.mark.parametrize("case", ["answer", "content"])
def test_plans_do_not_wear_out_what_is_held(family, case):
    model = make_model(family)
    select = CASES[case][0]
    first, second = make_plan(model, select), make_plan(model, select, both=False, keep_norm=True)
    rehearsal = Rehearsal(model, SHARING, LABELS, select=select)
    before = rehearsal.under(first)
    others = rehearsal.under(second), rehearsal.plain, rehearsal.distribution(second)
    rehearsal.distribution().fill(0)  # what is given away is not what is held
    after = rehearsal.under(first)
    np.testing.assert_array_equal(after.scores, before.scores)
    np.testing.assert_array_equal(after.divergence, before.divergence)
    fresh = Rehearsal(model, SHARING, LABELS, select=select)
    np.testing.assert_array_equal(fresh.plain.scores, others[1].scores)
    np.testing.assert_array_equal(fresh.under(second).scores, others[0].scores)
    assert not np.array_equal(others[0].scores, before.scores)


def test_a_plan_costs_the_tokens_behind_the_first_edited_one(llama):
    rehearsal = Rehearsal(llama, SHARING, [" a", " b"])
    rehearsal.distribution()
    seen = []
    handle = llama.anatomy.blocks[0].register_forward_hook(lambda *passed: seen.append(passed[-1].shape[:2].numel()))
    rehearsal.divergence(make_plan(llama, Select(layers="2-3")))
    handle.remove()
    assert sum(seen) == len(SHARING)


@pytest.mark.parametrize("batch_size", [1, 4])
def test_batch_and_order_change_nothing(batch_size):
    order = [4, 2, 0, 5, 3, 1]
    select = CASES["content"][0]
    one, other = make_model("llama"), make_model("llama", batch_size=batch_size)
    plan = make_plan(one, select)
    expected = Rehearsal(one, TEXTS, LABELS, select=select).under(plan)
    effects = Rehearsal(other, [TEXTS[row] for row in order], LABELS, select=select).under(plan.take(order))
    np.testing.assert_allclose(effects.scores, expected.scores[order], atol=2e-5)
    np.testing.assert_allclose(effects.divergence, expected.divergence[order], atol=2e-6)


def test_duplicates_keep_their_own_rows(llama):
    texts = [TEXTS[0]] * 3 + [TEXTS[1]] * 3
    plan = make_plan(llama, Select(layers="2-3"))
    effects = Rehearsal(llama, texts, LABELS).under(plan)
    for row, text in enumerate(texts):
        with llama.steer(plan.take([row])):
            np.testing.assert_allclose(effects.scores[row], llama.score([text], LABELS)[0], atol=2e-5)


def test_labels_that_merge_with_the_last_token(llama):
    """The context ends before the token that a label changes; that token's position is the last of the prompt."""
    text, label = next(
        (text[:at], text[at:])
        for text in TEXTS
        for at in range(8, len(text))
        if llama.renderer.tokenize([text[:at]])[0][0]
        != llama.renderer.tokenize([text])[0][0][: len(llama.renderer.tokenize([text[:at]])[0][0])]
    )
    texts, labels = [text, TEXTS[0]], [label, " sad"]
    plan = make_plan(llama, Select(layers="1-3", tokens="all"), rows=2)
    rehearsal = Rehearsal(llama, texts, labels, select=Select(tokens="all"))
    effects = rehearsal.under(plan)
    with llama.steer(plan):
        np.testing.assert_allclose(effects.scores, llama.score(texts, labels), atol=2e-5)
    context = llama.renderer.encode([text])[0].ids
    whole = llama.renderer.tokenize([text + label])[0][0]
    shared = next(at for at, pair in enumerate(zip(context, whole, strict=False)) if len(set(pair)) > 1)
    with llama.steer(plan.take([0])), torch.no_grad():
        logits = llama.network(torch.tensor([context[:shared]])).logits[0, -1].double()
    np.testing.assert_allclose(rehearsal.distribution(plan)[0], logits.log_softmax(-1), atol=1e-4)


@pytest.fixture
def small(llama, monkeypatch):
    """A device that has room for two rows."""
    forward = llama.anatomy.backbone.forward

    @wraps(forward)
    def run(*args, **kwargs):
        if len(kwargs["input_ids"]) > 2:
            raise torch.cuda.OutOfMemoryError
        return forward(*args, **kwargs)

    monkeypatch.setattr(llama.anatomy.backbone, "forward", run)
    return llama


def test_rows_stay_theirs_where_the_device_has_no_room_for_a_batch(small):
    model, plan = make_model("llama"), make_plan(small, Select(layers="2-3"))
    with small.steer(plan), model.steer(plan):
        np.testing.assert_allclose(small.score(TEXTS, LABELS), model.score(TEXTS, LABELS), atol=2e-5)
        answers = [one.generate(TEXTS, max_new_tokens=3, stop=()).tokens for one in (small, model)]
    assert answers[0] == answers[1]


def test_a_rehearsal_is_halved_where_the_device_has_no_room(small, monkeypatch):
    """While the prompts are held, and later while a plan is tried on them."""
    plan, labels = make_plan(small, Select(layers="2-3")), [" joyful", " angry"]
    expected = Rehearsal(make_model("llama"), TEXTS, labels).under(plan)
    tight = Rehearsal(small, TEXTS, labels)
    run = small.anatomy.backbone.forward
    monkeypatch.undo()
    roomy = Rehearsal(small, TEXTS, labels)
    monkeypatch.setattr(small.anatomy.backbone, "forward", run)
    for rehearsal in (tight, roomy):
        effects = rehearsal.under(plan)
        np.testing.assert_allclose(effects.scores, expected.scores, atol=2e-5)
        np.testing.assert_allclose(effects.divergence, expected.divergence, atol=2e-6)


def test_inside_steering_nothing_is_taken_for_plain(llama):
    plan = make_plan(llama, Select(layers="2-3"))
    rehearsal = Rehearsal(llama, TEXTS, LABELS)
    with llama.steer(plan):
        for use in (lambda: rehearsal.plain, rehearsal.distribution, lambda: rehearsal.under(plan)):
            with pytest.raises(InputError, match="steering"):
                use()
        with pytest.raises(InputError, match="steering"):
            Rehearsal(llama, TEXTS, LABELS)
    np.testing.assert_allclose(rehearsal.plain.scores, llama.score(TEXTS, LABELS), atol=2e-5)


@pytest.mark.parametrize(
    "select", [Select(layers=1, tokens="all"), Select(layers=1, tokens=0), Select(layers=1, tokens="content")]
)
def test_a_plan_that_edits_held_tokens_is_refused(llama, select):
    rehearsal = Rehearsal(llama, TEXTS, LABELS)
    before = rehearsal.plain.scores
    with pytest.raises(InputError, match="select to Rehearsal") as said:
        rehearsal.under(make_plan(llama, select))
    assert "\n" not in str(said.value)
    assert hook_count(llama.network) == 0
    assert llama.steering is None
    np.testing.assert_array_equal(
        rehearsal.under(make_plan(llama, Select(layers=1), both=False)).scores.shape, before.shape
    )


@pytest.mark.parametrize(("labels", "says"), [([], "labels"), ([""], "labels"), ("joyful", "labels")])
def test_labels_that_cannot_be_scored(llama, labels, says):
    with pytest.raises(InputError, match=says):
        Rehearsal(llama, TEXTS, labels)


def test_a_plan_of_other_rows_is_refused(llama):
    rehearsal = Rehearsal(llama, TEXTS, LABELS)
    with pytest.raises(InputError, match="a plan of 4 rows for 6 prompts"):
        rehearsal.under(make_plan(llama, Select(layers="2-3"), rows=4))


def test_an_encoder_is_refused(encoder):
    with pytest.raises(InputError, match="decoder"):
        Rehearsal(encoder, TEXTS, LABELS)


@pytest.mark.parametrize("steps", ["all", "1", "2"])
def test_an_edit_beyond_the_numbers_of_the_network_is_said(steps):
    model = make_model("llama")
    model.network.half()
    select = Select(layers=2, steps=steps)
    big = Plan((Edit(select, (Add(np.full((1, 1, model.width), 7e4), np.ones((1, 1))),)),))
    rehearsal = Rehearsal(model, TEXTS, LABELS, select=select)
    plain = rehearsal.plain.scores
    with pytest.raises(ModelError, match="steer it less"):
        rehearsal.under(big)
    assert hook_count(model.network) == 0
    np.testing.assert_array_equal(Rehearsal(model, TEXTS, LABELS, select=select).plain.scores, plain)
