"""A layer of 512 dimensions against 32 classes: the stack beside probes, discriminants and nearest neighbours.

    PYTHONPATH=benchmarks python benchmarks/known/labels.py [--samples 10000] [--cells clean,nuisance]

A 16-dimensional signal of Gaussian classes is turned into 512 dimensions, under nuisance of small variance (clean) or
with 48 directions that dominate every principal component (nuisance), with four random clusters a class (clusters),
each plain or behind an invertible warp, sinh along unknown directions of the signal. The truth is by Monte Carlo. Every
cell is kept in a cache directory, ours under a digest of the code that made it, so a run that was cut goes on.
"""

import argparse
import ast
import hashlib
import json
import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

import infoplane.estimators
from infoplane.estimators._labels._stacked import read_stacked
from known.label_peers import peers
from known.row import Row

CLASSES, RANK, WIDTH = 32, 16, 512
DRAWS = 60_000
BLOCK = 10_000
MARGIN = 0.02
WIDEST = 0.3
CACHE = Path(os.environ.get("INFOPLANE_BENCHMARK_CACHE", Path.home() / ".cache" / "infoplane-benchmarks")) / "labels"
# The modules whose text decides our number.
OURS = ("stack", "members", "pool", "gaussianize", "mixture", "perceptron", "posterior_neighbours", "calibration")
BELOW = ("discriminant", "whiten", "logits", "folds", "resample")


@dataclass(frozen=True)
class Case:
    """One synthetic layer: scale of the class centres, clusters a class, nuisance, warp, and number of samples."""

    name: str
    scale: float
    samples: int
    nuisance: bool = False
    clusters: int = 1
    warped: bool = False


def cases(samples: int) -> list[Case]:
    """The six synthetics, plain and warped."""
    plain = [
        Case("clean, little information", 0.4, samples),
        Case("clean, much information", 0.9, samples),
        Case("nuisance, little information", 0.4, samples, nuisance=True),
        Case("nuisance, much information", 0.9, samples, nuisance=True),
        Case("clusters, little information", 0.6, samples, clusters=4),
        Case("clusters, much information", 1.2, samples, clusters=4),
    ]
    return [*plain, *(Case(**asdict(case) | {"name": f"{case.name}, warped", "warped": True}) for case in plain)]


