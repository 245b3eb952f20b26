"""Small networks run on one thread: on a busy machine waiting threads cost far more than they bring."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_inside: list[int] = []


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use a single thread inside, so that the last bits do not depend on the machine's cores either.

    The setting is one for the whole process: the first to come in makes it and the last to leave takes it back.
    """
    import torch

    with _lock:
        _inside.append(_inside[0] if _inside else torch.get_num_threads())
        torch.set_num_threads(1)
    try:
        yield
    finally:
        with _lock:
            threads = _inside.pop()
            if not _inside:
                torch.set_num_threads(threads)
