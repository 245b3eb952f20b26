"""Our decoding loop against `network.generate`, and the states of every step against one forward of the whole."""

import numpy as np
import pytest
import torch
from tiny_models import BLOCKS, TEXTS, DictStore, make_model

from infoplane._errors import InputError
from infoplane.models import Select, load_model

EVERY = [*range(BLOCKS + 1), "final"]


def generated(model, text, count):
    ids = torch.tensor([model.renderer.encode([text])[0].ids])
    mask = torch.ones_like(ids)
    answer = model.network.generate(ids, attention_mask=mask, max_new_tokens=count, do_sample=False, pad_token_id=1)
    return answer[0, ids.shape[1] :].tolist()


def test_tokens_equal_generate(decoder):
    answers = decoder.generate(TEXTS, max_new_tokens=10, stop=())
    assert answers.tokens == [generated(decoder, text, 10) for text in TEXTS]


def test_tokens_equal_generate_behind_a_sliding_window():
    for family in ("mistral", "gemma"):
        model = make_model(family)
        texts = [text * 3 for text in TEXTS[:4]]
        assert min(len(prompt.ids) for prompt in model.renderer.encode(texts)) < 16 < model.context
        answers = model.generate(texts, max_new_tokens=8, stop=())
        assert answers.tokens == [generated(model, text, 8) for text in texts]


def test_states_of_a_step_are_those_of_the_forward_that_emits_its_token(decoder):
    answers = decoder.generate(TEXTS, max_new_tokens=5, stop=(), select=Select(layers=EVERY))
    assert answers.states.shape == (len(TEXTS), 5, len(EVERY), decoder.width)
    assert answers.layers == tuple(EVERY)
    for row, prompt in enumerate(decoder.renderer.encode(TEXTS)):
        seen = []
        handle = decoder.anatomy.blocks[2].register_forward_hook(lambda *passed, seen=seen: seen.append(passed[-1]))
        with torch.no_grad():
            whole = torch.tensor([prompt.ids + answers.tokens[row]])
            states = decoder.network(whole, output_hidden_states=True).hidden_states
        handle.remove()
        for step, at in enumerate(range(len(prompt.ids) - 1, len(prompt.ids) - 1 + len(answers.tokens[row]))):
            expected = np.stack([state[0, at].numpy() for state in states])
            kept = [0, 1, 2, 3, 5]  # hidden_states[-1] is the final state; layer 4 is before the norm
            np.testing.assert_allclose(answers.states[row, step, kept], expected, rtol=1e-4, atol=2e-5)


def test_an_answer_that_has_ended_leaves_the_batch():
    model = make_model("llama")
    free = model.generate(TEXTS, max_new_tokens=6, stop=())
    model.network.generation_config.eos_token_id = [free.tokens[0][1], free.tokens[3][3]]
    rows = []
    model.anatomy.blocks[0].register_forward_hook(lambda *passed: rows.append(passed[-1].shape[0]))
    ended = model.generate(TEXTS, max_new_tokens=6, stop=(), select=Select())
    ends = set(model.network.generation_config.eos_token_id)
    for before, after in zip(free.tokens, ended.tokens, strict=True):
        stop = next((at + 1 for at, token in enumerate(before) if token in ends), 6)
        assert after == before[:stop]
    lengths = np.array([len(tokens) for tokens in ended.tokens])
    assert len(set(lengths)) > 1
    assert rows == [int((lengths >= step).sum()) for step in range(1, lengths.max() + 1)]
    np.testing.assert_array_equal(ended.running, lengths[:, None] >= np.arange(1, lengths.max() + 1))
    assert np.isnan(ended.states[~ended.running]).all()
    assert np.isfinite(ended.states[ended.running]).all()


