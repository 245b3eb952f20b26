"""States of a network's own forward passes, gradient and all: what losses on hidden states are made of."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from infoplane._errors import InputError, one_line
from infoplane.models._anatomy import find_anatomy
from infoplane.models._points import Point, See, hook
from infoplane.models._select import Select

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class Watch:
    """The states that `select` names in forwards of `network`, as its layers put them out.

    Steps and tokens of `select` are for the caller to choose, who knows where his prompts end. Raises InputError for
    layers that the network lacks, and for the site "head".
    """

    def __init__(self, network: "PreTrainedModel", select: Select, *, decoder: bool) -> None:
        if select.site == "head":
            raise InputError(one_line(f"{select}", "site residual, attention or mlp", "choose one of these"))
        self.anatomy = find_anatomy(network, decoder=decoder)
        self.points: list[Point] = [(select.site, layer) for layer in select.resolve_layers(len(self.anatomy.blocks))]
        self._seen: dict[Point, Tensor] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Every forward inside is watched."""
        handles = [hook(self.anatomy, point, self._keep(point)) for point in self.points]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def states(self) -> Tensor:
        """Those of the last forward: (rows, tokens, layers, width)."""
        return torch.stack([self._seen[point] for point in self.points], dim=2)

    def _keep(self, point: Point) -> See:
        def see(states: Tensor) -> None:
            self._seen[point] = states

        return see


def select_tokens(states: Tensor, select: Select, content: Tensor, text: Tensor) -> tuple[Tensor, Tensor | None]:
    """Of states (n, t, layers, width) those of the tokens `select` names, (n, places, layers, width); which there are.

    content, text  (n, t) bool: which tokens are meant by "content", and by "all"

    Reduced over tokens there is one place, and None for which there are; the mean over none is 0. Raises InputError for
    other tokens.
    """
    if select.tokens not in ("content", "all"):
        raise InputError(one_line(f"{select} in training", "tokens last, content or all", "use one of these"))
    present = content if select.tokens == "content" else text
    if select.reduce == "none":
        return states, present
    total = (states * present[:, :, None, None]).sum(1, keepdim=True)
    if select.reduce == "mean":
        total = total / present.sum(1).clamp(min=1)[:, None, None, None]
    return total, None
