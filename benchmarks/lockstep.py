"""A training that can be stopped after any step, so that two of them can be timed in turn, step beside step."""

from collections.abc import Callable
from threading import Semaphore, Thread

import torch


class Enough(Exception):  # noqa: N818
    """The training is left where it is."""


class Walk:
    """A training in a thread of its own that waits after every step.

    train  runs the whole training and calls what it is given after every step
    """

    def __init__(self, train: Callable[[Callable[[], None]], None]) -> None:
        self._train = train
        self._go, self._done = Semaphore(0), Semaphore(0)
        self._leave = False
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, daemon=True)

    def advance(self, steps: int) -> None:
        """Let it take `steps` more steps, alone; the first call begins it, with all that stands before a first step."""
        for _ in range(steps):
            if self._thread.ident is None:
                self._thread.start()
            else:
                self._go.release()
            self._done.acquire()
            if self._error is not None:
                raise self._error

    def leave(self) -> None:
        """End it."""
        self._leave = True
        self._go.release()
        self._thread.join()

    def _run(self) -> None:
        torch.set_num_threads(1)
        try:
            self._train(self._pause)
            raise RuntimeError("the training ended before the comparison")  # noqa: TRY301
        except Enough:
            pass
        except BaseException as error:
            self._error = error
            self._done.release()

    def _pause(self) -> None:
        self._done.release()
        self._go.acquire()
        if self._leave:
            raise Enough
