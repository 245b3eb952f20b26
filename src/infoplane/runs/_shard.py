"""One file of a state store: the ids of its rows and their array, in safetensors."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from infoplane._errors import RunError, one_line
from infoplane.runs._files import write_atomic

Array = NDArray[Any]
Rows = NDArray[np.int64]

SUFFIX = ".safetensors"
_ROWS, _ARRAY = "rows", "array"


@dataclass(frozen=True, eq=False)
class Shard:
    """A file with `rows` (n,) and an array (n, *shape) that is read only when it is asked for."""

    path: Path
    rows: Rows
    shape: tuple[int, ...]

    @classmethod
    def write(cls, path: Path, rows: Rows, array: Array) -> Self:
        """Write the file whole or not at all; RunError where it cannot be written."""
        write_atomic(path, save({_ROWS: rows, _ARRAY: np.ascontiguousarray(array)}))
        return cls(path, rows, array.shape[1:])

    @classmethod
    def open(cls, path: Path) -> Self | None:
        """The shard in `path`, or None where the file is truncated or no shard; its array is not read."""
        try:
            with safe_open(path, framework="np") as file:
                rows = np.asarray(file.get_tensor(_ROWS), np.int64)
                size, *shape = file.get_slice(_ARRAY).get_shape()
        except (SafetensorError, ValueError):
            return None
        except OSError as error:
            came = f"{path} cannot be read ({error})"
            raise RunError(
                one_line(came, "a file that can be read", "change its permissions, then try again")
            ) from None
        return cls(path, rows, tuple(shape)) if rows.shape == (size,) else None

    def read(self, layer_index: int | None) -> Array:
        """The array, or the part of it at `layer_index` of its second axis, alone."""
        with safe_open(self.path, framework="np") as file:
            part: Array = file.get_slice(_ARRAY)[:, layer_index] if layer_index is not None else file.get_tensor(_ARRAY)
        return part
