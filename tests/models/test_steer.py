"""What a plan does to states and scores, against a row computed whole with hooks written out by hand."""

import numpy as np
import pytest
import torch
from steering import CASES, LABELS, erase, logits_by_hand, make_plan, padded, score_by_hand, states_by_hand
from tiny_models import BLOCKS, TEXTS, make_model

from infoplane._prompt import Prompt
from infoplane.models import Add, Edit, Erase, Plan, Select
from infoplane.models._batches import common_prefix

EVERY = Select(layers=[*range(BLOCKS + 1), "final"], tokens="all")
HEAD = "Dialogue: I lost my keys.\nEmotion: angry\n\nDialogue: "
SHARING = [Prompt(HEAD + text, "Emotion:", (len(HEAD), len(HEAD) + len(text))) for text in TEXTS]


@pytest.mark.parametrize("case", CASES)
def test_scores_are_those_of_a_row_computed_whole(decoder, case):
    select, positions = CASES[case]
    plan = make_plan(decoder, select, keep_norm=case in ("answer", "mlp of some tokens"))
    with decoder.steer(plan):
        scores = decoder.score(TEXTS, LABELS)
    for row in (1, 2, 5):
        expected = score_by_hand(decoder, plan, row, positions, TEXTS[row], LABELS)
        np.testing.assert_allclose(scores[row], expected, rtol=0, atol=5e-5)


@pytest.mark.parametrize("case", ["answer", "everything", "attention", "content"])
def test_states_are_those_of_a_row_computed_whole(model, case):
    select, positions = CASES[case]
    select = Select(layers=select.layers, site=select.site, tokens=select.tokens)
    plan = make_plan(model, select, keep_norm=case == "content")
    with model.steer(plan):
        read = model.read(TEXTS, EVERY)
    found = np.split(read.array, read.offsets[1:-1])
    for row, prompt in enumerate(model.renderer.encode(TEXTS)):
        where = positions(len(prompt.ids), prompt.content.tolist())
        expected = states_by_hand(model, plan, row, where, prompt.ids)
        np.testing.assert_allclose(found[row][:, 1 : BLOCKS + 1], expected, rtol=1e-4, atol=5e-5)


@pytest.fixture
def linear():
    """A linear language model: states are embeddings, logits are U h."""
    model = make_model("llama")
    for block in model.network.model.layers:
        block.self_attn.o_proj.weight.zero_()
        block.mlp.down_proj.weight.zero_()
    model.network.model.norm = torch.nn.Identity()
    return model


@pytest.mark.parametrize("alpha", [1.0, -0.5])
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("layer", [0, 2, BLOCKS, "final"])
def test_logits_of_a_linear_model_change_by_alpha_u_v(linear, alpha, side, layer):
    v = np.random.default_rng(0).normal(size=(1, 1, linear.width)).astype(np.float32)
    batch = padded(linear, TEXTS, side)
    plain = linear.network(**batch).logits
    weights = alpha * np.arange(1, len(TEXTS) + 1)[:, None]
    with linear.steer(Plan((Edit(Select(layers=layer, tokens="all"), (Add(v, weights),)),))):
        steered = linear.network(**batch).logits
    moved = (steered - plain)[batch["attention_mask"].bool()].numpy()
    rows = batch["attention_mask"].nonzero()[:, 0].numpy()
    np.testing.assert_allclose(moved, weights[rows] * (v[0] @ linear.network.lm_head.weight.numpy().T), atol=2e-5)
    assert torch.equal(linear.network(**batch).logits, plain)


@pytest.mark.parametrize("case", [case for case in CASES if case != "content"])
def test_a_forward_of_the_network_itself_on_either_side_of_the_padding(model, case):
    """Left and right padding, a batch and a single row give the same logits."""
    select = Select(layers=CASES[case][0].layers, site=CASES[case][0].site, tokens=CASES[case][0].tokens)
    plan = make_plan(model, select)
    sides = ["right"] if model.kind == "encoder" else ["left", "right"]  # positions of encoders count padding
    batches = [padded(model, TEXTS, side) for side in sides]
    with model.steer(plan):
        found = [model.network(**batch).logits[batch["attention_mask"].bool()] for batch in batches]
    alone = []
    for row, prompt in enumerate(model.renderer.encode(TEXTS)):
        with model.steer(plan.take([row])):
            alone.append(model.network(torch.tensor([prompt.ids])).logits[0])
    for logits in found if model.name != "gpt2" else found[1:]:  # and of GPT-2, where nobody counts them
        torch.testing.assert_close(logits, torch.cat(alone), atol=5e-5, rtol=0)


