"""Steering while tokens are emitted: our loop, `network.generate` and a full recompute say the same."""

import numpy as np
import pytest
import torch
from steering import CASES, add, answer_by_hand, ids_of, make_plan, padded
from tiny_models import TEXTS, make_model
from transformers import DynamicCache

from infoplane._prompt import Prompt
from infoplane.models import Add, Edit, Plan, Select

COUNT = 6
IN_GENERATE = [case for case in CASES if case != "content"]


def by_network(model, plan, texts, *, side="left", **options):
    batch = padded(model, texts, side)
    width = batch["input_ids"].shape[1]
    options = {"max_new_tokens": COUNT, "do_sample": False, "pad_token_id": 1, **options}
    with model.steer(plan), torch.no_grad():
        answers = model.network.generate(**batch, **options)
    return [row[width:].tolist() for row in answers]


ALL = {**CASES, "steps 4 and 5": (Select(layers="1-3", steps="4-5"), lambda n, _: [n + 2, n + 3])}


@pytest.mark.parametrize("case", ALL)
def test_answers_are_those_of_a_row_computed_whole_at_every_step(decoder, case):
    select, positions = ALL[case]
    plan = make_plan(decoder, select)
    with decoder.steer(plan):
        answers = decoder.generate(TEXTS, max_new_tokens=COUNT, stop=())
    for row in (0, 2):
        expected = answer_by_hand(decoder, plan, row, positions, TEXTS[row], COUNT)
        assert answers.tokens[row] == expected[: len(answers.tokens[row])]
        assert len(answers.tokens[row]) == COUNT or answers.tokens[row][-1] == 3


@pytest.mark.parametrize("case", IN_GENERATE)
def test_the_networks_own_generate_says_the_same(decoder, case):
    plan = make_plan(decoder, CASES[case][0])
    with decoder.steer(plan):
        ours = decoder.generate(TEXTS, max_new_tokens=COUNT, stop=()).tokens
    theirs = by_network(decoder, plan, TEXTS)
    assert ours == [row[: len(own)] for row, own in zip(theirs, ours, strict=True)]


@pytest.mark.parametrize("options", [{"use_cache": False}, {"cache_implementation": "static"}])
@pytest.mark.parametrize("family", ["llama", "gpt2", "gemma", "mistral"])
@pytest.mark.parametrize("case", ["answer", "everything", "two steps"])
def test_the_kind_of_cache_changes_nothing(family, case, options):
    model = make_model(family)
    model.network.generation_config.eos_token_id = None
    plan = make_plan(model, CASES[case][0])
    assert by_network(model, plan, TEXTS, **options) == by_network(model, plan, TEXTS)


def test_a_plan_by_row_goes_with_the_prompts_in_any_batch_and_order():
    order = np.array([3, 0, 5, 2, 1, 4])
    for batch_size in (1, 2, 4):
        model = make_model("llama", batch_size=batch_size)
        plan = make_plan(model, CASES["answer"][0])
        with make_model("llama").steer(plan) as reference:
            expected = reference.generate(TEXTS, max_new_tokens=COUNT, stop=()).tokens
        with model.steer(plan.take(order)):
            answers = model.generate([TEXTS[row] for row in order], max_new_tokens=COUNT, stop=()).tokens
        assert answers == [expected[row] for row in order]
    assert len({tuple(tokens) for tokens in expected}) == len(TEXTS)


def test_rows_that_leave_the_batch_do_not_shift_the_plan(decoder):
    """Answers end at different steps, and those that go on keep their own edits."""
    plan = make_plan(decoder, CASES["answer"][0])
    decoder.network.generation_config.eos_token_id = None
    with decoder.steer(plan):
        free = decoder.generate(TEXTS, max_new_tokens=8, stop=()).tokens
    decoder.network.generation_config.eos_token_id = sorted({free[0][1], free[3][3], free[4][2]})
    with decoder.steer(plan):
        ended = decoder.generate(TEXTS, max_new_tokens=8, stop=(), select=Select()).tokens
    ends = set(decoder.network.generation_config.eos_token_id)
    stops = [next((at + 1 for at, token in enumerate(row) if token in ends), 8) for row in free]
    assert len(set(stops)) > 1
    assert ended == [row[:stop] for row, stop in zip(free, stops, strict=True)]


