"""Low-rank adapters by peft: put into a network before training, merged into its weights before it is saved."""

from typing import TypeVar

import torch
from torch import nn

from infoplane._errors import InputError, one_line

_Network = TypeVar("_Network", bound=nn.Module)


def with_lora(network: _Network, rank: int, seed: int) -> _Network:
    """The network itself, now with W + (2 r / r) B A in place of every linear map of its blocks, B = 0 at first.

    Trained are A (r, in) and B (out, r) of every map (Hu et al. 2022; the scale alpha = 2 r of Biderman et al. 2024),
    and what is not pretrained: the head and the pooler before it. All else is frozen. Raises InputError for a rank
    that is not positive or a network without linear maps.
    """
    if rank < 1:
        raise InputError(one_line(f"lora of rank {rank}", "1 or more", "give a small number such as 8"))
    from peft import LoraConfig, inject_adapter_in_model
    from transformers.pytorch_utils import Conv1D

    new = _new(network)
    maps = {
        name: module
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear | Conv1D) and not _below(name, new) and module is not _unembedding(network)
    }
    if not maps:
        came = f"{type(network).__name__} without linear maps"
        raise InputError(one_line(came, "a transformer", "train it without lora"))
    config = LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        target_modules=list(maps),
        fan_in_fan_out=any(isinstance(module, Conv1D) for module in maps.values()),
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        inject_adapter_in_model(config, network)
    for name in new:
        network.get_submodule(name).requires_grad_(True)
    return network


def merged(network: _Network) -> _Network:
    """The network itself as it was before `with_lora`, with every adapter added to the weight it adapts."""
    from peft.tuners.lora import LoraLayer

    for name, module in list(network.named_modules()):
        if isinstance(module, LoraLayer):
            module.merge()
            parent, _, own = name.rpartition(".")
            setattr(network.get_submodule(parent), own, module.get_base_layer())
    network.requires_grad_(True)
    return network


def _new(network: nn.Module) -> list[str]:
    """The modules that pretraining did not make: those outside the base without the unembedding, and the pooler."""
    kept = {getattr(network, "base_model", network), _unembedding(network)}
    outside = [
        name for name, module in network.named_children() if network not in kept and kept.isdisjoint(module.modules())
    ]
    poolers = [name for name, _ in network.named_modules() if name.rpartition(".")[2] == "pooler"]
    return outside + poolers


def _unembedding(network: nn.Module) -> nn.Module | None:
    get = getattr(network, "get_output_embeddings", None)
    return None if get is None else get()


def _below(name: str, tops: list[str]) -> bool:
    return any(name == top or name.startswith(f"{top}.") for top in tops)