def test_an_answer_ends_at_a_stop_string(shared):
    model = load_model(shared / "models" / "stories260K", device="cpu")
    prompt = "Once upon a time, there was a"
    free = model.generate([prompt], max_new_tokens=20, stop=())
    stopped = model.generate([prompt], max_new_tokens=20, stop=(".", "\n"))
    assert free.texts[0].startswith(stopped.texts[0] + ".")
    assert stopped.texts[0].startswith(" little")
    assert "." not in stopped.texts[0]
    assert "." in "".join(stopped.pieces[0])
    assert "".join(stopped.pieces[0][:-1]) == stopped.texts[0]
    assert len(stopped.pieces[0]) == len(stopped.tokens[0]) == int(stopped.running.sum())


@pytest.mark.parametrize("stop", [".", " a", "e", "time", "\n"])
def test_a_stop_string_is_found_at_the_first_token_that_completes_it(shared, stop):
    model = load_model(shared / "models" / "stories260K", device="cpu")
    prompts = ["Once upon a time, there was a", "The cat", "Lily said"]
    free = model.generate(prompts, max_new_tokens=30, stop=())
    stopped = model.generate(prompts, max_new_tokens=30, stop=(stop,))
    for pieces, text, tokens in zip(free.pieces, stopped.texts, stopped.tokens, strict=True):
        said = ["".join(pieces[: end + 1]) for end in range(len(pieces))]
        assert len(tokens) == next((at + 1 for at, before in enumerate(said) if stop in before), 30)
        assert text == said[-1].split(stop)[0]


@pytest.mark.parametrize("batch_size", [1, 2, 5])
def test_answers_do_not_depend_on_the_batch(batch_size):
    reference = make_model("llama").generate(TEXTS, max_new_tokens=6, select=Select())
    other = make_model("llama", batch_size=batch_size).generate(TEXTS[::-1], max_new_tokens=6, select=Select())
    assert other.tokens[::-1] == reference.tokens
    np.testing.assert_allclose(other.states[::-1], reference.states, rtol=1e-4, atol=1e-5)


def test_only_the_selected_steps_are_recorded(llama):
    every = llama.generate(TEXTS, max_new_tokens=4, stop=(), select=Select())
    some = llama.generate(TEXTS, max_new_tokens=4, stop=(), select=Select(steps="2,4", layers=[1, "final"]))
    assert some.steps == (2, 4)
    np.testing.assert_array_equal(some.states[:, :, 0], every.states[:, [1, 3], 1])


def test_a_step_that_no_answer_reaches_has_no_states(llama):
    first = llama.generate(TEXTS, max_new_tokens=1, stop=()).tokens
    llama.network.generation_config.eos_token_id = [tokens[0] for tokens in first]
    answers = llama.generate(TEXTS, max_new_tokens=4, stop=(), select=Select(steps="3-4"))
    assert answers.steps == ()
    assert answers.states.shape[:3] == (len(TEXTS), 0, BLOCKS + 1)
    assert answers.running.shape == (len(TEXTS), 0)


def test_a_store_gets_every_step_and_an_interrupted_run_goes_on():
    store, model = DictStore(), make_model("llama", batch_size=2)

    def interrupt(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model.generate(TEXTS, max_new_tokens=3, stop=(), select=Select(), store=store, key="a.", progress=interrupt)
    writes = len(store.writes)
    answers = model.generate(TEXTS, max_new_tokens=3, stop=(), select=Select(), store=store, key="a.")
    assert len(store.writes) == writes + 4
    held = model.generate(TEXTS, max_new_tokens=3, stop=(), select=Select())
    assert answers.states is None
    assert answers.tokens == held.tokens
    for step in (1, 2, 3):
        np.testing.assert_array_equal(store.load(f"a.step{step}"), held.states[:, step - 1])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"select": Select(tokens="all")}, "emitting token"),
        ({"select": Select(steps=9)}, "steps 1-4"),
        ({"select": Select(layers=9)}, "layer 9"),
        ({"max_new_tokens": 0}, "max_new_tokens=0"),
    ],
)
def test_what_cannot_be_generated_is_said(llama, options, says):
    with pytest.raises(InputError, match=says):
        llama.generate(TEXTS, **{"max_new_tokens": 4, **options})


def test_an_encoder_generates_nothing(encoder):
    with pytest.raises(InputError, match="decoder"):
        encoder.generate(TEXTS)
