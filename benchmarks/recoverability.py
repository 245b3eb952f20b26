"""Reading words from states: decoders of 9 layers beside the same family trained with all logits at once.

    python benchmarks/recoverability.py            a table; a pair is one layer, so --pairs 8 and a warm-up are all 9
    python benchmarks/recoverability.py --json     the same as one JSON document

1,000 texts of 20 words of 30,000 types (Zipf) are trained on; the states of every layer are sums of random codes of the
words, with a noise that grows with depth. Both sides read 256 whitened coordinates and the place. The baseline is what
is usually written: random weights, `cross_entropy` of all logits of a batch of 4,096 slots, AdamW at 1e-3. It is given
one pass over the texts, of which it needs many, ours takes as many as it wants; what both reach on held-out texts is
a row of its own.
"""

import gc
from collections.abc import Iterator
from functools import cache
from itertools import count
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from paired import Case, Row, run
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from vocabulary import STATUS, status

from infoplane.measures._recovery._decoder_reader import Coordinates
from infoplane.measures._recovery._decoders import Asked, fit_decoders

LAYERS, WIDTH, TYPES, PLACES = 9, 256, 30_000, 20
TEXTS = {"train": 1000, "tune": 150, "test": 150}
BATCH, RATE = 4096, 1e-3


@cache
def words() -> NDArray[np.int64]:
    """Texts (n, places) of words of Zipf shares."""
    share = 1 / np.arange(1, TYPES + 1)
    return np.random.default_rng(0).choice(TYPES, (sum(TEXTS.values()), PLACES), p=share / share.sum())


def asked(split: str) -> Asked:
    """Every slot of a split."""
    sizes = list(TEXTS.values())
    which = list(TEXTS).index(split)
    rows = np.arange(sum(sizes[:which]), sum(sizes[: which + 1]))
    return Asked(np.repeat(rows, PLACES), np.tile(np.arange(PLACES), len(rows)), words()[rows].ravel())


def states(layer: int) -> NDArray[np.float32]:
    """One state (n, width) a text."""
    rng = np.random.default_rng(layer)
    codes = rng.normal(size=(TYPES, WIDTH)).astype(np.float32)
    made = np.stack([codes[text].mean(0) for text in words()])
    return (made + rng.normal(size=made.shape) * 0.02 * (1 + layer)).astype(np.float32)


class Naive(nn.Module):
    """The same family: logits of a bottleneck that the coordinates and the place are mapped to."""

    def __init__(self) -> None:
        super().__init__()
        self.read = nn.Linear(WIDTH, WIDTH)
        self.place = nn.Embedding(PLACES, WIDTH)
        self.types = nn.Linear(WIDTH, TYPES)

    def forward(self, coordinates: Tensor, slots: Tensor) -> Tensor:
        """Mean cross-entropy of `slots` (m, 3): rows, places, targets."""
        row, place, target = slots.T
        return cross_entropy(self.types(self.read(coordinates[row]) + self.place(place)), target)


def slots_of(split: str) -> Tensor:
    """(m, 3): rows, places, targets."""
    return torch.from_numpy(np.stack(list(vars(asked(split)).values()), 1))


def naive(layer: NDArray[np.float32], batch: int = BATCH, steps: int | None = None) -> float:
    """Train one pass, or `steps`; held-out cross-entropy in nats."""
    torch.manual_seed(0)
    place = Coordinates.fit(layer[: TEXTS["train"]], WIDTH)
    coordinates, network = place(layer), Naive()
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, fused=True)
    train = slots_of("train")
    for part in train[torch.randperm(len(train))].split(batch)[:steps]:
        optimiser.zero_grad()
        network(coordinates, part).backward()
        optimiser.step()
    with torch.no_grad():
        parts = slots_of("test").split(500)
        return float(sum(network(coordinates, part) * len(part) for part in parts) / sum(map(len, parts)))


def ours(layer: NDArray[np.float32]) -> float:
    """Fit, and read what is held out: its cross-entropy in nats."""
    (decoder,) = fit_decoders(layer[:, None], asked("train"), asked("tune"), types=TYPES, places=PLACES)
    return float(-decoder.read(layer, asked("test")).log_shares.mean())


def memory(batch: int | None) -> float:
    """Bytes of this process at most above what it had with the states: naive with this batch, ours without."""
    torch.set_num_threads(1)
    layer = states(0)
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    before = status("VmRSS")
    if batch is None:
        ours(layer)
    else:
        naive(layer, batch, steps=2)
    return status("VmHWM") - before


def cases() -> Iterator[Case | Row]:
    """Time, what both reach, memory."""
    name = f"decoder of a layer, {TEXTS['train'] * PLACES:,} slots x {TYPES:,} types"
    reached: dict[str, list[float]] = {"naive": [], "ours": []}
    turns = {which: count() for which in reached}

    def train(which: str) -> None:
        layer = states(next(turns[which]) % LAYERS)
        reached[which].append({"naive": naive, "ours": ours}[which](layer))

    yield Case(name, "naive, one pass", 0.80, lambda: train("naive"), lambda: train("ours"), alike=False)
    ratios = np.sort(np.array(reached["ours"]) / reached["naive"])
    told = f"held-out nats, {np.mean(reached['ours']):.3f} beside {np.mean(reached['naive']):.3f}"
    yield Row(told, "naive, one pass", 1.0, float(np.median(ratios)), ratios[0], ratios[-1], pairs=len(ratios))
    if not STATUS.exists():
        yield Row(f"{name}, memory", "naive", 1 / 8, note="only measured on Linux")
        return
    with get_context("spawn").Pool(1, maxtasksperchild=1) as alone:
        most = alone.apply(memory, (None,))
        for batch, target in ((BATCH, 1 / 8), (1024, None)):
            theirs = alone.apply(memory, (batch,))
            told = f"memory beyond the states, {most / 2**20:.0f} beside {theirs / 2**20:.0f} MiB"
            yield Row(told, f"naive, {batch:,} slots", target, *[most / theirs] * 3, pairs=1)


if __name__ == "__main__":
    run(cases, __doc__.splitlines()[0])
