"""One writer for a run directory: a lock the operating system drops by itself when the process ends."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from infoplane._errors import RunBusyError, one_line
from infoplane.runs._files import writing

LOCK_NAME = ".lock"

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class RunLock:
    """The right to write into `folder`, held from construction to `release` or the end of the process.

    Raises RunBusyError where another writer holds it. On a file system without locks nothing is held or refused.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / LOCK_NAME
        with writing(path):
            self._handle: int | None = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _take(self._handle)
        except (BlockingIOError, PermissionError):
            self.release()
            do = "wait for it to end, close it, or choose another directory"
            raise RunBusyError(one_line(f"run {folder} is being written already", "one writer at a time", do)) from None
        except OSError:
            return

    def release(self) -> None:
        """Let others write; releasing twice is nothing."""
        if self._handle is not None:
            with suppress(OSError):
                os.close(self._handle)
            self._handle = None
