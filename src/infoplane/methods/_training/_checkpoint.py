"""Checkpoints: a folder of safetensors and JSON a step, there whole or not at all, so that a killed run continues.

checkpoints/step-00000123/    checkpoint.json: the step, plain values, what the other files are and how long
                              network.safetensors, optimizer.safetensors, ...: one file a part
checkpoints/best-00000082/    the parts to go back to at the end; hard links into the folder of their step

A folder is written under a name that starts with a dot, put on the disk, and renamed; the old ones go after that.
"""

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

from infoplane._errors import RunError, one_line
from infoplane.methods._training._tensor_file import read_tensors, write_tensors
from infoplane.runs import sync, write_atomic, writing

CHECKPOINTS = "checkpoints"
_ABOUT = "checkpoint.json"
_STEP, _BEST = "step", "best"
_KEPT = 2


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that stands whole in `path`; `step` is how many steps of the optimiser it has seen."""

    path: Path
    step: int
    _about: Mapping[str, Any]

    def tensors(self, part: str) -> dict[str, Tensor]:
        """The tensors of `part`, on the CPU; RunError where the file cannot be read or there is no such part."""
        return read_tensors(_file(self.path, part), self._fact("tensors", part)["same_as"])

    def plain(self, part: str) -> Any:
        """The plain value of `part` as it reads back from JSON; RunError where there is none."""
        return self._fact("plain", part)

    def _fact(self, kind: str, part: str) -> Any:
        try:
            return self._about[kind][part]
        except KeyError:
            do = f"delete {self.path.parent} to begin again"
            came = f"{self.path} without {part}"
            raise RunError(one_line(came, "a checkpoint that this version wrote", do)) from None


def save(folder: Path, step: int, parts: Mapping[str, Any], *, best: Iterable[str] = ()) -> None:
    """Write the checkpoint of `step` under `folder`: mappings of tensors, and every other value as JSON.

    best  the parts that are, as of this step, the ones to go back to; none: those kept before stay

    The last two and the best are kept. Raises RunError where the disk is full or not to be written, or a value is not
    plain; what stood there before stays.
    """
    target = folder / f"{_STEP}-{step:08d}"
    with writing(target):
        folder.mkdir(parents=True, exist_ok=True)
        _remove(path for path in folder.iterdir() if path.name.startswith("."))
        with _whole(target) as beside:
            _write(beside, step, parts)
            if chosen := set(best):
                with _whole(folder / f"{_BEST}-{step:08d}") as links:
                    _link(beside, links, chosen)
        _remove([*_named(folder, _STEP)[_KEPT:], *_named(folder, _BEST)[1:]])


def latest(folder: Path) -> Checkpoint | None:
    """The newest checkpoint under `folder` that is whole; None without one."""
    return _newest(folder, _STEP)


def best(folder: Path) -> Checkpoint | None:
    """The checkpoint under `folder` of the best parts; None without one."""
    return _newest(folder, _BEST)


def optimizer_tensors(optimizer: Optimizer) -> dict[str, Tensor]:
    """What the optimiser keeps of every parameter, as "<index>.<name>"; rates and decays are not in it."""
    state: Mapping[int, Mapping[str, Tensor]] = optimizer.state_dict()["state"]
    return {f"{index}.{name}": value for index, kept in state.items() for name, value in kept.items()}


def restore_optimizer(optimizer: Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Put `optimizer_tensors` back; RunError where they are those of other parameters."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, _, name = key.partition(".")
        if int(index) >= len(parameters) or (value.ndim and value.shape != parameters[int(index)].shape):
            do = "delete the checkpoints, or continue with the versions in run.json"
            raise RunError(one_line(f"an optimiser's {key} of shape {tuple(value.shape)}", "the same network", do))
        state.setdefault(int(index), {})[name] = value.clone()  # what was read may be a view of the file
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _newest(folder: Path, kind: str) -> Checkpoint | None:
    found = (_opened(path) for path in _named(folder, kind))
    return next((checkpoint for checkpoint in found if checkpoint is not None), None)


def _opened(path: Path) -> Checkpoint | None:
    """The checkpoint in `path`, or None where a file is not there or not as long as it was written."""
    try:
        about = json.loads((path / _ABOUT).read_text(encoding="utf-8"))
        sizes = {_file(path, part).stat().st_size == fact["bytes"] for part, fact in about["tensors"].items()}
        return Checkpoint(path, int(about["step"]), about) if sizes <= {True} else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _file(folder: Path, part: str) -> Path:
    return folder / f"{part}.safetensors"


def _named(folder: Path, kind: str) -> list[Path]:
    """The checkpoints of a kind, newest first."""
    found = [path for path in folder.glob(f"{kind}-*") if re.fullmatch(rf"{kind}-\d+", path.name)]
    return sorted(found, key=lambda path: int(path.name.partition("-")[2]), reverse=True)


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """An empty folder that becomes `target` when the block ends well, and is removed when it does not."""
    beside = target.with_name(f".{target.name}.new")
    beside.mkdir()
    try:
        yield beside
        if target.exists():
            os.replace(target, target.with_name(f".{target.name}.old"))
        os.replace(beside, target)
        sync(target.parent)
    except BaseException:
        _remove([beside])
        raise


def _write(folder: Path, step: int, parts: Mapping[str, Any]) -> None:
    about: dict[str, Any] = {"step": step, "plain": {}, "tensors": {}}
    for part, value in parts.items():
        if _is_tensors(value):
            same = write_tensors(_file(folder, part), value)
            about["tensors"][part] = {"bytes": _file(folder, part).stat().st_size, "same_as": same}
        if not _is_tensors(value) or not value:  # an empty mapping may be asked for as either
            about["plain"][part] = value
    _write_about(folder, about)


def _is_tensors(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(one, Tensor) for one in value.values())


def _write_about(folder: Path, about: Mapping[str, Any]) -> None:
    try:
        text = json.dumps(about, allow_nan=False, indent=1)
    except (TypeError, ValueError) as error:
        came = f"a checkpoint of step {about['step']} that holds what cannot be kept ({error})"
        do = "leave it out, or find where it comes from"
        raise RunError(one_line(came, "tensors, finite numbers, texts, lists and mappings", do)) from None
    write_atomic(folder / _ABOUT, text + "\n")


def _link(source: Path, target: Path, parts: set[str]) -> None:
    """Give `target` the named parts of the checkpoint in `source`, without a second copy where the disk can do that."""
    about = json.loads((source / _ABOUT).read_text(encoding="utf-8"))
    chosen = {kind: {part: about[kind][part] for part in about[kind] if part in parts} for kind in ("plain", "tensors")}
    for part in chosen["tensors"]:
        try:
            os.link(_file(source, part), _file(target, part))
        except OSError:
            shutil.copyfile(_file(source, part), _file(target, part))
            sync(_file(target, part))
    _write_about(target, {"step": about["step"], **chosen})


def _remove(folders: Iterable[Path]) -> None:
    for folder in list(folders):
        shutil.rmtree(folder, ignore_errors=True)
