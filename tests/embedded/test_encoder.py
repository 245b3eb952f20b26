import random
import re

import pytest
import torch
from embedded_encoder_evaluate import KINDS, fill_in, measure, measure_words
from embedded_encoder_text import encoder_documents
from embedded_encoder_train import BESIDE, CONTEXT, MASKED, SPECIAL, EncoderRecipe, make_tokenizer, mask_words, train
from embedded_evaluate import prompt
from embedded_probes import Measured
from make_embedded_encoder import load
from safetensors import safe_open

from infoplane import Select, load_model, load_task
from infoplane.embedded import LABELS, TOPICS, examples, model_path
from infoplane.embedded._lexicon import THINGS
from infoplane.methods import Recipe, finetune

TINY = EncoderRecipe(steps=3, short_documents=4, width=16, blocks=1, heads=2, hidden=16)
FOLDER = model_path("embedded-encoder")
ROW = re.compile(r"^\| (emotion|topic|words) \| (.+) \| (-?[\d.]+) \| (-?[\d.]+) \| (-?[\d.]+) \|$", re.MULTILINE)


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


def test_the_first_block_begins_with_looking_beside(tokenizer):
    recipe = EncoderRecipe(steps=1, short_documents=2, learning_rate=1e-9, blocks=1)
    network = train(recipe, tokenizer, threads=1)
    network.set_attn_implementation("eager")
    seen = network.bert(torch.randint(5, 700, (1, 40)), output_attentions=True).attentions[0][0]
    for head, step in enumerate(BESIDE):
        assert seen[head].diagonal(step).mean() > 10 * seen[head].diagonal(step + 1).mean()


def test_words_of_the_grammar_are_whole_and_others_are_spelt(tokenizer):
    text = "".join(example.text for example in examples("test", 50))
    assert not [piece for piece in tokenizer.tokenize(text) if piece.startswith("##") or piece in SPECIAL]
    assert tokenizer.tokenize("naïve") == ["n", "##a", "##i", "##v", "##e"]
    assert all(len(tokenizer.tokenize(label)) == 1 for label in (*LABELS, *TOPICS))


def test_every_label_is_masked_and_words_of_situations_in_their_share(tokenizer):
    torch.manual_seed(0)
    texts = [f"{text}\nEmotion: proud" for text in (example.text for example in examples("test", 400))]
    ids, attention, labels, told = mask_words(texts, tokenizer, MASKED)
    words = labels >= len(SPECIAL)
    answers = torch.arange(ids.shape[1]) == attention.sum(1, keepdim=True) - 2
    assert not bool(told[~words].any())
    assert torch.equal(ids[~told], labels[~told])
    assert set(tokenizer.convert_ids_to_tokens(labels[answers])) == {"proud"}
    assert bool(told[answers].all())
    assert float(told[words & ~answers].float().mean()) == pytest.approx(MASKED, abs=0.01)
    assert bool((ids[answers] == tokenizer.mask_token_id).all())
    drawn = told & ~answers
    assert float((ids == tokenizer.mask_token_id)[drawn].float().mean()) == pytest.approx(0.8, abs=0.03)


def test_a_part_of_a_situation_tells_what_is_asked_of_it():
    asked = {"Topic": 0, "Emotion": 0}
    for text in encoder_documents(random.Random(0), 600, parts=1.0):
        told, aspect, label = re.fullmatch(r"Dialogue: (.*)\n(Topic|Emotion): (\w+)", text).groups()
        about = [topic for topic, things in THINGS.items() if any(thing in told for thing in things)]
        assert about == ([label] if aspect == "Topic" else [])
        asked[aspect] += 1
    assert asked["Topic"] / 600 == pytest.approx(1 / 3, abs=0.06)


def test_whole_situations_are_asked_for_one_label_or_both():
    asked = [re.findall(r"\n(\w+): \w+", text) for text in encoder_documents(random.Random(0), 400, parts=0.0)]
    assert {tuple(sorted(one)) for one in asked} == {("Topic",), ("Emotion",), ("Emotion", "Topic")}
    assert sum(map(len, asked)) / 400 == pytest.approx(1.5, abs=0.1)


def test_every_kind_of_word_stands_in_every_situation():
    for example in examples("test", 200):
        assert all(words & set(re.findall(r"\w+", example.text)) for words in KINDS.values())


def test_it_fills_in_words_of_the_right_kind(encoder):
    filled = measure_words(*encoder, share=0.25)
    assert min(figure.low for figure in filled.values()) > 0.9


def test_emotions_are_filled_in_and_held(measured):
    assert measured["accuracy of the label filled in"].low > 0.95
    assert measured["probe accuracy, best layer"].low > 0.6


def test_topics_are_filled_in(encoder):
    asked = examples("test", 128)
    scores = fill_in(*encoder, [prompt("topic", [], example) for example in asked], TOPICS)
    right = [TOPICS[best] == example.topic for best, example in zip(scores.argmax(1), asked, strict=True)]
    assert sum(right) / len(right) > 0.95


def test_it_is_fine_tuned_in_seconds(tmp_path):
    lm, task = load_model("embedded-encoder", device="cpu"), load_task("embedded/topic")
    run = finetune(lm, task, out=tmp_path / "run", recipe=Recipe(epochs=2), max_examples=640, trackers=())
    (reached,) = run.ledger.filter(measure="finetune", quantity="accuracy", split="test")
    assert reached["low"] > 0.95


def test_states_hold_more_than_words_in_no_order(measured):
    assert measured["bag of words as a share of the best layer"].high < 0.4


def test_the_card_says_what_is_measured(measured):
    rows = ROW.findall((FOLDER / "README.md").read_text())
    card = {(aspect, quantity): Measured(*map(float, figures)) for aspect, quantity, *figures in rows}
    assert {aspect for aspect, _ in card} == {"emotion", "topic", "words"}
    said, now = card["emotion", "accuracy of the label filled in"], measured["accuracy of the label filled in"]
    assert now.low <= said.high
    assert said.low <= now.high


def test_the_card_states_the_recipe():
    assert re.search(rf"steps {EncoderRecipe().steps}\b", (FOLDER / "README.md").read_text())


def test_it_loads_by_name_and_its_states_are_read():
    lm = load_model("embedded-encoder", device="cpu")
    assert (lm.kind, lm.layers, lm.context) == ("encoder", EncoderRecipe().blocks, CONTEXT)
    asked = [prompt("emotion", [], example) for example in examples("test", 3)]
    assert lm.read(asked, Select(tokens="content", reduce="mean")).array.shape == (3, lm.layers + 1, lm.width)


def test_training_text_is_read_whole(tokenizer):
    assert max(map(len, tokenizer(encoder_documents(random.Random(0), 500, parts=0.0))["input_ids"])) <= CONTEXT
