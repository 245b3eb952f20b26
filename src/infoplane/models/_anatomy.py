"""Where the parts of a Hugging Face network are, found by structure and by the names its families use.

Nothing is changed: the parts are only pointed at. A part that an architecture hides is None (or raises ModelError where
it is asked for), never guessed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from infoplane._errors import ModelError, one_line

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# The linear map that ends the attention sub-block, as a path inside a block; its input is the heads side by side.
_ATTENTION_ENDS = (
    "self_attn.o_proj",  # Llama, Mistral, Qwen, Gemma
    "self_attn.out_proj",  # OPT
    "self_attn.dense",  # Phi
    "attn.c_proj",  # GPT-2
    "attn.out_proj",  # GPT-J
    "attn.attention.out_proj",  # GPT-Neo
    "attention.dense",  # GPT-NeoX
    "self_attention.dense",  # Falcon, Bloom
    "attention.output.dense",  # BERT, RoBERTa
    "attention.out_lin",  # DistilBERT
)
_MLP_ENDS = ("mlp", "ffn", "feed_forward", "block_sparse_moe", "fc2", "output.dense")
_NORMS = ("norm", "ln_f", "final_layer_norm", "final_layernorm", "final_norm")


@dataclass(frozen=True)
class Anatomy:
    """The parts of one network. `head` maps a "final" state to logits; both it and `norm` are None for encoders."""

    backbone: nn.Module
    blocks: nn.ModuleList
    norm: nn.Module | None
    head: nn.Module | None
    config: Any

    @property
    def heads(self) -> int:
        """Attention heads per block."""
        return int(self.config.num_attention_heads)

    def attention(self, block: int) -> nn.Module:
        """The projection that ends the attention of block 1..L. Raises ModelError where it is not found."""
        return self._part(block, _ATTENTION_ENDS, "attention output projection")

    def mlp(self, block: int) -> nn.Module:
        """The module whose output block 1..L adds after attention. Raises ModelError where it is not found."""
        return self._part(block, _MLP_ENDS, "mlp")

    def _part(self, block: int, paths: tuple[str, ...], what: str) -> nn.Module:
        owner = self.blocks[block - 1]
        found = (_at(owner, path) for path in paths)
        part = next((module for module in found if module is not None), None)
        if part is None:
            children = ", ".join(name for name, _ in owner.named_children())
            raise ModelError(one_line(f"block {block} with {children}", f"its {what}", "read site=residual instead"))
        return part

    def logits(self, final: Tensor, tokens: Tensor | None = None) -> Tensor:
        """float32 logits of "final" states (..., width), of all tokens or only of `tokens`.

        Soft caps and scales that a family applies after its head are applied too. Raises ModelError without a head.
        """
        if self.head is None:
            raise ModelError(one_line("a network without a causal head", "a decoder", "choose a causal language model"))
        final = final.to(next(self.head.parameters()).dtype)
        if tokens is None or not isinstance(self.head, nn.Linear):
            logits = self.head(final)
            logits = logits if tokens is None else logits[..., tokens]
        else:
            bias = None if self.head.bias is None else self.head.bias[tokens]
            logits = nn.functional.linear(final, self.head.weight[tokens], bias)
        return self._after_head(logits.float())

    @cached_property
    def _scales(self) -> tuple[float | None, ...]:
        names = ("logit_scale", "logits_scaling", "final_logit_softcapping")
        return tuple(getattr(self.config, name, None) for name in names)

    def _after_head(self, logits: Tensor) -> Tensor:
        scale, divisor, cap = self._scales
        logits = logits * scale if scale is not None else logits
        logits = logits / divisor if divisor is not None else logits
        return logits if cap is None else torch.tanh(logits / cap) * cap


@torch.inference_mode()
def head_agreement(network: "PreTrainedModel", anatomy: Anatomy) -> tuple[bool, bool]:
    """Whether `anatomy.logits` are the network's own from the "final" state, and from the normed last block too.

    A family may scale or cap its logits in a way that is not known here; better to say so than to be silently off.
    """
    seen: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[..., None]:
        return lambda *passed: seen.update({name: passed[-1] if isinstance(passed[-1], Tensor) else passed[-1][0]})

    handles = [
        anatomy.backbone.register_forward_hook(keep("final")),
        anatomy.blocks[-1].register_forward_hook(keep("last")),
    ]
    try:
        own = network(torch.arange(4, device=next(network.parameters()).device)[None], use_cache=False).logits.float()
    finally:
        for handle in handles:
            handle.remove()
    if not torch.isfinite(own).all():
        return True, True  # a fault of the weights, which is said where their states are met
    normed = seen["last"] if anatomy.norm is None else anatomy.norm(seen["last"])
    tolerance = (1e-4 if own.dtype == seen["last"].dtype else 2e-2) * own.abs().max()
    head, lens = (bool((anatomy.logits(state) - own).abs().max() <= tolerance) for state in (seen["final"], normed))
    return head, lens


def find_anatomy(network: "PreTrainedModel", *, decoder: bool) -> Anatomy:
    """Point at the parts of `network`. Raises ModelError where no list of blocks of the configured length is found."""
    config = network.config.get_text_config()
    backbone: nn.Module = getattr(network, network.base_model_prefix, network)
    wanted = config.num_hidden_layers
    lists = ((name, module) for name, module in backbone.named_modules() if isinstance(module, nn.ModuleList))
    path, blocks = next(((name, found) for name, found in lists if len(found) == wanted), ("", None))
    if blocks is None:
        raise ModelError(
            one_line(f"{type(network).__name__}", f"a list of {wanted} blocks", "choose a plain decoder or encoder")
        )
    owner = backbone.get_submodule(path.rpartition(".")[0])
    norm = next((module for name in _NORMS if (module := _at(owner, name)) is not None), None)
    head = network.get_output_embeddings()
    return Anatomy(backbone, blocks, norm if decoder else None, head if decoder else None, config)


def _at(owner: nn.Module, path: str) -> nn.Module | None:
    for name in path.split("."):
        child = getattr(owner, name, None)
        if not isinstance(child, nn.Module):
            return None
        owner = child
    return owner
