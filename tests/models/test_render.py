"""How prompts become tokens: templates, special tokens, content, and texts longer than the context."""

import time

import numpy as np
import pytest
from tiny_models import DECODERS, TEXTS, make_model, make_tokenizer

from infoplane._errors import InputError, ModelError
from infoplane._prompt import Prompt
from infoplane.models import Select, load_model
from infoplane.models._render import Renderer

CHAT = (
    "{{ bos_token }}{% for m in messages %}<{{ m['role'] }}>{{ m['content'] | trim }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
HEAD = "Dialogue: "


def prompt_of(text: str) -> Prompt:
    return Prompt(HEAD + text, "Emotion:", (len(HEAD), len(HEAD) + len(text)))


def content_of(renderer, prompt):
    encoded = renderer.encode([prompt])[0]
    return renderer.tokenizer.decode([encoded.ids[at] for at in encoded.content])


def test_a_prompt_without_a_template_is_text_break_prefix():
    renderer = Renderer(make_tokenizer(), 128, True)
    assert renderer.render(prompt_of("so sad")) == "Dialogue: so sad\nEmotion:"
    assert renderer.render("only text") == renderer.render(Prompt("only text")) == "only text"
    assert renderer.encode(["only text"])[0].ids[0] == renderer.tokenizer.bos_token_id


def test_a_chat_template_makes_a_turn_and_one_bos():
    renderer = Renderer(make_tokenizer(chat_template=CHAT), 128, True)
    assert renderer.render(prompt_of("so sad")) == "<s><user>Dialogue: so sad</s><assistant>Emotion:"
    ids = renderer.encode([prompt_of("so sad")])[0].ids
    assert ids.count(renderer.tokenizer.bos_token_id) == 1
    assert ids[0] == renderer.tokenizer.bos_token_id


@pytest.mark.parametrize("template", [None, CHAT])
@pytest.mark.parametrize(
    "text", [*TEXTS, "user", "a", "Dialogue", "naïve café 你好", "  leading space", "</s> and <s>"]
)
def test_content_is_the_text_without_template_words(template, text):
    renderer = Renderer(make_tokenizer(chat_template=template), 128, True)
    encoded = renderer.encode([prompt_of(text)])[0]
    special = set(renderer.tokenizer.all_special_ids)
    assert not special & {encoded.ids[at] for at in encoded.content}
    bare = text.replace("</s>", "").replace("<s>", "")
    assert content_of(renderer, prompt_of(text)).split() == bare.split()


def test_a_stripped_leading_space_does_not_shift_the_content():
    renderer = Renderer(make_tokenizer(chat_template=CHAT), 128, True)
    prompt = Prompt("  word one two", "", (7, 10))
    assert content_of(renderer, prompt).strip() == "one"


def test_special_tokens_of_an_encoder_are_no_content():
    renderer = Renderer(make_tokenizer(decoder=False), 64, False)
    encoded = renderer.encode(["so sad"])[0]
    assert encoded.content.tolist() == list(range(1, len(encoded.ids) - 1))


def test_a_tokenizer_that_ends_texts_does_not_end_a_decoders_prompt():
    ending = Renderer(make_tokenizer(decoder=False), 64, True)
    assert ending.encode(["so sad"])[0].ids[-1] != ending.tokenizer.eos_token_id


@pytest.mark.parametrize("family", ["llama", "bert", "roberta"])
def test_a_long_text_loses_its_beginning_and_is_counted(family):
    model = make_model(family)
    long = prompt_of(" ".join(f"word{at}" for at in range(200)) + " END")
    encoded = model.renderer.encode([long, prompt_of("short")])
    assert [prompt.cut for prompt in encoded] == [True, False]
    assert len(encoded[0].ids) == model.context
    decoded = model.tokenizer.decode(encoded[0].ids, skip_special_tokens=True)
    assert decoded.startswith("Dialogue:")
    assert decoded.endswith("END\nEmotion:")
    content = model.tokenizer.decode([encoded[0].ids[at] for at in encoded[0].content])
    assert content.endswith("END")
    assert "Dialogue" not in content
    states = model.read([long, prompt_of("short")], Select(tokens="content", reduce="mean"))
    assert states.truncated == 1
    assert np.isfinite(states.array).all()


def test_a_hundred_thousand_characters_are_read_quickly():
    model = make_model("llama")
    text = "It rained and rained. " * 5000
    start = time.process_time()
    states = model.read([prompt_of(text)] * 3, Select())
    assert states.truncated == 3
    assert model.generate([prompt_of(text)], max_new_tokens=4).tokens[0]
    assert time.process_time() - start < 2


def test_a_template_that_does_not_fit_is_an_error():
    model = make_model("llama", max_position_embeddings=16)
    with pytest.raises(InputError, match="at most 16"):
        model.read([Prompt("template " * 30 + "x", "", (270, 271))], Select())


@pytest.mark.parametrize("text", ["", "   "])
def test_a_text_without_content_is_an_error_of_one_line(text):
    with pytest.raises(InputError, match="no such token") as error:
        make_model("llama").read(
            ["fine", prompt_of("fine"), Prompt(HEAD + text, "E:", (10, 10))], Select(tokens="content")
        )
    assert "\n" not in str(error.value)


def test_a_prompt_without_any_token_is_an_error():
    model = make_model("gpt2")
    model.tokenizer.backend_tokenizer.post_processor = None
    with pytest.raises(InputError, match="without a token"):
        model.read([""], Select())


def test_a_slow_tokenizer_is_an_error():
    class Slow:
        is_fast = False
        chat_template = None

    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        Renderer(Slow(), 10, True).encode(["text"])


@pytest.mark.parametrize("family", DECODERS)
def test_odd_texts_are_read(family):
    texts = ["\x00\x01", "🙂" * 30, "ﷺ", "\u202e reversed", "a" * 500, "<s></s><pad>", "\n\n\n"]
    model = make_model(family)
    assert np.isfinite(model.read(texts, Select()).array).all()
    assert len(model.generate(texts, max_new_tokens=2).texts) == len(texts)


def test_a_trained_wordpiece_model_reads_content(shared):
    model = load_model(shared / "models" / "ed-encoder", device="cpu")
    prompt = prompt_of("I lost my keys")
    assert content_of(model.renderer, prompt) == "i lost my keys"
