"""Recoverability: a text's state is trained to tell the tokens of the text."""

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor

from infoplane._errors import InputError, one_line
from infoplane.models import Select
from infoplane.objectives._batch import Batch
from infoplane.objectives._checks import given
from infoplane.objectives._objective import Facts, Objective
from infoplane.objectives._soft import widened
from infoplane.objectives._token_decoder import TokenDecoder


def relative_drift(states: Tensor, reference: Tensor) -> Tensor:
    """|E - E_ref|^2 / |E_ref|^2 of every text (n,): states, reference (n, width)."""
    smallest = torch.finfo(reference.dtype).tiny
    return (states - reference).square().sum(-1) / reference.square().sum(-1).clamp(min=smallest)


class Recoverability(Objective):
    """L = CE + weight * ( E_j[-log q(t_j | E, j)] + drift |E - E_ref|^2 / |E_ref|^2 ), E the mean state of the content.

    H(T) less the first term bounds I(T;E) from below on held-out texts (Barber and Agakov), q a linear decoder that is
    learnt along. Source: after the recoverability paper, arXiv 2505.23790; choices C4 and C9. With CE that of a
    language model, a `weight` of 2 is its share beta = 0.5.

    layer       whose state it is, as in `Select`; -1 the last block's
    drift       mu: how strongly states are held near those before training
    warm        first steps, in which the decoder learns from the states before training and they do not move
    slots       content tokens asked for, the first of each text
    supervised  False: without CE, from the texts alone
    learning_rate  the decoder's, where the network's is lower (choice C4)

    Raises InputError for a share, a count or a layer that cannot be, and for nothing to train on.
    """

    name: ClassVar[str] = "recoverability"
    learning_rate: ClassVar[float] = 1e-3
    taken: Tensor

    def __init__(
        self,
        weight: float = 1.0,
        *,
        layer: int | str = -1,
        drift: float = 0.1,
        warm: int = 100,
        slots: int = 32,
        supervised: bool = True,
    ) -> None:
        super().__init__(weight)
        _check(drift, warm, slots)
        if not (weight or supervised):
            raise InputError(one_line("recoverability of weight 0, not supervised", "a loss", "give it a weight"))
        self.layer = str(Select(layers=layer).layers)
        self.drift, self.warm, self.slots, self.supervised = float(drift), warm, slots, supervised
        self._warmed = False

    @property
    def needs(self) -> frozenset[str]:
        """States with the tokens they are to tell, and the states before training."""
        if not self.weight:
            return frozenset()
        return frozenset({"states", "tokens", "reference"} if self.drift or self.warm else {"states", "tokens"})

    @property
    def select(self) -> Select | None:
        """The mean state of the content."""
        return Select(layers=self.layer, tokens="content", reduce="mean") if self.weight else None

    def prepare(self, facts: Facts) -> None:
        """Make the decoder; InputError unless one layer is named."""
        if not self.weight:
            return
        layers = Select(layers=self.layer).resolve_layers(facts.blocks)
        if len(layers) != 1:
            raise InputError(one_line(f"recoverability of layers {self.layer}", "one layer", "name one"))
        self.decoder = TokenDecoder(facts.width, facts.vocabulary, self.slots, facts.seed)
        self.register_buffer("taken", torch.zeros((), dtype=torch.int64))

    def forward(self, batch: Batch) -> Tensor:
        """The loss of `batch`; the decoder alone learns from it in the first steps."""
        loss = self._cross_entropy(batch)
        if not self.weight:
            return loss
        states = _only(batch, "reference" if self._is_warming() else "states")
        tokens, content = given(batch, "tokens", self.name), given(batch, "content", self.name)
        added = self.decoder.loss(states, tokens, content) / batch.whole
        self.parts["recovery"] = added.detach()
        if self.drift:
            drift = batch.over_examples(relative_drift(states, _only(batch, "reference")))
            self.parts["drift"] = drift.detach()
            added = added + self.drift * drift
        return loss + self.weight * added if self.supervised else self.weight * added

    @torch.no_grad()
    def step(self, reduce: Callable[[Tensor], Tensor] = lambda sums: sums) -> None:  # noqa: ARG002
        """Count the steps taken."""
        if self.weight:
            self.taken += 1

    def settings(self) -> dict[str, object]:
        """What run.json says of it."""
        own = ("layer", "drift", "warm", "slots", "supervised")
        return super().settings() | {name: getattr(self, name) for name in own}

    def _is_warming(self) -> bool:
        """Whether states stay what they were; looks at the count no more than it has to, since devices wait for it."""
        if not self.training or self._warmed:
            return False
        self._warmed = bool(self.taken >= self.warm)
        return not self._warmed


def _only(batch: Batch, field: str) -> Tensor:
    """The one state (n, width) of every text, at least in float32."""
    return widened(given(batch, field, Recoverability.name)[:, 0, 0])


def _check(drift: float, warm: int, slots: int) -> None:
    if not 0 <= drift < float("inf"):
        raise InputError(one_line(f"drift {drift} of recoverability", "0 or more", "leave it out for 0.1"))
    if warm < 0:
        raise InputError(one_line(f"warm {warm} of recoverability", "0 steps or more", "leave it out for 100"))
    if slots < 1:
        raise InputError(one_line(f"slots {slots} of recoverability", "1 or more", "leave it out for 32"))
