"""Attention over a task space: a state asks which labels' vectors are most like it, and their mix is added to it.

Task-space paper, equations 18-20: O_E = h + v_E, g = softmax_E(h . O_E), h + w sum_E g_E v_E. As printed, the h in O_E
adds the same number h . h to every logit, which softmax takes away, and the logits h . v_E grow with width and norm
until one label takes all. The default compares directions alone, cos(h - mu, v_E) at temperature 0.1 (choice A21).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane.models._changes import Bound, Floats, Rows, float32_field

if TYPE_CHECKING:
    import torch

Scale = Literal["cosine", "paper"]
_TEMPERATURE = 0.1


@dataclass(frozen=True, eq=False)
class Attend:
    """h + w sum_E g_E v_E, where g tells how much the state h itself asks for each label's vector.

    vectors  (labels, layers, width) in activation units, none of them zero
    weight   w, the strength of the mix
    beta     inverse temperature: "cosine" 1 / 0.1 by default, "paper" 1
    centre   (layers, width): the mean state, taken off before the comparison; None: the origin
    scale    "cosine": g = softmax(beta cos(h - centre, v_E)); "paper": g = softmax(beta h . v_E), the literal form

    Source: task-space paper, eq. 18-20; choice A21 of its specification.
    """

    vectors: Floats = field(repr=False)
    weight: float = 1.0
    beta: float | None = None
    centre: Floats | None = field(default=None, repr=False)
    scale: Scale = "cosine"

    def __post_init__(self) -> None:
        vectors = float32_field(self, "vectors", 3)
        if self.scale not in ("cosine", "paper"):
            raise InputError(one_line(f"scale {self.scale!r}", "cosine or paper", "use one of these"))
        if self.centre is not None and float32_field(self, "centre", 2).shape != self.shape:
            raise InputError(one_line(f"a centre {self.centre.shape}", f"{self.shape}", "pass (layers, width)"))
        if self.scale == "paper" and self.centre is not None:
            raise InputError(one_line("a centre with scale paper", "none, as h itself is compared", "leave it out"))
        if not np.isfinite(self.weight) or not 0 <= self._beta < np.inf:
            came = f"weight {self.weight}, beta {self.beta}"
            raise InputError(one_line(came, "finite numbers, beta from 0", "choose for example beta=10"))
        if not np.linalg.norm(vectors, axis=2).all():
            raise InputError(one_line("a zero vector to attend to", "directions", "choose other layers"))

    @property
    def _beta(self) -> float:
        return (1 / _TEMPERATURE if self.scale == "cosine" else 1.0) if self.beta is None else self.beta

    @property
    def rows(self) -> None:
        """All rows are changed by the same rule."""

    @property
    def shape(self) -> tuple[int, int]:
        """Layers and width."""
        return self.vectors.shape[1], self.vectors.shape[2]

    def take(self, rows: Rows) -> "Attend":  # noqa: ARG002 - the shape of every change
        """Itself: it tells no rows apart."""
        return self

    def bind(self, rows: Sequence[int], device: "torch.device") -> Bound:  # noqa: ARG002
        """Vectors and what states are compared with on the device."""
        import torch

        vectors = torch.as_tensor(self.vectors.swapaxes(0, 1).copy(), device=device)

        def bound(states: torch.Tensor, layer: int, of: torch.Tensor | None) -> torch.Tensor:  # noqa: ARG001
            return states + self.weight * (self.attention(states, layer) @ vectors[layer])

        return bound

    def attention(self, states: "torch.Tensor", layer: int) -> "torch.Tensor":
        """The attention g (m, labels) of `states` (m, width) of the `layer`-th layer; rows sum to 1."""
        import torch

        vectors = torch.as_tensor(self.vectors[:, layer], device=states.device)
        if self.scale == "cosine":
            centre = 0.0 if self.centre is None else torch.as_tensor(self.centre[layer], device=states.device)
            states = torch.nn.functional.normalize(states - centre, dim=-1)
            vectors = torch.nn.functional.normalize(vectors, dim=-1)
        return (self._beta * states @ vectors.T).softmax(-1)


@dataclass(frozen=True, eq=False)
class Watched:
    """An `Attend` in a plan that notes what it gives each of `count` prompts at the last token it changes of them.

    attention  (count, layers, labels) float32, filled while the plan is at work; zeros where it never was
    """

    attend: Attend
    count: int
    attention: NDArray[np.float32] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        labels, layers, _ = self.attend.vectors.shape
        object.__setattr__(self, "attention", np.zeros((self.count, layers, labels), np.float32))

    @property
    def rows(self) -> int:
        """One row of attention a prompt."""
        return self.count

    @property
    def shape(self) -> tuple[int, int]:
        """Layers and width."""
        return self.attend.shape

    def take(self, rows: Rows) -> "Watched":
        """Another, of these rows alone."""
        return Watched(self.attend, len(rows))

    def bind(self, rows: Sequence[int], device: "torch.device") -> Bound:
        """The attention's own change, which is looked at on the way."""
        change, numbers = self.attend.bind(rows, device), np.asarray(rows)

        def bound(states: "torch.Tensor", layer: int, of: "torch.Tensor | None") -> "torch.Tensor":
            where = numbers if of is None else numbers[of.cpu().numpy()]
            self.attention[where, layer] = self.attend.attention(states, layer).cpu().numpy()
            return change(states, layer, of)

        return bound


def attention_entropy(attention: NDArray[np.float32]) -> NDArray[np.float64]:
    """Entropy in nats of g over its last axis: 0 where one label takes all, log K where all are alike."""
    g = np.asarray(attention, np.float64)
    return np.asarray(-(g * np.log(np.where(g > 0, g, 1.0))).sum(-1))