@pytest.mark.parametrize("batch_size", [1, 2, 4])
def test_batch_and_order_change_nothing(batch_size):
    order = [4, 2, 0, 5, 3, 1]
    one, other = make_model("llama"), make_model("llama", batch_size=batch_size)
    plan = make_plan(one, Select(layers="1-3", tokens="all"))
    with one.steer(plan):
        states, scores = one.read(TEXTS, Select()).array, one.score(TEXTS, LABELS)
    texts = [TEXTS[row] for row in order]
    with other.steer(plan.take(order)):
        np.testing.assert_allclose(other.read(texts, Select()).array, states[order], atol=5e-5)
        np.testing.assert_allclose(other.score(texts, LABELS), scores[order], atol=2e-5)


@pytest.mark.parametrize("tokens", ["last", "all", "content", "0-3", "12", "span:keys", "-5"])
@pytest.mark.parametrize("family", ["gpt2", "mistral"])
def test_what_prompts_share_is_edited_of_every_row(family, tokens, monkeypatch):
    """A plan that reaches into the common beginning gives what it gives to rows that share nothing."""
    decoder = make_model(family)
    plan = make_plan(decoder, Select(layers="1-2", tokens=tokens))
    with decoder.steer(plan):
        shared = decoder.read(SHARING, Select()).array, decoder.score(SHARING, LABELS)
        answers = decoder.generate(SHARING, max_new_tokens=4, stop=()).tokens
        monkeypatch.setattr("infoplane.models._beginning.worthwhile_prefix", lambda *_, **__: 0)
        np.testing.assert_allclose(shared[0], decoder.read(SHARING, Select()).array, atol=1e-4)
        np.testing.assert_allclose(shared[1], decoder.score(SHARING, LABELS), atol=5e-5)
        assert answers == decoder.generate(SHARING, max_new_tokens=4, stop=()).tokens
    with decoder.steer(plan.take([3])):
        np.testing.assert_allclose(shared[0][3], decoder.read(SHARING[3:4], Select()).array[0], atol=1e-4)


@pytest.mark.parametrize(("tokens", "once"), [("last", True), ("content", True), ("0", False)])
def test_what_prompts_share_is_run_once_where_no_plan_edits_it(llama, tokens, once):
    seen = []
    llama.anatomy.blocks[0].register_forward_hook(lambda *passed: seen.append(passed[-1].shape[:2].numel()))
    with llama.steer(make_plan(llama, Select(layers="1-2", tokens=tokens))):
        llama.read(SHARING, Select())
    shared = common_prefix([prompt.ids for prompt in llama.renderer.encode(SHARING)])
    assert (seen[0] == shared) == once


def test_the_same_prompt_under_every_row_of_a_plan(llama):
    plan = make_plan(llama, Select(layers="2-3"))
    with llama.steer(plan):
        scores = llama.score([TEXTS[0]] * len(TEXTS), LABELS)
    for row in range(len(TEXTS)):
        with llama.steer(plan.take([row])):
            np.testing.assert_allclose(scores[row], llama.score([TEXTS[0]], LABELS)[0], atol=2e-5)
    assert len(np.unique(scores.round(3)[:, 0])) == len(TEXTS)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("family", ["llama", "gemma", "bert"])
def test_half_precision_is_left_at_the_edit_alone(family, dtype):
    """The sum is made in float32 and cast once; no other token of the layer changes in any bit."""
    model = make_model(family)
    model.network.to(dtype)
    layer = 2
    select = Select(layers=layer, tokens="1,-1")
    plan = make_plan(model, select, rows=None)
    ids = torch.tensor([[2, 50, 60, 70, 80]])
    seen = []
    handle = model.anatomy.blocks[layer - 1].register_forward_hook(
        lambda *passed: seen.append(passed[-1] if isinstance(passed[-1], torch.Tensor) else passed[-1][0])
    )
    model.network(ids)
    with model.steer(plan):
        model.network(ids)
    handle.remove()
    plain, steered = (state[0] for state in seen)
    assert steered.dtype == dtype
    erased, added = (change.bind([0], model.device) for change in plan.edits[0].changes)
    states = plain[[1, 4]].float()
    assert torch.equal(steered[[1, 4]], added(erased(states, 0, None), 0, None).to(dtype))
    assert torch.equal(steered[[0, 2, 3]], plain[[0, 2, 3]])


def test_a_double_precision_network_is_steered_to_float32_accuracy(llama):
    plan = make_plan(llama, Select(layers="1-3", tokens="all"))
    with llama.steer(plan):
        expected = llama.score(TEXTS, LABELS)
    llama.network.double()
    with llama.steer(plan):
        np.testing.assert_allclose(llama.score(TEXTS, LABELS), expected, atol=2e-5)


