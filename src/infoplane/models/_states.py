"""States that were read: in memory, or left in a run's store and looked at layer by layer, without the model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane.models._select import Layer

FloatArray = NDArray[np.float32]
Rows = NDArray[np.int64]


class Store(Protocol):
    """What reading asks of a store: arrays by name, written in rows and asked for by layer."""

    def write(self, name: str, rows: Rows, array: NDArray[Any], /) -> None:
        """Keep `array` as the given rows of `name`."""

    def done(self, name: str, /) -> Rows:
        """The rows of `name` that are kept."""

    def load(self, name: str, layer_index: int | None = None, /) -> NDArray[Any]:
        """All rows of `name` in order, of one layer or of all."""


@dataclass(frozen=True)
class States:
    """States (n, layers, width) of `layers`, or (n, layers, heads, head width) for site "head".

    `offsets`: None where every prompt has one state. Else the states of all selected tokens stand one below the other
    and those of prompt i are rows offsets[i]:offsets[i + 1]. `truncated`: prompts whose content was cut to the context.
    """

    layers: tuple[Layer, ...]
    load: Callable[[int | None], FloatArray] = field(repr=False)
    offsets: Rows | None = None
    truncated: int = 0

    @property
    def array(self) -> FloatArray:
        """All layers at once."""
        return self.load(None)

    def layer(self, layer: Layer) -> FloatArray:
        """(n, width) of one layer. Raises InputError for one that was not read."""
        if layer not in self.layers:
            raise InputError(one_line(f"layer {layer}", f"one of {self.layers}", "read that layer too"))
        return self.load(self.layers.index(layer))

    def __len__(self) -> int:
        return len(self.load(0))


@dataclass
class Sink:
    """Where the rows of one selection go while they are read: an array of `total` rows, or a store."""

    total: int
    store: Store | None = None
    name: str = ""
    dtype: type[np.generic] = np.float32
    kept: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        self._there = np.zeros(self.total, bool)
        if self.store is not None:
            done = self.store.done(self.name)
            if len(done) and done.max() >= self.total:
                came = f"{self.name!r} is kept for row {done.max()}"
                raise InputError(one_line(came, f"at most {self.total} rows", "use another key or another run"))
            self._there[done] = True

    def has(self, rows: Rows) -> bool:
        """Whether all `rows` are kept already."""
        return bool(self._there[rows].all())

    def write(self, rows: Rows, states: NDArray[Any]) -> None:
        """Keep the states (rows, ...) of `rows` that are not there yet; rows never written are nan in memory."""
        new = ~self._there[rows]
        if self.store is None:
            if self.kept is None:
                nothing = np.nan if np.issubdtype(self.dtype, np.floating) else -1
                self.kept = np.full((self.total, *states.shape[1:]), nothing, self.dtype)
            self.kept[rows] = states
        elif new.any():
            self.store.write(self.name, rows[new], states[new])
        self._there[rows] = True

    def load(self, at: int | None) -> NDArray[Any]:
        """What was written, of one layer or of all."""
        if self.store is None:
            kept = np.empty((0, 1), np.float32) if self.kept is None else self.kept
            return kept if at is None else kept[:, at]
        return self.store.load(self.name) if at is None else self.store.load(self.name, at)


def ragged_rows(offsets: Rows, prompts: Sequence[int] | Rows) -> Rows:
    """The rows of `prompts` in an array where prompt i has rows offsets[i]:offsets[i + 1]."""
    return np.concatenate([np.arange(offsets[row], offsets[row + 1]) for row in prompts])
