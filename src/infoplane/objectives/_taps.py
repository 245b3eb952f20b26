"""What the forward passes of a Hugging Face network leave behind for an objective: inputs, features, states."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

if TYPE_CHECKING:
    from infoplane.models import Select

CLASSES = "classes"
_INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids")


class Taps:
    """Hooks on `network` that keep, of its last forward, what it was given and what its last linear map reads, before
    dropout.

    select  the states to keep too, gradient and all

    A column `classes` of the inputs is kept and does not reach the network. Raises ModelError for a network without a
    linear map behind its blocks.
    """

    def __init__(self, network: nn.Module, select: "Select | None") -> None:
        from infoplane.models import HeadInput, Watch, without_adapters

        self.network, self._hooks = network, ExitStack()
        self.plain, self._head = without_adapters(network), HeadInput(network)
        self.last, self.decoder = self._head.last, reads_forward(network)
        self.given: dict[str, Tensor] = {}
        self._hooks.enter_context(self._head.reading())
        self._hooks.callback(network.register_forward_pre_hook(self._enter, with_kwargs=True).remove)
        self._watch = None if select is None else Watch(self.plain, select, decoder=self.decoder)
        if self._watch is not None:
            self._hooks.enter_context(self._watch.watching())

    @property
    def features(self) -> Tensor:
        """What the last linear map read in the last forward."""
        return self._head.features

    def states(self) -> Tensor | None:
        """States (n, t, layers, width) of the last forward; None where none are selected."""
        return None if self._watch is None else self._watch.states()

    def remove(self) -> None:
        """Take the hooks off."""
        self._hooks.close()

    def _enter(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:  # noqa: ARG002
        self.given = {name: value for name, value in kwargs.items() if isinstance(value, Tensor)}
        return args, {name: value for name, value in kwargs.items() if name != CLASSES}


def run_again(network: nn.Module, given: Mapping[str, Tensor]) -> Any:
    """The output of another forward of `network` over inputs that some network was `given`."""
    return network(**{name: value for name, value in given.items() if name in _INPUTS})


def logits_of(outputs: Any) -> Tensor:
    """The logits among the outputs of a forward that was not given labels."""
    logits: Tensor = outputs["logits"] if isinstance(outputs, dict) else outputs[0]
    return logits


def reads_forward(network: nn.Module) -> bool:
    """Whether tokens see only those before them, as the attention of its blocks says."""
    return any(getattr(module, "is_causal", False) for module in network.modules())
