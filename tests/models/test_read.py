"""States: equal to the network's own wherever it reports them, and never a matter of padding, batch or order."""

import numpy as np
import pytest
import torch
from tiny_models import BLOCKS, DECODERS, FAMILIES, TEXTS, DictStore, make_model, make_network, make_tokenizer

from infoplane._errors import InputError
from infoplane._prompt import Prompt
from infoplane.models import LanguageModel, Select

EVERY = [*range(BLOCKS + 1), "final"]
CLOSE = {"rtol": 1e-5, "atol": 5e-6}


def own_states(model, ids):
    """The network's own hidden states (layers, tokens, width) of one prompt, and the output of its last block."""
    seen = []
    handle = model.anatomy.blocks[-1].register_forward_hook(lambda *passed: seen.append(passed[-1]))
    try:
        with torch.no_grad():
            states = model.network(torch.tensor([ids]), output_hidden_states=True).hidden_states
    finally:
        handle.remove()
    last = seen[0] if isinstance(seen[0], torch.Tensor) else seen[0][0]
    return np.stack([*(state[0].numpy() for state in states[:-1]), last[0].numpy(), states[-1][0].numpy()])


def test_states_equal_the_networks_own(model):
    selects = {"last": Select(layers=EVERY), "mean": Select(layers=EVERY, tokens="content", reduce="mean")}
    read = model.read(TEXTS, selects)
    for row, prompt in enumerate(model.renderer.encode(TEXTS)):
        expected = own_states(model, prompt.ids)
        np.testing.assert_allclose(read["last"].array[row], expected[:, -1], **CLOSE)
        np.testing.assert_allclose(read["mean"].array[row], expected[:, prompt.content].mean(1), **CLOSE)


def test_the_last_layer_is_before_the_norm_and_final_behind_it(decoder):
    states = decoder.read(TEXTS, Select(layers=[BLOCKS, "final"]))
    with torch.no_grad():
        normed = decoder.anatomy.norm(torch.tensor(states.layer(BLOCKS))).numpy()
    np.testing.assert_allclose(normed, states.layer("final"), **CLOSE)
    assert np.abs(states.layer(BLOCKS) - states.layer("final")).max() > 0.1


def test_an_encoders_final_state_is_its_last_layer(encoder):
    states = encoder.read(TEXTS, Select(layers=[BLOCKS, "final"]))
    np.testing.assert_array_equal(states.layer(BLOCKS), states.layer("final"))


@pytest.mark.parametrize("family", ["llama", "gemma", "gpt_neox", "bert", "roberta"])
@pytest.mark.parametrize("batch_size", [1, 2, 5])
def test_batch_size_order_and_padding_side_never_matter(family, batch_size):
    reference = make_model(family).read(TEXTS, Select(layers=EVERY)).array
    other = make_model(family, batch_size=batch_size)
    other.tokenizer.padding_side = "left"
    order = np.random.default_rng(0).permutation(len(TEXTS))
    shuffled = other.read([TEXTS[row] for row in order], Select(layers=EVERY)).array
    np.testing.assert_allclose(shuffled, reference[order], **CLOSE)


@pytest.mark.parametrize("family", [family for family in DECODERS if family != "gemma"])
def test_what_a_sub_block_adds_makes_the_next_layer(family):
    """Gemma is left out: it norms what its sub-blocks give before it adds it."""
    decoder = make_model(family)
    reads = {site: Select(site=site) for site in ("attention", "mlp")}
    parts = decoder.read(TEXTS, {**reads, "residual": Select()})
    added = parts["attention"].array + parts["mlp"].array
    np.testing.assert_allclose(np.diff(parts["residual"].array, axis=1), added, **CLOSE)


