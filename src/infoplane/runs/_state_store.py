"""Arrays of a run by name, kept row by row as they are computed and read back layer by layer.

Every write is a file of its own that appears whole or not at all, so a process killed at any moment loses at most the
rows it was writing. Nothing here needs the model or torch.
"""

import re
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, RunError, one_line
from infoplane.runs._files import is_leftover, writing
from infoplane.runs._shard import SUFFIX, Array, Rows, Shard

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


class StateStore:
    """The arrays under `path`, a folder a name; `discarded` files were damaged and count as not done.

    `dtype` is how states, which are float32, are kept: float16 takes half the disk, keeps three digits and is read as
    float32. Everything else is kept as it comes. `read_only` leaves all files as they are. What is torn is found when
    the store is opened, from the size that the header of each file promises.
    """

    def __init__(
        self, path: str | Path, *, dtype: Literal["float32", "float16"] = "float32", read_only: bool = False
    ) -> None:
        self.path = Path(path)
        self.read_only = read_only
        self.discarded = 0
        self._dtype = dtype
        self._shards: dict[str, list[Shard]] = {}
        self._kept: dict[str, set[int]] = {}
        for folder in sorted(self.path.iterdir()) if self.path.is_dir() else ():
            if folder.is_dir():
                self._open_folder(folder)

    def names(self) -> list[str]:
        """The names that have rows, sorted."""
        return sorted(name for name, shards in self._shards.items() if shards)

    def done(self, name: str, /) -> Rows:
        """The rows of `name` that are kept, sorted."""
        return np.array(sorted(self._kept.get(name, ())), np.int64)

    def write(self, name: str, rows: NDArray[np.integer[Any]], array: Array, /) -> None:
        """Keep `array` (rows, ...) as the given rows of `name`; rows that are kept already are ignored.

        Raises InputError where rows and array do not fit each other or what is kept, RunError where the store cannot
        be written.
        """
        rows, array = self._checked(name, np.asarray(rows, np.int64), np.asarray(array))
        kept = self._kept.setdefault(name, set())
        new = np.array([row not in kept for row in rows.tolist()], bool)
        if not new.any():
            return
        folder = self.path / name
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        shards = self._shards.setdefault(name, [])
        number = int(shards[-1].path.stem) + 1 if shards else 0
        shards.append(Shard.write(folder / f"{number:08d}{SUFFIX}", rows[new], self._narrowed(name, array[new])))
        kept.update(rows[new].tolist())

    def load(self, name: str, layer_index: int | None = None, /) -> Array:
        """All rows of `name` in the order of their ids, of one index of the second axis or of all.

        Only what is asked for is read, file by file. Raises RunError for a name without rows, InputError for a layer
        there is not.
        """
        shards = self._shards.get(name)
        if not shards:
            came = f"no states {name!r} in {self.path}"
            raise RunError(one_line(came, f"one of {', '.join(self.names()) or 'none'}", "read them first"))
        layers = shards[0].shape[0] if shards[0].shape else 0
        if layer_index is not None and not 0 <= layer_index < layers:
            came = f"layer index {layer_index} of states {name!r}"
            raise InputError(one_line(came, f"0 to {layers - 1}", "read that layer too"))
        return self._gathered(name, shards, layer_index)

    def _gathered(self, name: str, shards: list[Shard], layer_index: int | None) -> Array:
        ids = self.done(name)
        first = shards[0].read(layer_index)
        out = np.empty((len(ids), *first.shape[1:]), np.float32 if first.dtype == np.float16 else first.dtype)
        for shard in shards:
            out[np.searchsorted(ids, shard.rows)] = shard.read(layer_index)
        return out

    def _checked(self, name: str, rows: Rows, array: Array) -> tuple[Rows, Array]:
        if self.read_only:
            do = "open the run with its configuration to continue it"
            raise RunError(one_line(f"states {self.path} opened for reading", "a store that may be written", do))
        if not _NAME.fullmatch(name):
            came = f"name of states {name!r}"
            raise InputError(one_line(came, "letters, digits, '.', '_' and '-'", "choose another name"))
        if rows.ndim != 1 or array.ndim < 1 or len(rows) != len(array) or len(np.unique(rows)) != len(rows):
            came = f"rows {rows.shape} and array {array.shape} of states {name!r}"
            raise InputError(one_line(came, "distinct row ids (n,) and an array (n, ...)", "give one id a row"))
        kept = self._shards.get(name)
        if kept and kept[0].shape != array.shape[1:]:
            came = f"array {array.shape} of states {name!r}"
            raise InputError(one_line(came, f"(n, {str(kept[0].shape)[1:]}", "use another name or another run"))
        return rows, array

    def _narrowed(self, name: str, array: Array) -> Array:
        if self._dtype == "float32" or array.dtype != np.float32:
            return array
        with np.errstate(over="ignore"):
            narrow = array.astype(np.float16)
        if np.isinf(narrow).any() and np.isfinite(array).all():
            came = f"states {name!r} up to {np.abs(array).max():.3g}"
            raise RunError(one_line(came, "at most 65504 in float16", "keep them in float32"))
        return narrow

    def _open_folder(self, folder: Path) -> None:
        """Take in the shards of one name; leftovers of a kill and damaged files are deleted where that is allowed."""
        good: list[Shard] = []
        for path in sorted(folder.iterdir()):
            shard = Shard.open(path) if path.suffix == SUFFIX else None
            if shard is not None:
                good.append(shard)
            elif is_leftover(path) or path.suffix == SUFFIX:
                self.discarded += path.suffix == SUFFIX
                if not self.read_only:
                    with writing(path):
                        path.unlink()
        self._shards[folder.name] = good
        self._kept[folder.name] = {row for shard in good for row in shard.rows.tolist()}
