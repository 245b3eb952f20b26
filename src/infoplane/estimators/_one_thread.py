"""Small networks run on one thread: on a busy machine waiting threads cost far more than they bring."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use a single thread inside, so that the last bits do not depend on the machine's cores either."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
