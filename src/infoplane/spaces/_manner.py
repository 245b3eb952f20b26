"""How states are steered, apart from labels and strength: what a dose is calibrated for."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from infoplane._errors import InputError, one_line
from infoplane.models import Select

if TYPE_CHECKING:
    from infoplane.spaces._space import TaskSpace

Operation = Literal["add", "subtract", "erase", "replace"]
Clause = str | int | Iterable[int | str]


@dataclass(frozen=True, slots=True)
class Manner:
    """A band of layers steered at `tokens` and `steps` (as `Select` writes them) by `operation`."""

    layers: tuple[int, ...]
    tokens: str
    operation: Operation
    keep_norm: bool
    steps: str = "all"

    def __str__(self) -> str:
        steps = f" steps={self.steps}" if self.steps != "all" else ""
        kept = " keep_norm=True" if self.keep_norm else ""
        return f"layers={self.select().layers} tokens={self.tokens}{steps} operation={self.operation}{kept}"

    def select(self) -> Select:
        """Where it steers."""
        return Select(layers=self.layers, tokens=self.tokens, steps=self.steps)


def manner(
    space: "TaskSpace",
    layers: Clause | None = None,
    tokens: Clause = "last",
    operation: Operation = "add",
    keep_norm: bool = False,
    steps: Clause = "all",
) -> Manner:
    """Checked: InputError for a layer the space has not, tokens or steps that cannot be read, an unknown operation."""
    if operation not in get_args(Operation):
        known = ", ".join(get_args(Operation))
        raise InputError(one_line(f"operation {operation!r}", f"one of {known}", "use one of these"))
    where = Select(tokens=tokens, steps=steps)
    return Manner(band(space, layers), str(where.tokens), operation, keep_norm, str(where.steps))


def band(space: "TaskSpace", layers: Clause | None = None) -> tuple[int, ...]:
    """The layers meant by `layers`; None: the middle third of the blocks (A18).

    Raises InputError for a layer that the space has not: layer 0 has no direction, and "final" is no layer of a space.
    """
    blocks = space.layers[-1]
    if layers is None:
        first = -(-blocks // 3)
        return tuple(range(first, max(first, 2 * blocks // 3) + 1))
    if layers == "all":
        return space.layers
    chosen = Select(layers=layers).resolve_layers(blocks)
    for layer in chosen:
        if layer not in space.layers:
            came, have = f"layer {layer} of a task space", f"layers {space.layers[0]} to {space.layers[-1]}"
            raise InputError(one_line(came, have, "choose among them"))
    return tuple(layer for layer in chosen if layer != "final")
