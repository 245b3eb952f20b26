"""What is edited and where: a direction's kind and operation, at a step or several, of a layer or several."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from infoplane.models import Select


@dataclass(frozen=True, slots=True)
class Edit:
    """The direction of the gold label (`oracle`), a random one of its size, or another label's, and what it is for."""

    kind: Literal["oracle", "random", "other"]
    operation: Literal["add", "subtract", "erase"]

    @property
    def method(self) -> str:
        """Its name in the ledger."""
        return f"{self.kind} {self.operation}"


_WHOLE = tuple(
    Edit(kind, operation) for operation in ("add", "subtract", "erase") for kind in ("oracle", "random", "other")
)
_CELL = tuple(Edit(kind, operation) for operation in ("add", "erase") for kind in ("oracle", "random"))


@dataclass(frozen=True, slots=True)
class Place:
    """Layers and steps, both as `Select` writes them; a `cell` is one of the step x layer map."""

    layers: str
    steps: str
    cell: bool = False

    @property
    def prompt(self) -> bool:
        """Whether the content of the prompt is edited."""
        return self.steps == "0"

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What is done here; in a cell only what is needed to see whether its layer and step matter."""
        return _CELL if self.cell else _WHOLE

    @property
    def where(self) -> dict[str, Any]:
        """Coordinates in the ledger: a single layer or step as such, a range under `role`, two ranges both there."""
        layer, step = self.layers.isdigit(), self.steps.isdigit()
        both = f"layers={self.layers} steps={self.steps}"
        role = {(True, True): None, (True, False): self.steps, (False, True): self.layers}.get((layer, step), both)
        return {"layer": int(self.layers) if layer else None, "step": int(self.steps) if step else None, "role": role}


def places(layers: tuple[int, ...], middle: tuple[int, ...], last_step: int) -> list[Place]:
    """All answering steps at the `middle` band, then every step there, every other band, every step at every layer."""
    answering = str(Select(steps=range(1, last_step + 1)).steps)
    steps = dict.fromkeys([answering, *map(str, range(last_step + 1))])
    before = [layer for layer in layers if layer < middle[0]]
    after = [layer for layer in layers if layer > middle[-1]]
    bands = dict.fromkeys(_written(picks) for picks in (middle, before, after, layers) if picks)
    whole = dict.fromkeys([(_written(middle), step) for step in steps] + [(layer, answering) for layer in bands])
    cells = [(str(layer), str(step)) for step in range(last_step + 1) for layer in layers]
    return [Place(*one) for one in whole] + [Place(*one, cell=True) for one in cells if one not in whole]


def _written(layers: Sequence[int]) -> str:
    return str(Select(layers=layers).layers)
