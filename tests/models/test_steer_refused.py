"""Steering that cannot be done as asked: forwards that cannot be placed, bad input, states that are not finite."""

import numpy as np
import pytest
import torch
from steering import ids_of, padded, plan_at
from tiny_models import TEXTS, hook_count, make_model
from transformers import DynamicCache

from infoplane._errors import InputError, ModelError
from infoplane.models import Add, Edit, Plan, Select


def test_prompts_that_follow_each_other_are_each_a_prompt(llama):
    """Also with a cache of their own each, fed in turns."""
    plan = plan_at(llama, Select(layers="1-2"))
    first, second = ids_of(llama)[:, :6], ids_of(llama)[:, :4] + 3
    token = torch.tensor([[9], [8], [7]])
    apart = []
    for ids in (first, second):
        with llama.steer(plan):
            held = llama.network(ids, use_cache=True).past_key_values
            apart.append(llama.network(token, past_key_values=held).logits)
    with llama.steer(plan):
        caches = [llama.network(ids, use_cache=True).past_key_values for ids in (first, second)]
        together = [llama.network(token, past_key_values=cache).logits for cache in caches]
    assert all(torch.equal(*pair) for pair in zip(apart, together, strict=True))


@pytest.mark.parametrize("first", [{}, {"use_cache": True}, {"past_key_values": True, "use_cache": False}])
@pytest.mark.parametrize("second", [{}, {"use_cache": False}, {"past_key_values": True}])
def test_a_prompt_one_token_longer_than_the_last_is_a_prompt(llama, first, second):
    """Unless neither had a cache, which is how generation without one looks."""
    _assert_each_is_a_prompt(llama, first, second)


def test_a_prompt_with_a_cache_is_a_prompt_after_one_without(llama):
    _assert_each_is_a_prompt(llama, {"use_cache": False}, {"past_key_values": True})


def test_a_text_one_token_longer_than_the_last_is_a_text_of_its_own_to_an_encoder(encoder):
    _assert_each_is_a_prompt(encoder, {}, {})


def _assert_each_is_a_prompt(model, first, second):
    """The last token is edited in rows of six tokens, and then in the same rows with a seventh."""
    plan, ids = plan_at(model, Select(layers=2)), ids_of(model)

    def run(ids, options):
        cache = {"past_key_values": DynamicCache()} if "past_key_values" in options else {}
        return model.network(ids, **{**options, **cache})[0]

    with torch.no_grad():
        with model.steer(plan):
            expected = run(ids, second)
        with model.steer(plan):
            run(ids[:, :-1], first)
            found = run(ids, second)
        plain = run(ids, second)
    assert torch.equal(found, expected)
    assert not torch.allclose(found[:, -1], plain[:, -1], atol=1e-2)


@pytest.mark.parametrize("family", ["llama", "qwen", "mistral"])
def test_a_cache_emptied_and_filled_again_holds_the_later_prompt(family):
    """Also where the network does not give it back."""
    model, token, cache = make_model(family), torch.tensor([[9], [8], [7]]), DynamicCache()
    with torch.no_grad(), model.steer(plan_at(model, Select(layers=2, steps=2))):
        model.network(ids_of(model), past_key_values=cache)
        cache.crop(-7)
        model.network(ids_of(model)[:, :4], past_key_values=cache, use_cache=False)
        found = model.network(token, past_key_values=cache).logits
        held = model.network(ids_of(model)[:, :4], use_cache=True).past_key_values
        assert torch.equal(found, model.network(token, past_key_values=held).logits)


def test_a_cache_cropped_into_the_prompt_is_refused(llama):
    """One more token may end another prompt there, or be one in its middle."""
    with llama.steer(plan_at(llama)):
        cache = llama.network(ids_of(llama), use_cache=True).past_key_values
        cache.crop(-2)
        with pytest.raises(InputError, match="behind a cache of 5 columns of a prompt of 7") as said:
            llama.network(ids_of(llama)[:, 5:6], past_key_values=cache)
    assert "\n" not in str(said.value)


def test_a_cropped_cache_of_rows_padded_on_the_right_is_refused(llama):
    """Their last column is not the last token of each."""
    batch = padded(llama, TEXTS, "right")
    width = batch["input_ids"].shape[1]
    with llama.steer(plan_at(llama)):
        cache = llama.network(**batch, use_cache=True).past_key_values
        cache.crop(-1)
        with pytest.raises(InputError, match=f"behind a cache of {width - 1} columns"):
            llama.network(batch["input_ids"][:, -1:], past_key_values=cache)


def test_a_cache_from_before_is_refused(llama):
    """Also where another prompt of as many rows ran under the plan."""
    cache = llama.network(ids_of(llama), use_cache=True).past_key_values
    with llama.steer(plan_at(llama)):
        llama.network(ids_of(llama), use_cache=True)
        with pytest.raises(InputError, match="behind a cache"):
            llama.network(torch.tensor([[5]] * 3), past_key_values=cache)


def test_a_prompt_in_pieces_is_refused(llama):
    """Where the prompt ends cannot be told then."""
    with llama.steer(plan_at(llama)):
        cache = llama.network(ids_of(llama), use_cache=True).past_key_values
        with pytest.raises(InputError, match="whole prompt at once"):
            llama.network(ids_of(llama), past_key_values=cache)
    with llama.steer(plan_at(llama)), pytest.raises(InputError, match="whole prompt at once"):
        llama.network.generate(ids_of(llama), max_new_tokens=2, prefill_chunk_size=4, pad_token_id=1)


