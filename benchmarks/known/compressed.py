"""Compress, then estimate: images and embeddings of known information, what is lost and whether it is said.

    python benchmarks/known/compressed.py     one line a case

A case whose codes cannot hold the information must carry a flag; the others must be right. Spectral diagnostics stand
below with the error they would have as information, and the leak check with recipes that let labels through or do not.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from infoplane.estimators import (
    Estimate,
    compressed_information,
    correlated_normals,
    gaussian_plots,
    intrinsic_dimension,
    leak_check,
    matrix_renyi_information,
    rectangles,
)
from known.row import Row

CLOSE = 0.15
WARNED = {"information_lost", "dimension_mismatch", "dimension_unclear", "estimators_disagree", "knn_bias"}
Pair = tuple[Any, Any]


def rows(quick: bool = False) -> Iterator[Row]:
    """All cases; `quick` with a tenth of the samples."""
    samples = 600 if quick else 5000
    for case, truth, pair, options in cases(samples):
        yield _information(case, truth, compressed_information(*pair, **options))
    yield from _dimensions(samples)
    yield from _spectral(min(samples, 1000))
    yield from _leaks(200)


def cases(samples: int) -> Iterator[tuple[str, float, Pair, dict[str, Any]]]:
    """Name, true information, data and options."""
    rng = np.random.default_rng(0)
    plane = correlated_normals(2.0, 2, 2, samples, seed=1)
    wide = tuple(side @ rng.normal(size=(2, 256)) for side in plane)
    yield "plane in 256 columns, components", 2.0, wide, {}
    x, y = correlated_normals(3.0, 2, 2, samples, seed=2)
    hidden = np.hstack([100 * rng.normal(size=(samples, 2)), x]), y
    yield "informative columns of small variance, 2 components", 3.0, hidden, {"dimensions": 2}
    for truth in (0.0, 1.0, 2.0, 4.0):
        plots = gaussian_plots(truth, samples, seed=3)
        yield f"plots, {truth:g} nats, 2 components", truth, plots, {"dimensions": 2}
        yield f"plots, {truth:g} nats, 4 components", truth, plots, {"dimensions": 4}
        yield f"plots, {truth:g} nats, autoencoder", truth, plots, {"dimensions": 2, "method": "autoencoder"}
    boxes = rectangles(2.0, samples, seed=4)
    yield "rectangles, 2 nats, 4 components", 2.0, boxes, {"dimensions": 4}
    yield "rectangles, 2 nats, autoencoder", 2.0, boxes, {"dimensions": 4, "method": "autoencoder"}


def _information(case: str, truth: float, found: Estimate) -> Row:
    """Reached: right, or wrong and said so."""
    error, said = found.value - truth, sorted(WARNED & set(found.flags))
    good = abs(error) <= CLOSE or bool(said)
    note = f"{', '.join(said) or 'no warning'}; {found.estimator}"
    return Row("compressed", case, "error, nats", error, "", None, f"<= {CLOSE} or flagged", good, note)


def _dimensions(samples: int) -> Iterator[Row]:
    data: dict[str, tuple[float, Callable[[], Any]]] = {
        "normal in 5 columns": (5, lambda: np.random.default_rng(0).normal(size=(samples, 5))),
        "plots, 256 pixels": (2, lambda: gaussian_plots(1.0, samples)[0]),
        "rectangles, 1,024 pixels": (4, lambda: rectangles(1.0, samples)[0]),
        "normal in 20 columns": (20, lambda: np.random.default_rng(0).normal(size=(samples, 20))),
    }
    for case, (truth, draw) in data.items():
        found = intrinsic_dimension(draw())
        error, said = found.value - truth, "dimension_unclear" in found.flags
        good = abs(error) <= 0.1 * truth or said
        note = f"{'dimension_unclear' if said else 'no warning'}; {found.estimator}"
        yield Row("compressed", case, "error of the dimension", error, "", None, "<= 10 % or flagged", good, note)


def _spectral(samples: int) -> Iterator[Row]:
    for truth, width in ((0.0, 512), (1.0, 2), (3.0, 2)):
        found = matrix_renyi_information(*correlated_normals(truth, width, width, samples, seed=5))
        case = f"matrix Renyi, normal in {width} columns, {truth:g} nats"
        yield Row("compressed", case, "error as information, nats", found.value - truth, note="a diagnostic, flagged")


def _leaks(samples: int) -> Iterator[Row]:
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(samples, 50)), rng.integers(4, size=samples)
    directions = rng.normal(size=(4, 50))

    def own_direction(states: Any, labels: Any) -> Any:
        own = directions[labels]
        return (states * own).sum(axis=1, keepdims=True) * own

    def shares_of_category(_: Any, labels: Any) -> Any:
        category = np.arange(samples) // 5
        return np.stack([np.bincount(category, weights=labels == label) / 5 for label in range(4)], axis=1)[category]

    def standardised(states: Any, _: Any) -> Any:
        return (states - states.mean(axis=0)) / states.std(axis=0)

    for recipe, leaks in ((own_direction, True), (shares_of_category, True), (standardised, False)):
        found = leak_check(recipe, x, y)
        good = leaks == ("leaky_recipe" in found.flags)
        target = "flagged" if leaks else "not flagged"
        case = f"leak of {recipe.__name__}"
        yield Row("compressed", case, "nats of 1.386 found in permuted labels", found.value, "", None, target, good)


if __name__ == "__main__":
    for row in rows():
        print(f"{row.case}: {row.quantity} {row.ours:.3f}, reached {row.reached} ({row.note})", flush=True)
