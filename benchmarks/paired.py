"""Two runs beside each other: paired ratios of processor time on one thread, and a table of them.

A baseline and ours run one after the other on the same input, the order alternating, and the ratio of their processor
times is taken. A row is the median of these ratios with the 95 % interval of the median (order statistics), so a
machine that is busy with other things widens the interval and leaves the median where it is.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.stats import binom
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from transformers.utils import logging

VOCABULARY, WIDTH, BLOCKS = 8192, 256, 8
SHAPE = {
    "vocab_size": VOCABULARY,
    "hidden_size": WIDTH,
    "intermediate_size": 688,
    "num_hidden_layers": BLOCKS,
    "num_attention_heads": 8,
    "max_position_embeddings": 512,
}

Run = Callable[[], Any]


@dataclass(frozen=True)
class Row:
    """One comparison. `difference`: largest difference of the two results relative to the largest value."""

    name: str
    baseline: str
    target: float | None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    pairs: int = 0
    baseline_ms: float | None = None
    ours_ms: float | None = None
    difference: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Case:
    """What to compare: two runs, and the ratio ours should stay below.

    `expected` gives the array that ours should give, where the baseline is not to give the same. `alike`: whether the
    results can be compared at all.
    """

    name: str
    baseline_name: str
    target: float | None
    baseline: Run
    ours: Run
    expected: Run | None = None
    alike: bool = True


def make_tokenizer() -> PreTrainedTokenizerFast:
    """One word, one token, so that a prompt has as many tokens as it is given words."""
    words = {"<unk>": 0, "<pad>": 1} | {f"w{index}": index for index in range(2, VOCABULARY)}
    core = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=core, unk_token="<unk>", pad_token="<pad>")


def words_of(ids: NDArray[np.int64]) -> str:
    """The text that has these tokens."""
    return " ".join(f"w{index}" for index in ids)


def compare(case: Case, pairs: int) -> Row:
    """Warm both up, compare their results, then time `pairs` pairs with alternating order."""
    difference = _difference(case)
    times = np.empty((pairs, 2))
    for pair in range(pairs):
        for which in (0, 1) if pair % 2 else (1, 0):
            start = time.process_time()
            (case.baseline, case.ours)[which]()
            times[pair, which] = time.process_time() - start
    ratios = np.sort(times[:, 1] / times[:, 0])
    edge = int(binom.ppf(0.025, pairs, 0.5))
    return Row(
        case.name,
        case.baseline_name,
        case.target,
        ratio=float(np.median(ratios)),
        low=float(ratios[max(edge - 1, 0)]),
        high=float(ratios[min(pairs - edge, pairs - 1)]),
        pairs=pairs,
        baseline_ms=float(np.median(times[:, 0]) * 1e3),
        ours_ms=float(np.median(times[:, 1]) * 1e3),
        difference=difference,
    )


def _difference(case: Case) -> float | None:
    expected, got = case.baseline(), case.ours()
    if not case.alike:
        return None
    if case.expected is not None:
        expected = case.expected()
    expected, got = np.asarray(expected, np.float64), np.asarray(got, np.float64)
    return float(np.abs(expected - got).max() / np.abs(expected).max())


def rows_of(cases: Iterable[Case | Row], pairs: int) -> Iterator[Row]:
    """Every row, one after the other."""
    for case in cases:
        yield case if isinstance(case, Row) else compare(case, pairs)


def run(cases: Callable[[], Iterable[Case | Row]], description: str) -> None:
    """Compare `cases` as the command line asks: --pairs a row, --json for one document instead of the table."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--pairs", type=int, default=15, help="pairs of runs a row")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of the table")
    options = parser.parse_args()
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    before = os.getloadavg()[0]
    rows = list(rows_of(cases(), options.pairs))
    load = [before, os.getloadavg()[0]]
    if options.json:
        print(json.dumps({"rows": [asdict(row) for row in rows], "torch": torch.__version__, "load": load}))
    else:
        _show(rows, load)


def _show(rows: list[Row], load: list[float]) -> None:
    table = Table(title="Processor time of infoplane over a baseline (median of paired ratios, 95 % interval)")
    for title in ("what", "baseline", "ratio", "interval", "target", "baseline ms", "ours ms", "difference"):
        table.add_column(title, justify="left" if title in ("what", "baseline") else "right")
    for row in rows:
        target = "" if row.target is None else f"<= {row.target:.2f}"
        if row.ratio is None:
            table.add_row(row.name, f"{row.baseline} ({row.note})", "", "", target)
            continue
        table.add_row(
            row.name,
            row.baseline,
            f"{row.ratio:.3f}" + (" *" if row.target is not None and row.ratio > row.target else ""),
            f"{row.low:.3f}-{row.high:.3f}",
            target,
            "" if row.baseline_ms is None else f"{row.baseline_ms:.0f}",
            "" if row.ours_ms is None else f"{row.ours_ms:.0f}",
            "" if row.difference is None else f"{row.difference:.0e}",
        )
    console = Console(width=150)
    console.print(table)
    busy = (
        f"{os.cpu_count()} cores; processes that wanted to run, last minute: {load[0]:.1f} before, {load[1]:.1f} after"
    )
    console.print(f"* above its target. {busy}", style="dim")
