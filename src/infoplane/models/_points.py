"""The points of a network where states are looked at or changed, and the forward hooks that do it."""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from transformers.utils import ModelOutput

from infoplane.models._anatomy import Anatomy
from infoplane.models._select import Layer

# A site and a layer.
Point = tuple[str, Layer]

# Is shown the states (rows, tokens, width) of a forward; those it gives, unless None, take their place.
See = Callable[[Tensor], Tensor | None]


def hook(anatomy: Anatomy, point: Point, see: See, *, first: bool = False) -> RemovableHandle:
    """Have `see` shown the states at `point` in every forward; `first`: before all other hooks, else after them.

    Raises ModelError where the network hides that part.
    """
    site, layer = point

    def after(module: nn.Module, args: Any, output: Any) -> Any:  # noqa: ARG001
        hidden = output if isinstance(output, Tensor) else output[0]
        changed = see(hidden)
        return None if changed is None else _replaced(output, hidden, changed)

    def before(module: nn.Module, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
        changed = see(args[0] if args else kwargs["hidden_states"])
        if changed is None:
            return None
        return ((changed, *args[1:]), kwargs) if args else (args, {**kwargs, "hidden_states": changed})

    if site == "head" and layer != "final":
        return anatomy.attention(layer).register_forward_pre_hook(before, with_kwargs=True, prepend=first)
    if layer == 0:
        return anatomy.blocks[0].register_forward_pre_hook(before, with_kwargs=True, prepend=first)
    return _owner(anatomy, point).register_forward_hook(after, prepend=first)


def _owner(anatomy: Anatomy, point: Point) -> nn.Module:
    """The module whose output has the states."""
    site, layer = point
    if layer == "final":
        return anatomy.backbone
    if site == "attention":
        return anatomy.attention(layer)
    if site == "mlp":
        return anatomy.mlp(layer)
    return anatomy.blocks[layer - 1]


def _replaced(output: Any, hidden: Tensor, changed: Tensor) -> Any:
    """`output` with `changed` wherever it has `hidden`; a last state may stand among all reported states too."""
    if output is hidden:
        return changed
    if isinstance(output, ModelOutput):
        return type(output)(**{name: _replaced(part, hidden, changed) for name, part in output.items()})
    if isinstance(output, tuple):
        return tuple(_replaced(part, hidden, changed) for part in output)
    return output
