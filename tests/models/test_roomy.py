"""The cache with room behind its tokens, and how weights lie: nothing that is computed changes."""

import copy

import pytest
import torch
from tiny_models import TEXTS, make_model, make_network, make_tokenizer
from transformers import DynamicCache

from infoplane.models import _roomy, load_model
from infoplane.models._layout import lay_out
from infoplane.models._roomy import RoomyLayer


def piece(rows, tokens, seed):
    torch.manual_seed(seed)
    return torch.randn(2, rows, 3, tokens, 4).unbind()


def filled(room, *tokens, rows=2):
    """A roomy layer and the library's own, after the same pieces."""
    roomy, own = RoomyLayer(room), DynamicCache().layer_class_to_replicate()
    for seed, count in enumerate(tokens):
        keys, values = piece(rows, count, seed)
        for got, expected in zip(roomy.update(keys, values), own.update(keys, values), strict=True):
            assert torch.equal(got, expected)
    return roomy, own


@pytest.mark.parametrize("small", [0, 2**18])
@pytest.mark.parametrize("room", [0, 1, 3, 64])
def test_pieces_are_held_one_behind_the_other(room, small, monkeypatch):
    monkeypatch.setattr(_roomy, "_SMALL", small)
    roomy, own = filled(room, 5, 1, 1, 2, 1, 1)
    assert roomy.get_seq_length() == own.get_seq_length() == 11
    assert torch.equal(roomy.keys, own.keys)
    assert torch.equal(roomy.values, own.values)


def test_a_step_that_finds_room_copies_nothing(monkeypatch):
    monkeypatch.setattr(_roomy, "_SMALL", 0)
    roomy, _ = filled(2, 5)
    held = roomy.keys.data_ptr()
    roomy.update(*piece(2, 2, 1))
    assert roomy.keys.data_ptr() == held
    roomy.update(*piece(2, 1, 2))
    assert roomy.keys.data_ptr() != held


def test_two_continuations_of_one_beginning_do_not_meet(monkeypatch):
    monkeypatch.setattr(_roomy, "_SMALL", 0)
    roomy, _ = filled(8, 5)
    other = copy.copy(roomy)
    keys = [layer.update(*piece(2, 1, seed))[0] for seed, layer in enumerate((roomy, other))]
    for seed, held in enumerate(keys):
        assert torch.equal(held[:, :, -1:], piece(2, 1, seed)[0])
        assert torch.equal(held[:, :, :5], roomy.keys[:, :, :5])


def test_rows_that_were_picked_are_written_apart(monkeypatch):
    monkeypatch.setattr(_roomy, "_SMALL", 0)
    roomy, own = filled(8, 5)
    before = roomy.keys.clone()
    picked = copy.copy(roomy)
    for layer in (picked, own):
        layer.batch_select_indices(torch.tensor([1, 1, 0]))
        layer.update(*piece(3, 1, 1))
    assert torch.equal(picked.keys, own.keys)
    assert torch.equal(picked.values, own.values)
    assert torch.equal(roomy.keys, before)


def test_answers_longer_than_the_room_equal_generate(decoder):
    answers = decoder.generate(TEXTS[:2], max_new_tokens=70, stop=())
    for row, prompt in enumerate(decoder.renderer.encode(TEXTS[:2], room=70)):
        ids = torch.tensor([prompt.ids])
        expected = decoder.network.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=70, do_sample=False, pad_token_id=1
        )
        assert answers.tokens[row] == expected[0, ids.shape[1] :].tolist()


def test_weights_keep_their_values_when_laid_out(model):
    before = {name: value.clone() for name, value in model.network.state_dict().items()}
    lay_out(model.network)
    after = model.network.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())


def test_a_loaded_model_is_laid_out_and_saves_as_it_was(tmp_path):
    make_network("llama", tie_word_embeddings=True).save_pretrained(tmp_path / "first")
    make_tokenizer().save_pretrained(tmp_path / "first")
    loaded = load_model(tmp_path / "first", device="cpu")
    network = loaded.network
    assert network.model.layers[0].mlp.up_proj.weight.t().is_contiguous()
    assert network.lm_head.weight is network.model.embed_tokens.weight
    assert network.lm_head.weight.is_contiguous()
    network.save_pretrained(tmp_path / "second")
    first, second = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("first", "second"))
    assert first == second


def test_answers_of_a_laid_out_model_are_those_of_the_plain_one():
    plain, laid = make_model("llama"), make_model("llama")
    lay_out(laid.network)
    assert laid.generate(TEXTS, max_new_tokens=8).tokens == plain.generate(TEXTS, max_new_tokens=8).tokens
