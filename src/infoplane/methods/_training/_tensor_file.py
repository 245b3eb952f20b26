"""One safetensors file of a checkpoint, on the disk when it is written, tied tensors once."""

import errno
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from infoplane._errors import RunError, one_line
from infoplane.runs import sync

Same = dict[str, str]


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> Same:
    """Write `tensors`; of those that are one tensor under several names, every later name with the one it is under.

    Raises OSError where the disk is full or cannot be written.
    """
    kept: dict[str, Tensor] = {}
    first: dict[object, str] = {}
    same: Same = {}
    for name, tensor in tensors.items():
        place = (tensor.data_ptr(), tensor.dtype, tensor.shape, tensor.stride()) if tensor.numel() else name
        if place in first:
            same[name] = first[place]
        else:
            first[place] = name
            kept[name] = _alone(tensor)
    with _as_os_errors():
        save_file(kept, path)
    sync(path)
    return same


def read_tensors(path: Path, same: Same) -> dict[str, Tensor]:
    """What `write_tensors` wrote, on the CPU; RunError where the file cannot be read."""
    try:
        found: dict[str, Tensor] = load_file(path)
    except (OSError, SafetensorError) as error:
        do = f"delete {path.parent}, then the same command continues from the checkpoint before"
        raise RunError(one_line(f"{path} cannot be read ({error})", "a part of a checkpoint", do)) from None
    return found | {name: found[other] for name, other in same.items()}


def _alone(tensor: Tensor) -> Tensor:
    """The tensor on the CPU, contiguous, and with a storage of its own, as safetensors wants it."""
    plain = tensor.detach().cpu().contiguous()
    return plain if plain.untyped_storage().nbytes() == plain.nbytes else plain.clone()


@contextmanager
def _as_os_errors() -> Iterator[None]:
    """Turns an error of safetensors into the one of the operating system that it has in its text."""
    try:
        yield
    except SafetensorError as error:
        number = re.search(r"os error (\d+)", str(error))
        code = int(number[1]) if number else errno.EIO
        raise OSError(code, os.strerror(code)) from None