def draw(case: Case, seed: int = 0) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], float]:
    """States (n, 512), labels (n,) and I(X;Y) in nats, standard error about 0.005."""
    rng = np.random.default_rng(seed)
    centres = case.scale * rng.normal(size=(CLASSES, case.clusters, RANK))
    turn = np.linalg.qr(rng.normal(size=(WIDTH, WIDTH)))[0]
    bent = np.linalg.qr(rng.normal(size=(RANK, RANK)))[0]
    labels, signal = _signal(centres, case.samples, rng)
    shown = np.sinh(signal @ bent) if case.warped else signal
    spread = np.full(WIDTH - RANK, math.sqrt(0.1))
    if case.nuisance:
        spread[:48] = np.sqrt(rng.uniform(10, 60, 48))
    states = np.hstack([shown, spread * rng.normal(size=(case.samples, WIDTH - RANK))]) @ turn.T
    scores = np.concatenate([_log_posterior(centres, *_signal(centres, BLOCK, rng)) for _ in range(DRAWS // BLOCK)])
    return states, labels, math.log(CLASSES) + float(scores.mean())


def rows(quick: bool = False) -> Iterator[Row]:
    """A row a cell; `quick` leaves out 10,000 samples."""
    for samples in (2000,) if quick else (2000, 10_000):
        found = [measured(case) for case in cases(samples)]
        for cell in found:
            yield _row(cell, samples)
        halves = sum(cell["error"] <= cell["best_error"] / 2 for cell in found)
        yield Row(
            "representation against label",
            f"cells with at most half the best peer's error, n = {samples}",
            "cells",
            f"{halves} of {len(found)}",
            target="half of the cells",
            reached=halves >= len(found) / 2,
        )


def measured(case: Case) -> dict[str, Any]:
    """Our lower bound with its interval, every peer's number and the truth of one case, from the cache where it is."""
    room = Path(infoplane.estimators.__path__[0])
    sources = [next(room.rglob(f"_{name}.py")) for name in OURS + BELOW]
    ours = _cached(_key(case, sources), lambda: _ours(case))
    others = _cached(_key(case, [Path(__file__).with_name("label_peers.py")]), lambda: _peers(case))
    best = min(others["peers"], key=lambda name: abs(others["peers"][name] - ours["truth"]))
    errors = {"error": abs(ours["value"] - ours["truth"]), "best_error": abs(others["peers"][best] - ours["truth"])}
    return {"case": case.name} | ours | others | errors | {"best": best}


def _ours(case: Case) -> dict[str, Any]:
    x, y, truth = draw(case)
    start = time.process_time()
    readout = read_stacked(x, y)
    found = readout.information
    numbers = {"value": found.value, "low": found.low, "high": found.high, "truth": truth, "weights": readout.weights}
    middle = None if readout.midpoint is None else readout.midpoint.value
    return numbers | {"midpoint": middle, "seconds": time.process_time() - start}


def _peers(case: Case) -> dict[str, Any]:
    x, y, _ = draw(case)
    start = time.process_time()
    return {"peers": peers(x, y, CLASSES), "peer_seconds": time.process_time() - start}


def _row(cell: dict[str, Any], samples: int) -> Row:
    middle = "" if cell["midpoint"] is None else f"; midpoint {cell['midpoint'] - cell['truth']:+.3f}"
    width = cell["high"] - cell["low"]
    return Row(
        "representation against label",
        f"{cell['case']}, n = {samples}",
        f"error of the lower bound in nats, truth {cell['truth']:.2f}",
        round(cell["value"] - cell["truth"], 3),
        cell["best"],
        round(cell["peers"][cell["best"]] - cell["truth"], 3),
        f"|error| at most the peer's + {MARGIN}; interval at most {WIDEST} wide",
        cell["error"] <= cell["best_error"] + MARGIN and width <= WIDEST,
        f"interval {width:.2f} wide, {cell['seconds']:.0f} s{middle}",
    )


def _signal(centres: Any, samples: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Labels (n,) and Gaussian points around a random centre of theirs, (n, 16)."""
    labels, cluster = rng.integers(CLASSES, size=samples), rng.integers(centres.shape[1], size=samples)
    return labels, centres[labels, cluster] + rng.normal(size=(samples, RANK))


def _log_posterior(centres: Any, labels: Any, signal: Any) -> Any:
    """Log p(y|signal) of the generating mixture, (n,)."""
    flat = centres.reshape(-1, RANK)
    logits = (signal @ flat.T - 0.5 * (flat**2).sum(axis=1)).reshape(len(signal), CLASSES, -1)
    by_class = np.logaddexp.reduce(logits, axis=2)
    return by_class[np.arange(len(labels)), labels] - np.logaddexp.reduce(by_class, axis=1)


def _key(case: Case, sources: list[Path]) -> str:
    """Digest of a case and of the code in `sources`, its comments and layout left out."""
    code = "\n".join(ast.dump(ast.parse(source.read_text())) for source in sources)
    return hashlib.sha256(f"{case}\n{code}".encode()).hexdigest()[:20]


def _cached(key: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `make` gave under this key, made now where it is missing."""
    path = CACHE / f"{key}.json"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with threadpool_limits(1):
            made = make()
        part = path.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(made))
        part.replace(path)
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def main() -> None:
    """Print the cells of one sample size as they come."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--samples", type=int, default=2000)
    options.add_argument("--cells", default="", help="parts of names, with commas between")
    chosen = options.parse_args()
    for case in cases(chosen.samples):
        if any(part in case.name for part in chosen.cells.split(",")):
            cell = measured(case)
            print(_row(cell, chosen.samples), {k: round(v, 3) for k, v in cell["peers"].items()}, flush=True)


if __name__ == "__main__":
    main()