def test_other_prompts_than_planned_are_not_taken_for_beams(llama):
    with llama.steer(plan_at(llama, rows=2)):
        llama.network(ids_of(llama, 2).repeat_interleave(2, 0))
        with pytest.raises(InputError, match="a plan of 2 rows for 4 prompts"):
            llama.network(ids_of(llama, 4))
        with pytest.raises(InputError, match="a plan of 2 rows for a batch of 3"):
            llama.network(ids_of(llama, 3))


def test_steering_inside_steering_is_refused(llama):
    with llama.steer(plan_at(llama)), pytest.raises(InputError, match="one \\+ other"), llama.steer(plan_at(llama)):
        pass
    with llama.steer(plan_at(llama) + plan_at(llama)):
        pass
    assert hook_count(llama.network) == 0


BAD = {
    "a layer": (Select(layers=9), {}, "layer 9"),
    "layer 0 of attention": (Select(layers=0, site="attention"), {}, "layer 0"),
    "a width": (Select(layers=1), {"width": 31}, "width 31"),
    "layers": (Select(layers="1-2"), {"layers": 3}, "Add of 3 layers"),
    "a model": (Select(layers=1), {"fingerprint": "another"}, "another model than llama"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_plan_the_model_has_no_place_for(llama, case):
    select, options, says = BAD[case]
    vectors = np.ones((1, options.get("layers", 1), options.get("width", llama.width)))
    plan = Plan((Edit(select, (Add(vectors, np.ones((1, 1))),)),), options.get("fingerprint"))
    with pytest.raises(InputError, match=says) as said, llama.steer(plan):
        pass
    assert "\n" not in str(said.value)
    assert hook_count(llama.network) == 0
    assert llama.steering is None


@pytest.mark.parametrize(
    ("select", "use", "says"),
    [
        (Select(layers=1, steps="2-3"), lambda model: model.read(TEXTS, Select()), "steps 0-1"),
        (Select(layers=1, steps="9"), lambda model: model.generate(TEXTS, max_new_tokens=4), "steps 0-4"),
        (Select(layers=1, tokens=99), lambda model: model.read(TEXTS, Select()), "token 99"),
        (Select(layers=1, tokens="span:nowhere"), lambda model: model.score(TEXTS, [" a"]), "nowhere"),
        (Select(layers=1, tokens="content"), lambda model: model.network(ids_of(model)), "lm.generate"),
        (Select(layers=1, tokens="span:keys"), lambda model: model.network(ids_of(model)), "lm.generate"),
        (Select(layers=1, tokens=99), lambda model: model.network(ids_of(model)), "token 99"),
    ],
)
def test_what_never_comes_is_said_in_one_line(llama, select, use, says):
    with pytest.raises(InputError, match=says) as said, llama.steer(plan_at(llama, select)):
        use(llama)
    assert "\n" not in str(said.value)
    assert hook_count(llama.network) == 0


@pytest.mark.parametrize("use", ["read", "score", "generate"])
def test_a_plan_of_other_rows_is_refused(llama, use):
    with llama.steer(plan_at(llama, rows=4)), pytest.raises(InputError, match="a plan of 4 rows for 6 prompts"):
        {
            "read": lambda: llama.read(TEXTS, Select()),
            "score": lambda: llama.score(TEXTS, [" a"]),
            "generate": lambda: llama.generate(TEXTS),
        }[use]()


def test_an_encoder_has_no_answer_to_steer(encoder):
    with pytest.raises(InputError, match="step 0"), encoder.steer(plan_at(encoder, Select(layers=1, steps="1-2"))):
        pass


OVERFLOW = {
    "read": lambda model: model.read(TEXTS, Select(layers="final")),
    "score": lambda model: model.score(TEXTS, [" joyful", " angry"]),
    "generate": lambda model: model.generate(TEXTS),
    "network": lambda model: model.network(ids_of(model)),
    "network.generate": lambda model: model.network.generate(ids_of(model), max_new_tokens=2, pad_token_id=1),
}


@pytest.mark.parametrize("use", OVERFLOW)
def test_an_edit_beyond_the_numbers_of_the_network_is_said(use):
    """Float16 ends at 65504: the sum overflows where it is cast, and nothing is changed by it."""
    model = make_model("llama")
    model.network.half()
    logits = model.network(ids_of(model)).logits
    big = Plan((Edit(Select(layers=2), (Add(np.full((1, 1, model.width), 7e4), np.ones((1, 1))),)),))
    with pytest.raises(ModelError, match=r"steer .*less") as said, model.steer(big):
        OVERFLOW[use](model)
    assert "\n" not in str(said.value)
    assert hook_count(model.network) == 0
    assert torch.equal(model.network(ids_of(model)).logits, logits)


def test_padding_that_is_not_finite_is_nobodys_fault(llama):
    """Only tokens count: some attention gives no numbers for rows that see nothing."""
    batch = padded(llama, TEXTS, "left")

    def spoil(module, args, output):
        return output.masked_fill((batch["attention_mask"] == 0)[..., None], float("nan"))

    handle = llama.anatomy.norm.register_forward_hook(spoil)
    with llama.steer(plan_at(llama)):
        llama.network(**batch)
    handle.remove()
