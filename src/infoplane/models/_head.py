"""The head of a Hugging Face network: its last linear map, and what that reads, before dropout."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from infoplane._errors import ModelError, one_line


class HeadInput:
    """Keeps what the last linear map of `network` reads in a forward inside `reading`: `features`, before dropout.

    Raises ModelError for a network without a linear map behind its blocks.
    """

    def __init__(self, network: nn.Module) -> None:
        self.last, self.features = last_map(network), torch.empty(0)
        self._dropouts = [part for part in _behind(without_adapters(network)) if isinstance(part, nn.Dropout)]
        self._dropped: tuple[Tensor, Tensor] | None = None

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Inside, forwards are looked at."""
        with ExitStack() as hooks:
            hooks.callback(self.last.register_forward_pre_hook(self._read).remove)
            for dropout in self._dropouts:
                hooks.callback(dropout.register_forward_hook(self._drop).remove)
            yield

    def _read(self, module: nn.Module, args: tuple[Any, ...]) -> None:  # noqa: ARG002
        seen, self._dropped = self._dropped, None
        self.features = seen[0] if seen is not None and seen[1] is args[0] else args[0]

    def _drop(self, module: nn.Module, args: tuple[Any, ...], output: Tensor) -> None:  # noqa: ARG002
        self._dropped = args[0], output


def last_map(network: nn.Module) -> nn.Linear:
    """The last linear map of a Hugging Face network: to the tokens, or to the classes. ModelError without one."""
    plain = without_adapters(network)
    embeddings = plain.get_output_embeddings()
    if isinstance(embeddings, nn.Linear):
        return embeddings
    behind = _behind(plain)
    maps = [module for module in plain.modules() if isinstance(module, nn.Linear) and module in behind]
    if not maps:
        came = f"{type(plain).__name__} without a head"
        raise ModelError(one_line(came, "one that classifies or continues texts", "load it with its head"))
    return maps[-1]


def without_adapters(network: Any) -> Any:
    """The network inside one of peft's, or itself."""
    return network.get_base_model() if hasattr(network, "get_base_model") else network


def _behind(plain: Any) -> set[nn.Module]:
    """The modules that stand behind the blocks."""
    return set(plain.modules()) - set(getattr(plain, plain.base_model_prefix, plain).modules())
