"""Answers under every method, timed side by side: retrieval, prompt and answer apart.

An answer is generated greedily, except where a method adds something to the labels' scores, which only scoring sees:
its answer is the label with the highest score, its prefill the scoring of all labels, and no token is said.

Methods take turns on the same few items in one process, in a random order, after a warm-up, so that whatever else the
machine does, and what a method leaves in its caches, falls on all of them alike.
"""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane.measures import read_answer, steps_needed
from infoplane.methods._method import Choices, Method
from infoplane.methods._scoring import asked, stored

if TYPE_CHECKING:
    from infoplane.methods._setting import Setting
    from infoplane.runs import StateStore
    from infoplane.tasks import Split

# What is kept of every answer; seconds are an item's share of its turn.
COSTS = ("retrieval_seconds", "prefill_seconds", "decode_seconds", "prefill_tokens", "decode_tokens", "said")
TURN = 16
_TURNS = 8
_WARM = 4

Floats = NDArray[np.float64]


def answer_items(
    setting: "Setting",
    methods: Sequence[Method],
    queries: "Split",
    choices: Mapping[str, Choices],
    store: "StateStore",
) -> dict[str, Floats]:
    """By method, `COSTS` of its answers to `some_of` the `queries`, (n, 6): `said` is the label named, or -1.

    Turns that stand in `store` are not taken again.
    """
    queries = some_of(queries)
    turns = range(0, len(queries), TURN)
    missing = [start for start in turns if any(not _done(store, method, start) for method in methods)]
    if missing:
        for method in methods:
            warm_up(setting, method, queries, choices[method.name])
    for turn, start in enumerate(missing):
        order = np.random.default_rng([setting.seed, start]).permutation(len(methods))
        rows = np.arange(start, min(start + TURN, len(queries)))
        for method in (methods[at] for at in order):
            if not _done(store, method, start):
                found = take_turn(setting, method, queries.take(rows), choices[method.name])
                store.write(_name(method), rows, found)
        setting.told("answering", len(turns) - len(missing) + turn + 1, len(turns))
    return {method.name: store.load(_name(method)) for method in methods}


def some_of(queries: "Split") -> "Split":
    """The items that are answered: at most `_TURNS` turns of them, spread over all."""
    rows = np.linspace(0, len(queries) - 1, min(len(queries), TURN * _TURNS))
    return queries.take(np.unique(rows.round()))


def warm_up(setting: "Setting", method: Method, queries: "Split", choices: Choices) -> None:
    """A short turn that nobody times."""
    take_turn(setting, method, queries.take(range(min(_WARM, len(queries)))), choices)


def _name(method: Method) -> str:
    return f"{stored(method)}.answers"


def _done(store: "StateStore", method: Method, row: int) -> bool:
    return row in store.done(_name(method))


def take_turn(setting: "Setting", method: Method, queries: "Split", choices: Choices) -> Floats:
    """`COSTS` of one turn of a method, (n, 6); a method with prompts and an offset is scored, not generated."""
    start = time.perf_counter()
    ask = asked(setting, method, queries, choices)
    retrieved = time.perf_counter() - start
    n = len(queries)
    if ask.prompts is None:
        said = setting.scores(ask).argmax(axis=1)
        return _columns(retrieved / n, 0.0, 0.0, np.zeros(n), np.zeros(n), said)
    steps = steps_needed(setting.lm, setting.task)
    read = np.array([len(one.ids) for one in setting.lm.renderer.encode(ask.prompts, room=steps)])
    if ask.offset is not None:
        before = time.perf_counter()
        said = setting.scores(ask).argmax(axis=1)
        return _columns(retrieved / n, (time.perf_counter() - before) / n, 0.0, read, np.zeros(n), said)
    with setting.steered(ask.plan):
        before = time.perf_counter()
        setting.lm.generate(ask.prompts, max_new_tokens=1)
        first = time.perf_counter()
        answers = setting.lm.generate(ask.prompts, max_new_tokens=steps)
        whole = time.perf_counter() - first
    prefill = min(first - before, whole)
    emitted = np.array([len(tokens) for tokens in answers.tokens])
    named = np.array([read_answer(pieces, setting.task.labels).label for pieces in answers.pieces])
    said = np.where(named < len(setting.task.labels), named, -1)
    return _columns(retrieved / n, prefill / n, (whole - prefill) / n, read, emitted, said)


def _columns(*columns: Floats | NDArray[np.int64] | float) -> Floats:
    return np.stack(np.broadcast_arrays(*columns), axis=1).astype(np.float64)
