"""Low-rank adapters: nothing at first, only they and the head are trained, merged into the weights they adapt."""

import pytest
import torch
from tiny_models import make_network
from torch import Tensor, nn
from transformers import AutoModelForSequenceClassification, PreTrainedModel

from infoplane._errors import InputError
from infoplane.methods._training._adapter import merged, with_lora

IDS = torch.arange(4, 24).reshape(2, 10)


def network(kind: str) -> PreTrainedModel:
    """A tiny decoder with its unembedding, or an encoder or decoder with a head of three classes."""
    family, _, head = kind.partition(" ")
    made = make_network(family)
    if head:
        made.config.num_labels = 3
        torch.manual_seed(0)
        made = AutoModelForSequenceClassification.from_config(made.config)
    return made.eval().requires_grad_(True)


def logits(one: PreTrainedModel) -> Tensor:
    return one(IDS).logits.detach()


def trained(one: nn.Module) -> dict[str, nn.Parameter]:
    return {name: parameter for name, parameter in one.named_parameters() if parameter.requires_grad}


KINDS = ["llama", "gpt2", "gpt_neox", "bert class", "distilbert class", "llama class"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_adapter_changes_nothing_until_it_is_trained_and_merges_to_what_it_computed(kind: str) -> None:
    one = network(kind)
    names, plain = set(one.state_dict()), logits(one)
    assert with_lora(one, 4, seed=0) is one
    assert torch.equal(logits(one), plain)
    optimizer = torch.optim.AdamW(trained(one).values(), lr=0.05)
    for _ in range(3):
        optimizer.zero_grad()
        one(IDS).logits.square().mean().backward()
        optimizer.step()
    learned = logits(one)
    assert (learned - plain).abs().max() > 0.01
    assert merged(one) is one
    assert set(one.state_dict()) == names
    torch.testing.assert_close(logits(one), learned, atol=1e-5, rtol=1e-4)
    assert all(parameter.requires_grad for parameter in one.parameters())


@pytest.mark.parametrize(
    ("kind", "new"),
    [
        ("llama", set()),
        ("gpt2", set()),
        ("bert class", {"bert.pooler", "classifier"}),
        ("distilbert class", {"pre_classifier", "classifier"}),
        ("llama class", {"score"}),
    ],
)
def test_only_adapters_and_what_is_not_pretrained_are_trained(kind: str, new: set[str]) -> None:
    one = with_lora(network(kind), 2, seed=0)
    whole = {name for name in trained(one) if "lora_" not in name}
    assert {top for top in new if any(name.startswith(top) for name in whole)} == new
    assert all(name.startswith(tuple(new)) for name in whole) if new else not whole
    adapted = sum("lora_A" in name for name in trained(one))
    maps = sum(type(module).__name__ in {"Linear", "Conv1D"} for module in network(kind).base_model.modules())
    assert adapted == maps - ("bert.pooler" in new)


def test_frozen_weights_stay_and_gradients_reach_the_adapters() -> None:
    one = with_lora(network("llama"), 2, seed=0)
    before = {name: value.clone() for name, value in one.state_dict().items()}
    optimizer = torch.optim.AdamW(trained(one).values(), lr=0.1, weight_decay=0.1)
    one(IDS).logits.square().mean().backward()
    optimizer.step()
    moved = {name for name, value in one.state_dict().items() if not torch.equal(value, before[name])}
    assert moved
    assert all("lora_" in name for name in moved)


def test_the_seed_alone_says_what_an_adapter_begins_with() -> None:
    def first(seed: int) -> Tensor:
        return torch.cat([value.flatten() for value in trained(with_lora(network("llama"), 2, seed)).values()])

    state = torch.get_rng_state()
    again = first(1)
    torch.rand(3)
    assert torch.equal(first(1), again)
    assert not torch.equal(first(2), again)
    torch.set_rng_state(state)
    made = network("llama")
    torch.manual_seed(5)
    with_lora(made, 2, seed=1)
    drawn = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(torch.rand(1), drawn)


def test_bad_ranks_and_networks_without_maps_are_refused() -> None:
    with pytest.raises(InputError, match="rank 0"):
        with_lora(network("llama"), 0, seed=0)
    with pytest.raises(InputError, match="Sequential without linear maps"):
        with_lora(nn.Sequential(nn.ReLU()), 2, seed=0)