def test_heads_are_the_input_of_the_attention_projection(model):
    states = model.read(TEXTS[:2], {"head": Select(site="head"), "attention": Select(site="attention")})
    assert states["head"].array.shape == (2, BLOCKS, 4, model.width // 4)
    projection = model.anatomy.attention(2)
    with torch.no_grad():
        projected = projection(torch.tensor(states["head"].layer(2).reshape(2, -1))).numpy()
    np.testing.assert_allclose(projected, states["attention"].layer(2), **CLOSE)


def test_token_states_stand_one_below_the_other(model):
    states = model.read(TEXTS, {"all": Select(tokens="all"), "content": Select(tokens="content", reduce="sum")})
    offsets = states["all"].offsets
    for row, prompt in enumerate(model.renderer.encode(TEXTS)):
        own = states["all"].array[offsets[row] : offsets[row + 1]]
        assert len(own) == len(prompt.ids)
        np.testing.assert_allclose(own[prompt.content].sum(0), states["content"].array[row], rtol=1e-5, atol=1e-4)


def test_positions_and_spans_are_the_tokens_they_name(llama):
    prompts = ["I lost my keys and then my phone.", "My keys are gone, all of my keys."]
    states = llama.read(prompts, {"all": Select(tokens="all"), "span": Select(tokens="span:keys", reduce="last")})
    states |= llama.read(prompts, {"second": Select(tokens=1), "before": Select(tokens=[-3, -2], reduce="mean")})
    for row, prompt in enumerate(llama.renderer.encode(prompts)):
        own = states["all"].array[states["all"].offsets[row] : states["all"].offsets[row + 1]]
        until = prompts[row].index("keys") + 4
        at = max(token for token, (start, stop) in enumerate(prompt.spans) if start < until <= stop)
        np.testing.assert_allclose(states["span"].array[row], own[at], **CLOSE)
        np.testing.assert_allclose(states["second"].array[row], own[1], **CLOSE)
        np.testing.assert_allclose(states["before"].array[row], own[-3:-1].mean(0), **CLOSE)


@pytest.mark.parametrize("tokens", ["span:phone", 30])
def test_a_token_that_a_prompt_lacks_is_an_error(llama, tokens):
    with pytest.raises(InputError, match="tokens="):
        llama.read(TEXTS, Select(tokens=tokens, reduce="mean"))


def test_steps_of_an_answer_are_not_read_from_a_prompt(llama):
    with pytest.raises(InputError, match="generate"):
        llama.read(TEXTS, Select(steps=2))


@pytest.mark.parametrize("prompts", [[], "one text", Prompt("one")])
def test_prompts_are_a_list_that_is_not_empty(llama, prompts):
    with pytest.raises(InputError, match="list"):
        llama.read(prompts, Select())


@pytest.mark.parametrize("family", FAMILIES)
def test_half_precision_networks_give_float32_states(family):
    network = make_network(family).to(torch.bfloat16)
    model = LanguageModel(network, make_tokenizer(decoder=family in ("llama", "gpt2")))
    states = model.read(TEXTS, Select(tokens="content", reduce="mean")).array
    whole = make_model(family).read(TEXTS, Select(tokens="content", reduce="mean")).array
    assert states.dtype == np.float32
    assert states.shape == whole.shape


def test_means_of_half_precision_states_are_taken_in_float32(llama):
    llama.network.to(torch.bfloat16)
    states = llama.read(TEXTS, {"all": Select(tokens="content"), "mean": Select(tokens="content", reduce="mean")})
    offsets = states["all"].offsets
    for row in range(len(TEXTS)):
        exact = states["all"].array[offsets[row] : offsets[row + 1]].astype(np.float64).mean(0)
        np.testing.assert_allclose(states["mean"].array[row], exact, rtol=1e-5, atol=1e-6)


def test_a_store_gets_the_states_batch_by_batch_and_answers_without_the_model():
    model, store = make_model("llama", batch_size=2), DictStore()
    selects = {"last": Select(), "tokens": Select(layers="1-2", tokens="content")}
    told = []
    stored = model.read(
        TEXTS, selects, store=store, key="measure.", progress=lambda done, total: told.append((done, total))
    )
    held = model.read(TEXTS, selects)
    assert max(rows for name, rows in store.writes if name == "measure.last") == 2
    assert told == [(2, 6), (4, 6), (6, 6)]
    for name, states in held.items():
        np.testing.assert_array_equal(stored[name].array, states.array)
        np.testing.assert_array_equal(store.load(f"measure.{name}", 1), states.array[:, 1])
        assert len(stored[name]) == len(states)


def test_an_interrupted_reading_goes_on_where_it_stopped_with_the_same_bits():
    selects = {"a": Select(), "b": Select(tokens="content", reduce="mean")}
    whole, store = DictStore(), DictStore()
    make_model("llama", batch_size=2).read(TEXTS, selects, store=whole)

    def interrupt(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    model = make_model("llama", batch_size=2)
    with pytest.raises(KeyboardInterrupt):
        model.read(TEXTS, selects, store=store, progress=interrupt)
    del store.rows["b"][int(store.done("b")[0])]
    before = len(store.writes)
    model.read(TEXTS, selects, store=store)
    assert [name for name, _ in store.writes[before:]].count("a") == 1
    for name in selects:
        np.testing.assert_array_equal(store.load(name), whole.load(name))


def test_a_store_that_holds_other_rows_is_refused(llama):
    store = DictStore()
    llama.read(TEXTS, Select(), store=store, key="x")
    with pytest.raises(InputError, match="another key"):
        llama.read(TEXTS[:2], Select(), store=store, key="x")
    with pytest.raises(InputError, match="key"):
        llama.read(TEXTS, Select(), store=store)


def test_a_layer_that_was_not_read_is_an_error(llama):
    with pytest.raises(InputError, match="layer 2"):
        llama.read(TEXTS, Select(layers=1)).layer(2)


def test_one_forward_serves_all_selections(llama):
    passes = []
    handle = llama.anatomy.blocks[0].register_forward_hook(lambda *_: passes.append(1))
    llama.read(TEXTS, {"a": Select(), "b": Select(tokens="content", reduce="mean"), "c": Select(site="head")})
    handle.remove()
    assert len(passes) == 1
