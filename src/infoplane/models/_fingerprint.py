"""What tells one network with its tokenizer from another without reading every weight."""

import hashlib
import json
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_SAMPLE = 4096


def fingerprint(network: "PreTrainedModel", tokenizer: Any) -> str:
    """sha256 (hex) of architecture, names, shapes, a strided sample of every tensor's bytes, and the vocabulary."""
    config = network.config
    digest = hashlib.sha256()
    digest.update(f"{config.model_type} {type(network).__name__}".encode())
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(_sample(tensor))
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: (item[1], item[0]))
    digest.update(json.dumps([vocabulary, getattr(tokenizer, "chat_template", None)]).encode())
    return digest.hexdigest()


def _sample(tensor: Tensor) -> bytes:
    """The bytes of at most `_SAMPLE` values, evenly spaced and with both ends."""
    flat = tensor.detach().reshape(-1)
    if flat.numel() > _SAMPLE:
        flat = flat[torch.linspace(0, flat.numel() - 1, _SAMPLE, dtype=torch.float64).long().to(flat.device)]
    return flat.cpu().contiguous().view(torch.uint8).numpy().tobytes() if flat.numel() else b""
