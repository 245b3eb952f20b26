"""What an objective is: a loss of a batch, with what it needs, keeps and learns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from infoplane._errors import InputError, one_line
from infoplane.objectives._batch import Batch
from infoplane.objectives._soft import widened

if TYPE_CHECKING:
    from infoplane.models import Select

Refresh = Literal["never", "epoch"] | int


@dataclass(frozen=True)
class Directions:
    """A direction for every class at its natural size, `vectors` (layers, C, width), at `layers` of the network."""

    layers: tuple[int, ...]
    vectors: Tensor


@dataclass(frozen=True)
class Facts:
    """What is known before training: of the network, and of the examples it trains on.

    features, width  widths of the features and of the residual stream   blocks  their number L
    vocabulary       tokens, padding included
    class_counts     examples of every class, (C,)
    decoder          whether it reads from left to right: its prompts end where the answer begins
    directions       gives the label's directions in the network before training, made when first called
    """

    features: int
    width: int
    blocks: int
    vocabulary: int
    class_counts: tuple[int, ...]
    decoder: bool = True
    directions: Callable[[], Directions] | None = None
    seed: int = 0


class Objective(nn.Module):
    """A loss in nats: cross-entropy, and what a method adds to it or puts in its place.

    Used three ways: by `infoplane.finetune`; by the Trainer of Hugging Face through `TrainerLoss`; and called with a
    `Batch`, or as the plain function of tensors beside each class. What it keeps (centroids) are buffers, what it
    learns (a decoder) are parameters: both are saved with every checkpoint.

    weight      of what is added, in the objective's own normalisation; negative ones are refused
    parts       the terms of the last loss, detached, by name
    supervised  whether labels are learnt; where they are not, the last epoch is kept and not the one that knows most
    """

    name: ClassVar[str]
    learning_rate: ClassVar[float] = 0.0  # at which what it learns is trained, where the network's is lower
    supervised: bool = True

    def __init__(self, weight: float = 0.0) -> None:
        super().__init__()
        if not 0 <= weight < float("inf"):
            came = f"weight {weight} of {type(self).name}"
            raise InputError(one_line(came, "0 or more", "give a positive number; max-cmi subtracts by itself"))
        self.weight = float(weight)
        self.parts: dict[str, Tensor] = {}

    @property
    def needs(self) -> frozenset[str]:
        """The fields of `Batch` it reads besides logits, labels, targets and owner."""
        return frozenset()

    @property
    def select(self) -> "Select | None":
        """The states it reads; `tokens="last"` are the last token of the prompt and those that emit the answer."""
        return None

    @property
    def meets(self) -> bool:
        """Whether the loss of an example depends on which others are in the batch."""
        return False

    @property
    def refresh(self) -> Refresh:
        """When it wants to be shown the features of all training examples (`see_all`): never, every epoch, or steps."""
        return "never"

    @property
    def drawn(self) -> int:
        """How many examples of every class of a batch it wants to be shown beside it (`see_drawn`)."""
        return 0

    @property
    def fewest(self) -> int:
        """How many examples of a class a whole batch must have, if it has any."""
        return 1

    def prepare(self, facts: Facts) -> None:
        """Make what depends on the network and the examples; called once, before the optimiser is made."""

    def see_all(self, features: Tensor, labels: Tensor) -> None:
        """Be shown the features (N, d), without dropout, of all training examples."""

    def see_drawn(self, features: Tensor, labels: Tensor) -> None:
        """Be shown the features (k, d), without dropout, of examples drawn for the classes of the batch to come."""

    def step(self, reduce: Callable[[Tensor], Tensor] = lambda sums: sums) -> None:
        """Take in the whole batch after a step of the optimiser; `reduce` sums a tensor over all processes."""

    def forward(self, batch: Batch) -> Tensor:
        """The loss of `batch`, a scalar."""
        raise NotImplementedError

    def settings(self) -> dict[str, object]:
        """What run.json says of it: plain values that `make_objective` takes, with the name."""
        return {"name": type(self).name, "weight": self.weight}

    def _cross_entropy(self, batch: Batch) -> Tensor:
        """Mean cross-entropy over the examples of the whole batch; kept among the parts."""
        loss = batch.over_places(cross_entropy(widened(batch.logits), batch.right, reduction="none"))
        self.parts = {"cross_entropy": loss.detach()}
        return loss
