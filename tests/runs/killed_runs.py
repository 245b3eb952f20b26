"""A small run and ways to kill the process that writes it; imported by the tests and by the processes they start."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from infoplane.estimators import Estimate
from infoplane.runs import Run

CONFIG = {"model": "m", "seed": 0, "layers": [0, 1, 2]}
NAMES = ("measure.last", "measure.content")
CHUNKS, SIZE = 4, 3


def row(layer: int, quantity: str = "label_information", value: float = 0.5, **where: Any) -> dict[str, Any]:
    """One row of a ledger."""
    estimate = Estimate(value=value, low=value - 0.1, high=value + 0.1, n=10, estimator="made up")
    return {"measure": "plane", "quantity": quantity, "layer": layer, **where, **estimate.as_dict()}


def states(name: str, rows: np.ndarray) -> np.ndarray:
    """What stands in the store at `rows`: always the same, (rows, 3, 2)."""
    return (rows[:, None, None] * 10 + np.arange(6).reshape(3, 2) + len(name)).astype(np.float32)


def work(out: str | Path) -> None:
    """Write the whole run, leaving out what stands there already, in the order a measure does."""
    with Run.open(out, CONFIG) as run:
        for start in range(0, CHUNKS * SIZE, SIZE):
            rows = np.arange(start, start + SIZE)
            for name in NAMES:
                run.states.write(name, rows, states(name, rows))
        for layer in range(5):
            quantities = ("label_information", "input_information", "probe_accuracy")
            if not run.ledger.has(layer=layer, quantity=quantities[-1]):
                run.ledger.append([row(layer, quantity) for quantity in quantities])
        run.note(seconds=1.5)
        run.finish()


def die_at(name: str, count: int, *, before: bool = True, torn: bool = False) -> None:
    """Kill this process, as a power cut would, at call `count` of os.`name`; `torn` lets half a write through."""
    real: Callable[..., Any] = getattr(os, name)
    calls = 0

    def counted(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == count and torn:
            real(arguments[0], arguments[1][: len(arguments[1]) // 2])
        result = None if calls == count and (before or torn) else real(*arguments)
        if calls == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(os, name, counted)


def die_everywhere(out: str | Path, moments: list[list[Any]]) -> list[int]:
    """The run killed at every one of `moments`, in a directory each: the signals that ended them."""
    ends = []
    for number, (name, count, before, torn) in enumerate(moments):
        process = os.fork()
        if process == 0:
            die_at(name, count, before=before, torn=torn)
            work(Path(out) / str(number))
            os._exit(0)
        ends.append(os.WTERMSIG(os.waitpid(process, 0)[1]))
    return ends
