"""Writing that leaves a file whole or not at all, and the errors a disk can give said in one line."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infoplane._errors import RunError, one_line

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns what the operating system says while `path` is written into a RunError that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            do = "free space, then the same command continues"
        else:
            do = "choose another directory or change its permissions"
        came = f"{path} cannot be written ({error.strerror})"
        raise RunError(one_line(came, "a folder with space and the right to write", do)) from None


def write_atomic(path: Path, data: bytes | str) -> None:
    """Write `path` by way of a file beside it, so that a reader finds the old content or the new, never a part.

    Text is UTF-8. The content is on the disk when this returns. Raises RunError where it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with writing(path):
        try:
            with beside.open("wb") as file:
                file.write(data.encode() if isinstance(data, str) else data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
            sync(path.parent)
        finally:
            beside.unlink(missing_ok=True)


def is_leftover(path: Path) -> bool:
    """Whether `path` is the unfinished file of a `write_atomic` that was killed."""
    return path.name.startswith(".") and path.suffix == ".tmp"


def sync(path: Path) -> None:
    """Put a file, or the names in a folder, on the disk, where the system can do that."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
