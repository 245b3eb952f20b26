"""The worker processes of one command; those of other commands and machines come to the same study by themselves."""

import multiprocessing
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infoplane._errors import InfoplaneError, InputError, one_line
from infoplane.methods._setting import silent
from infoplane.methods._sweep._storage import Storage
from infoplane.methods._sweep._work import Plan, Train, work

_BAD_INPUT, _INTERRUPTED = 2, 130


def check_workers(workers: int) -> None:
    """InputError for less than one."""
    if workers < 1:
        raise InputError(one_line(f"{workers} workers", "at least 1", "ask for more"))


@contextmanager
def helped(plan: Plan, address: str | Path, train: Train, workers: int) -> Iterator[None]:
    """With `workers` - 1 more processes at work beside this one, each with its share of the cores.

    They end by themselves when all trainings are settled, and are ended where this process is stopped.
    """
    import torch

    context, before = multiprocessing.get_context("spawn"), torch.get_num_threads()
    threads = max(1, before // workers)
    torch.set_num_threads(threads)
    others = [context.Process(target=_serve, args=(plan, address, train, threads)) for _ in range(workers - 1)]
    for process in others:
        process.start()
    try:
        yield
    except BaseException:
        for process in others:
            process.terminate()
        raise
    finally:
        torch.set_num_threads(before)
        for process in others:
            process.join()


def _serve(plan: Plan, address: str | Path, train: Train, threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
    try:
        work(plan, Storage(address, silent), train, silent)
    except InfoplaneError as error:
        print(f"infoplane: a worker ended: {error}", file=sys.stderr)
        sys.exit(_BAD_INPUT)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
