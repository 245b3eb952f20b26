import re

import pytest
import torch
from embedded_evaluate import Measured, measure, prompt
from make_embedded import load
from safetensors import safe_open

from infoplane.embedded import LABELS, TOPICS, examples, model_path

ROW = re.compile(r"^\| (emotion|topic) \| (.+) \| (-?[\d.]+) \| (-?[\d.]+) \| (-?[\d.]+) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def decoder():
    return load(model_path())


@pytest.fixture(scope="module")
def measured(decoder):
    return measure(*decoder, "emotion", share=0.375)


@pytest.fixture(scope="module")
def card():
    text = (model_path() / "README.md").read_text()
    return {(aspect, quantity): Measured(*map(float, figures)) for aspect, quantity, *figures in ROW.findall(text)}


def test_the_folder_is_small_and_holds_no_pickle():
    files = list(model_path().iterdir())
    assert sum(file.stat().st_size for file in files) < 8e6
    assert {file.suffix for file in files} == {".json", ".safetensors", ".md"}


def test_the_weights_are_float16_and_finite():
    with safe_open(model_path() / "model.safetensors", "pt") as weights:
        tensors = [weights.get_tensor(name) for name in weights.offset_keys()]
    assert {tensor.dtype for tensor in tensors} == {torch.float16}
    assert all(tensor.isfinite().all() for tensor in tensors)
    assert 1e6 < sum(tensor.numel() for tensor in tensors) < 4e6


def test_texts_begin_with_the_start_token_and_answers_are_one_token(decoder):
    _, tokenizer = decoder
    assert tokenizer("Dialogue: it rains").input_ids[0] == tokenizer.bos_token_id
    assert tokenizer.decode(tokenizer("né à 3 ☂").input_ids, skip_special_tokens=True) == "né à 3 ☂"
    first = {tokenizer.encode(f" {label}", add_special_tokens=False)[0] for label in (*LABELS, *TOPICS)}
    assert len(first) == len(LABELS) + len(TOPICS)


def test_situations_are_short(decoder):
    lengths = [len(decoder[1](example.text).input_ids) for example in examples("test")]
    assert min(lengths) >= 10
    assert max(lengths) <= 64


def test_it_answers_with_a_label_and_stops(decoder):
    network, tokenizer = decoder
    for aspect, labels in (("emotion", LABELS), ("topic", TOPICS)):
        for example in examples("test", 8):
            asked = tokenizer(prompt(aspect, [], example), return_tensors="pt")
            answer = network.generate(**asked, do_sample=False, max_new_tokens=4)[0, asked.input_ids.shape[1] :]
            assert tokenizer.decode(answer) in [f" {label}</s>" for label in labels]


def test_a_stated_perspective_is_followed(decoder):
    network, tokenizer = decoder
    for label, example in zip(LABELS, examples("test", len(LABELS), seed=1), strict=True):
        stated = f'Infer the dialogue from the perspective of the emotion "{label}".\n{prompt("emotion", [], example)}'
        with torch.inference_mode():
            says = network(**tokenizer(stated, return_tensors="pt")).logits[0, -1].argmax()
        assert tokenizer.decode(says) == f" {label}"


def test_zero_shot_is_far_above_chance_and_well_below_the_probe(measured):
    assert measured["zero-shot accuracy"].low >= 4 / len(LABELS)
    assert measured["probe minus zero-shot"].low >= 0.10


def test_few_shot_prompts_work(measured):
    assert measured["few-shot minus zero-shot"].low > 0


def test_words_in_no_order_hold_at_most_half_of_what_the_best_layer_holds(measured):
    assert measured["bag of words as a share of the best layer"].high <= 0.5


def test_the_card_says_what_is_measured(card, measured):
    assert {aspect for aspect, _ in card} == {"emotion", "topic"}
    for quantity in ("zero-shot accuracy", "few-shot accuracy, 4 examples"):  # the rows that nothing is fitted for
        said, now = card["emotion", quantity], measured[quantity]
        assert said.low <= said.value <= said.high
        assert now.low <= said.high
        assert said.low <= now.high