@pytest.mark.parametrize("options", [{"num_beams": 3}, {"num_beams": 3, "num_return_sequences": 2}])
@pytest.mark.parametrize("family", ["llama", "gpt2", "gemma"])
def test_beams_of_a_prompt_are_steered_by_its_row(family, options):
    decoder = make_model(family)
    decoder.network.generation_config.eos_token_id = None
    plan = make_plan(decoder, CASES["answer"][0])
    together = by_network(decoder, plan, TEXTS, **options)
    returned = options.get("num_return_sequences", 1)
    for row, text in enumerate(TEXTS):
        alone = by_network(decoder, plan.take([row]), [text], **options)
        assert together[row * returned : (row + 1) * returned] == alone


def test_samples_of_a_prompt_are_steered_by_its_row(llama):
    """A pull so strong that nothing else is sampled: each row is told another token."""
    llama.network.model.norm = torch.nn.Identity()
    head = llama.network.lm_head.weight.detach().numpy()
    told = np.arange(20, 20 + len(TEXTS))
    vectors = 1e3 * (head[told] - head.mean(0))[:, None] / np.square(head[told]).sum(-1)[:, None, None]
    plan = Plan((Edit(Select(layers="final"), (Add(vectors, np.eye(len(TEXTS))),)),))
    torch.manual_seed(0)
    answers = by_network(llama, plan, TEXTS, do_sample=True, num_return_sequences=2, max_new_tokens=3)
    assert answers == [[token] * 3 for token in told.repeat(2)]


def test_prompts_given_as_embeddings_are_steered_alike(llama):
    plan = make_plan(llama, CASES["everything"][0])
    batch = padded(llama, TEXTS, "left")
    embeds = llama.network.get_input_embeddings()(batch["input_ids"])
    options = {"max_new_tokens": COUNT, "do_sample": False, "pad_token_id": 1}
    with llama.steer(plan), torch.no_grad():
        answers = llama.network.generate(inputs_embeds=embeds, attention_mask=batch["attention_mask"], **options)
    assert answers.tolist() == by_network(llama, plan, TEXTS)


@pytest.mark.parametrize("family", ["mistral", "gemma"])
@pytest.mark.parametrize("case", ["answer", "everything", "content", "mlp of some tokens"])
def test_a_sliding_window_narrower_than_the_prompts(family, case):
    model = make_model(family)
    texts = [text * 2 for text in TEXTS[:4]]
    select, positions = CASES[case]
    plan = make_plan(model, select, rows=len(texts))
    lengths = [len(prompt.ids) for prompt in model.renderer.encode(texts)]
    assert min(lengths) < 16 < max(lengths)
    with model.steer(plan):
        answers = model.generate(texts, max_new_tokens=COUNT, stop=()).tokens
    for row, text in enumerate(texts):
        assert answers[row] == answer_by_hand(model, plan, row, positions, text, COUNT)[: len(answers[row])]
    if case != "content":
        options = ({}, {"cache_implementation": "static"}, {"use_cache": False})
        for answer in (by_network(model, plan, texts, **chosen) for chosen in options):
            assert answers == [row[: len(own)] for row, own in zip(answer, answers, strict=True)]


def test_prompts_cut_to_the_context_are_edited_where_they_end_up(llama):
    texts = [Prompt(f"Dialogue: {text * 9}", "Emotion:", (10, 10 + 9 * len(text))) for text in TEXTS]
    cut = [prompt.cut for prompt in llama.renderer.encode(texts, room=COUNT)]
    assert any(cut)
    for case in ("answer", "content", "mlp of some tokens"):
        select, positions = CASES[case]
        plan = make_plan(llama, select)
        with llama.steer(plan):
            answers = llama.generate(texts, max_new_tokens=COUNT, stop=()).tokens
        row = cut.index(True)
        assert answers[row] == answer_by_hand(llama, plan, row, positions, texts[row], COUNT)[: len(answers[row])]


