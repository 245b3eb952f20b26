import random
import re

import pytest
import torch
from embedded_encoder_evaluate import fill_in, measure
from embedded_encoder_train import MASKED, MASKED_ANSWER, SPECIAL, EncoderRecipe, make_tokenizer, mask_words, train
from embedded_evaluate import prompt
from embedded_probes import Measured
from embedded_text import documents
from make_embedded_encoder import load
from safetensors import safe_open

from infoplane import Select, load_model
from infoplane.embedded import LABELS, TOPICS, examples, model_path

TINY = EncoderRecipe(steps=3, short_documents=4, width=16, blocks=1, heads=2, hidden=16)
FOLDER = model_path("embedded-encoder")
ROW = re.compile(r"^\| (emotion|topic) \| (.+) \| (-?[\d.]+) \| (-?[\d.]+) \| (-?[\d.]+) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def encoder():
    return load(FOLDER)


@pytest.fixture(scope="module")
def tokenizer(encoder):
    return encoder[1]


@pytest.fixture(scope="module")
def measured(encoder):
    return measure(*encoder, "emotion", share=0.375)


def test_the_folder_is_small_and_holds_no_pickle():
    files = list(FOLDER.iterdir())
    assert sum(file.stat().st_size for file in files) < 8e6
    assert {file.suffix for file in files} == {".json", ".safetensors", ".md"}


def test_the_weights_are_float16_and_finite():
    with safe_open(FOLDER / "model.safetensors", "pt") as weights:
        tensors = [weights.get_tensor(name) for name in weights.offset_keys()]
    assert {tensor.dtype for tensor in tensors} == {torch.float16}
    assert all(tensor.isfinite().all() for tensor in tensors)


def test_the_recipe_makes_the_shipped_tokenizer(tmp_path):
    make_tokenizer(EncoderRecipe()).save_pretrained(tmp_path)
    assert (tmp_path / "tokenizer.json").read_bytes() == (FOLDER / "tokenizer.json").read_bytes()


def test_the_same_recipe_makes_the_same_weights(tokenizer):
    one, two = (train(TINY, tokenizer, threads=1).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_words_of_the_grammar_are_whole_and_others_are_spelt(tokenizer):
    text = "".join(example.text for example in examples("test", 50))
    assert not [piece for piece in tokenizer.tokenize(text) if piece.startswith("##") or piece in SPECIAL]
    assert tokenizer.tokenize("naïve") == ["n", "##a", "##i", "##v", "##e"]
    assert all(len(tokenizer.tokenize(label)) == 1 for label in (*LABELS, *TOPICS))


def test_masks_fall_on_words_in_their_shares(tokenizer):
    torch.manual_seed(0)
    texts = [f"{text}\nEmotion: proud" for text in (example.text for example in examples("test", 400))]
    ids, attention, labels, weights = mask_words(texts, tokenizer)
    words = labels >= len(SPECIAL)
    answers = words & (torch.arange(ids.shape[1]) >= attention.sum(1, keepdim=True) - 4)
    assert bool((weights[~words] == 0).all())
    assert torch.equal(ids[weights == 0], labels[weights == 0])
    assert float((weights[answers] > 0).float().mean()) == pytest.approx(MASKED_ANSWER, abs=0.05)
    assert float((weights[words & ~answers] > 0).float().mean()) == pytest.approx(MASKED, abs=0.01)
    assert float((ids == tokenizer.mask_token_id)[weights > 0].float().mean()) == pytest.approx(0.8, abs=0.03)


def test_it_fills_in_words_of_the_right_kind(encoder):
    network, tokenizer = encoder
    names = fill_in(network, tokenizer, ["- You and"], ["Olga", "stage", "proud", "well"])
    assert names.argmax() == 0


def test_labels_filled_in_are_above_chance(measured):
    assert measured["accuracy of the label filled in"].low > 1 / len(LABELS)


def test_states_hold_more_than_words_in_no_order(measured):
    assert measured["bag of words as a share of the best layer"].high < 1


def test_the_card_says_what_is_measured(measured):
    rows = ROW.findall((FOLDER / "README.md").read_text())
    card = {(aspect, quantity): Measured(*map(float, figures)) for aspect, quantity, *figures in rows}
    assert {aspect for aspect, _ in card} == {"emotion", "topic"}
    said, now = card["emotion", "accuracy of the label filled in"], measured["accuracy of the label filled in"]
    assert now.low <= said.high
    assert said.low <= now.high


def test_the_card_states_the_recipe():
    assert re.search(rf"steps {EncoderRecipe().steps}\b", (FOLDER / "README.md").read_text())


def test_it_loads_by_name_and_its_states_are_read():
    lm = load_model("embedded-encoder", device="cpu")
    assert (lm.kind, lm.layers, lm.context) == ("encoder", EncoderRecipe().blocks, 512)
    asked = [prompt("emotion", [], example) for example in examples("test", 3)]
    assert lm.read(asked, Select(tokens="content", reduce="mean")).array.shape == (3, lm.layers + 1, lm.width)


def test_training_text_is_read_whole(tokenizer):
    assert max(map(len, tokenizer(documents(random.Random(0), 500))["input_ids"])) <= 128
