"""Dropout of trainings on the processor: what is dropped, what is left, and that nothing stays behind."""

import numpy as np
import pytest
import torch
from torch import nn
from transformers import BertConfig, BertForSequenceClassification, LlamaConfig, LlamaForCausalLM

from infoplane.methods._training._dropout import Masks, raw_dropout


def seeded(seed: int) -> Masks:
    masks = Masks()
    masks.seed(seed)
    return masks


def encoder(share: float) -> BertForSequenceClassification:
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    shares = {"hidden_dropout_prob": share, "attention_probs_dropout_prob": share}
    return BertForSequenceClassification(BertConfig(vocab_size=20, initializer_range=0.5, **sizes, **shares)).train()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_so_many_are_dropped_and_the_mean_is_kept(share: float) -> None:
    values = torch.ones(1000, 401)
    dropped = seeded(1).drop(values, share)
    zeros = float((dropped == 0).double().mean())
    error = 4 * np.sqrt(share * (1 - share) / values.numel())
    assert abs(zeros - share) < error + 2**-16
    assert len(dropped.unique()) == 2
    assert float(dropped.max()) == pytest.approx(1 / (1 - share), rel=2e-4)


def test_no_row_and_no_column_is_favoured() -> None:
    kept = (seeded(2).drop(torch.ones(512, 512), 0.5) > 0).double()
    for means in (kept.mean(0), kept.mean(1)):
        assert float((means - 0.5).abs().max()) < 5 * 0.5 / np.sqrt(512)
    rows = kept - 0.5
    together = (rows @ rows.T).fill_diagonal_(0) / 512
    assert float(together.abs().max()) < 6 * 0.25 / np.sqrt(512)


def test_the_edges_drop_nothing_and_everything() -> None:
    values = torch.randn(7, 3)
    assert seeded(0).drop(values, 0.0) is values
    assert not seeded(0).drop(values, 1.0).any()


def test_a_seed_decides_the_masks() -> None:
    values = torch.ones(50)
    assert torch.equal(seeded(3).drop(values, 0.5), seeded(3).drop(values, 0.5))
    assert not torch.equal(seeded(3).drop(values, 0.5), seeded(4).drop(values, 0.5))


def test_the_gradient_goes_where_values_were_kept() -> None:
    values = torch.ones(100, requires_grad=True)
    dropped = seeded(5).drop(values, 0.5)
    dropped.sum().backward()
    assert torch.equal(values.grad, dropped.detach())


def test_on_average_a_network_gives_what_its_own_dropout_gives() -> None:
    """Means over many draws of a strongly dropped encoder, padding masked: within five standard errors."""
    network, ids = encoder(0.3), torch.randint(0, 20, (1, 6)).repeat(4000, 1)
    mask = torch.tensor([1, 1, 1, 1, 0, 0]).repeat(4000, 1)
    with torch.no_grad():
        theirs = network(ids, attention_mask=mask).logits
        with raw_dropout(network, seeded(6)):
            ours = network(ids, attention_mask=mask).logits
    for moment in (1, 2):
        one, other = theirs**moment, ours**moment
        error = (one.var(0) / len(one) + other.var(0) / len(other)).sqrt()
        assert bool(((one.mean(0) - other.mean(0)).abs() < 5 * error).all())
    assert float(ours.std(0).min()) > 0


def test_attention_is_dropped_too() -> None:
    network, ids = encoder(0.0), torch.randint(0, 20, (2, 6))
    for block in network.bert.encoder.layer:
        block.attention.self.dropout.p = 0.5
    before = network.eval()(ids).logits
    with raw_dropout(network.train(), seeded(7)):
        assert not torch.allclose(network(ids).logits, before, atol=1e-2)
        network.eval()
        torch.testing.assert_close(network(ids).logits, before)


def test_nothing_stays_behind() -> None:
    network = encoder(0.1)
    before = network.config._attn_implementation
    with pytest.raises(KeyError), raw_dropout(network, seeded(8)):
        raise KeyError
    assert network.config._attn_implementation == before
    assert {type(module) for module in network.modules() if isinstance(module, nn.Dropout)} == {nn.Dropout}
    assert not any(hasattr(module, "masks") for module in network.modules())


def test_a_causal_network_keeps_its_attention() -> None:
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    torch.manual_seed(0)
    network = LlamaForCausalLM(LlamaConfig(vocab_size=20, attention_dropout=0.0, **sizes)).train()
    ids = torch.randint(0, 20, (2, 5))
    before = network(ids).logits
    with raw_dropout(network, seeded(9)):
        assert torch.equal(network(ids).logits, before)
        assert network.config._attn_implementation == "sdpa"