@pytest.mark.parametrize("site", ["residual", "attention", "mlp"])
def test_what_is_erased_cannot_be_read(model, site):
    """At the site itself, for every row its own subspace; and a second time changes nothing."""
    select = Select(layers=2, site=site, tokens="all")
    change = erase(model, 1, rows=len(TEXTS))
    once = Plan((Edit(select, (change,)),))
    with model.steer(once):
        states = model.read(TEXTS, select)
    with model.steer(once + once):
        again = model.read(TEXTS, select)
    np.testing.assert_allclose(again.array, states.array, atol=2e-5)
    for row, found in enumerate(np.split(states.array[:, 0], states.offsets[1:-1])):
        q = change.bases[change.which[row], 0]
        np.testing.assert_allclose((found - change.centre[0]) @ q, 0, atol=2e-5)


def test_replacing_is_erasing_and_then_adding(llama):
    """The component inside the subspace is the one told, whatever it was; outside of it nothing moves."""
    q = np.linalg.qr(np.random.default_rng(0).normal(size=(1, 1, llama.width, 2)))[0].astype(np.float32)
    told = q[0, 0] @ np.array([3.0, -1.0], np.float32)
    edit = Edit(Select(layers=3), (Erase(q), Add(told[None, None], np.ones((1, 1)))))
    plain = llama.read(TEXTS, Select(layers=3)).layer(3)
    with llama.steer(Plan((edit,))):
        states = llama.read(TEXTS, Select(layers=3)).layer(3)
    np.testing.assert_allclose(states @ q[0, 0], np.broadcast_to([3.0, -1.0], (len(TEXTS), 2)), atol=1e-5)
    out = np.eye(llama.width) - q[0, 0] @ q[0, 0].T
    np.testing.assert_allclose(states @ out, plain @ out, atol=1e-5)


def test_every_state_keeps_the_length_it_had(model):
    """Also one that the changes leave nothing of."""
    select = Select(layers=2, tokens="all")
    plain = model.read(TEXTS, select).array
    with model.steer(make_plan(model, select, keep_norm=True)):
        states = model.read(TEXTS, select).array
    np.testing.assert_allclose(np.linalg.norm(states, axis=-1), np.linalg.norm(plain, axis=-1), rtol=1e-5)
    assert np.abs(states - plain).max() > 0.1
    whole = Erase(np.eye(model.width, dtype=np.float32)[None, None])
    with model.steer(Plan((Edit(select, (whole,), keep_norm=True),))):
        nothing = model.read(TEXTS, select).array
    assert np.isfinite(nothing).all()


def test_edits_are_made_in_order(llama):
    select = Select(layers=2)
    first = Plan((Edit(select, (erase(llama, 1),)),))
    second = make_plan(llama, select, rows=None, both=False)
    found = []
    for plan in (
        first + second,
        second + first,
        Plan((Edit(select, (*first.edits[0].changes, *second.edits[0].changes)),)),
    ):
        with llama.steer(plan):
            found.append(llama.read(TEXTS, select).array)
    np.testing.assert_allclose(found[2], found[0], atol=1e-5)
    assert np.abs(found[1] - found[0]).max() > 0.1


def test_a_label_that_merges_with_the_prompt_moves_its_last_token(llama):
    """Scores of such a label are of the context before the token it changes, which is then the last one edited."""
    tokenize = llama.renderer.tokenize

    def merges(text, at):
        before = tokenize([text[:at]])[0][0]
        return tokenize([text])[0][0][: len(before)] != before

    prompt, label = next((text[:at], text[at:]) for text in TEXTS for at in range(8, len(text)) if merges(text, at))
    context, whole = tokenize([prompt])[0][0], tokenize([prompt + label])[0][0]
    shared = next(at for at, pair in enumerate(zip(context, whole, strict=False)) if len(set(pair)) > 1)
    plan = make_plan(llama, Select(layers="1-3"), rows=None)
    with llama.steer(plan):
        found = llama.score([prompt], [label])[0, 0]
    logits = logits_by_hand(llama, plan, 0, range(shared - 1, len(whole)), whole)
    log_p = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    np.testing.assert_allclose(found, sum(log_p[at - 1, whole[at]] for at in range(shared, len(whole))), atol=5e-5)


def test_a_pass_inside_another_shifts_nothing():
    """A report of progress that uses the model itself, with prompts of other lengths."""
    model = make_model("llama", batch_size=2)
    plan = make_plan(model, Select(layers="2-3", tokens="content"))
    others = [text[:9] for text in TEXTS[::-1]]
    with model.steer(plan):
        expected = model.read(TEXTS, Select()).array
        scores = []
        inside = model.read(TEXTS, Select(), progress=lambda *_: scores.append(model.score(others, [" a"]))).array
        np.testing.assert_array_equal(inside, expected)
        np.testing.assert_allclose(scores[1], model.score(others, [" a"]), atol=1e-5)