def test_states_of_the_steps_are_recorded_as_edited(decoder):
    """Steps 4 and 5 alone are moved at the edited layer, by what the plan adds, and everything behind them."""
    select = Select(layers=2, steps="4-5")
    change = add(decoder, 1, rows=len(TEXTS), size=1e-3)
    decoder.network.generation_config.eos_token_id = None
    plain = decoder.generate(TEXTS, max_new_tokens=COUNT, stop=(), select=Select())
    with decoder.steer(Plan((Edit(select, (change,)),))):
        steered = decoder.generate(TEXTS, max_new_tokens=COUNT, stop=(), select=Select())
    assert steered.tokens == plain.tokens
    moved = steered.states - plain.states
    np.testing.assert_array_equal(moved[:, :3], 0)
    np.testing.assert_array_equal(moved[:, :4, :2], 0)
    expected = np.einsum("nk,kw->nw", change.weights, change.vectors[:, 0])
    np.testing.assert_allclose(moved[:, 3, 2], expected, atol=2e-5)
    assert np.abs(moved[:, 5, 3:]).max(-1).min() > 1e-5


def test_an_edit_of_the_prompt_reaches_later_tokens_through_keys_and_values_alone(llama):
    """With the keys and values of the plain prompt put back, the token after it is what it is without the plan."""
    ids = torch.tensor([llama.renderer.encode([TEXTS[0]])[0].ids])
    plan = make_plan(llama, Select(layers="1-2", steps=0, tokens="all"), rows=None)
    token = torch.tensor([[7]])
    with torch.no_grad():
        plain = llama.network(ids, use_cache=True)
        expected = llama.network(token, past_key_values=plain.past_key_values).logits
        with llama.steer(plan):
            edited = llama.network(ids, use_cache=True).past_key_values
            moved = llama.network(token, past_key_values=edited).logits
        plain = llama.network(ids, use_cache=True).past_key_values
        with llama.steer(plan):
            again = llama.network(ids, use_cache=True).past_key_values
            for mine, theirs in zip(again.layers, plain.layers, strict=True):
                mine.keys, mine.values = theirs.keys, theirs.values
            restored = llama.network(token, past_key_values=again).logits
    assert not torch.allclose(moved, expected, atol=1e-2)
    assert torch.equal(restored, expected)


CROPPED = {
    "every step": Select(layers=2),
    "the first step": Select(layers=2, steps=1),
    "the prompt": Select(layers="1-2", tokens="all", steps=0),
    "a token of the prompt": Select(layers=2, tokens=-1, steps=0),
    "another token of the prompt": Select(layers=2, tokens=1, steps=0),
    "the second step": Select(layers=2, steps=2),
}


@pytest.mark.parametrize("case", CROPPED)
def test_the_last_token_of_a_prompt_fed_again_behind_its_cropped_cache(decoder, case):
    """It is edited as in the prompt, whose logits come out again, and the tokens after it go on counting."""
    plan = make_plan(decoder, CROPPED[case], rows=3)
    ids, mask = ids_of(decoder), torch.ones((3, 8), dtype=torch.long)
    mask[1, :2] = mask[2, :1] = 0
    positions, token = (mask.cumsum(1) - 1).clamp_min(0), torch.tensor([[9], [8], [7]])

    def run(ids, first, last, cache):
        options = {"attention_mask": mask[:, :last], "position_ids": positions[:, first:last]}
        return decoder.network(ids, past_key_values=cache, **options).logits[:, -1]

    with torch.no_grad():
        plain = run(ids, 0, 7, None)
        with decoder.steer(plan):
            cache = DynamicCache(config=decoder.network.config)
            expected = [run(ids, 0, 7, cache), run(token, 7, 8, cache)]
            cache.crop(-2)
            found = [run(ids[:, -1:], 6, 7, cache), run(token, 7, 8, cache)]
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
    assert torch.allclose(found[0], plain, atol=1e-3) == (case == "the second step")
