import re

import pytest
import torch
from embedded_train import SITUATION_WEIGHT, Recipe, _encode, train, train_tokenizer

from infoplane.embedded import model_path

TINY = Recipe(steps=3, short_documents=2, width=16, blocks=1, heads=2, hidden=16)


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer(TINY)


def test_the_recipe_makes_the_shipped_tokenizer(tokenizer, tmp_path):
    tokenizer.save_pretrained(tmp_path)
    assert (tmp_path / "tokenizer.json").read_bytes() == (model_path() / "tokenizer.json").read_bytes()


def test_the_same_recipe_makes_the_same_weights(tokenizer):
    one, two = (train(TINY, tokenizer, threads=1).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_answers_weigh_more_than_situations(tokenizer):
    ids, weights = _encode(["Dialogue: Olga and I met.\nEmotion: proud"], tokenizer)
    heavy = tokenizer.decode(ids[weights == 1])
    assert heavy == "Emotion: proud</s>"
    assert weights[weights != 1].unique().tolist() == pytest.approx([SITUATION_WEIGHT])


def test_padding_has_no_weight(tokenizer):
    ids, weights = _encode(["I left.", "I came and saw and left."], tokenizer)
    assert bool((weights[ids == tokenizer.pad_token_id] == 0).all())
    assert bool((weights[ids != tokenizer.pad_token_id] > 0).all())


def test_the_card_states_the_recipe():
    text = (model_path() / "README.md").read_text()
    assert re.search(rf"steps {Recipe().steps}\b", text)
    assert re.search(rf"width {Recipe().width}\b", text)
