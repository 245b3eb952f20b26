"""What one wide vector says of another: two layers of 512 dimensions that share twelve canonical pairs.

    python benchmarks/known/layers.py     one line a method

In `linear` the shared directions are the largest ones of both layers. In `warped` 48 others are far larger, and the
second layer bends the shared ones by sign(z) |z|^1.5, which leaves the information as it is: 3.715 nats in both.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy import special, stats

from infoplane.estimators import ksg, linear_information, read_pairs
from known.row import Row

TABLE = "two layers of 512 dimensions"
WIDTH, NUISANCE = 512, 48
RHO = np.linspace(0.95, 0.15, 12)
TRUTH = float(-0.5 * np.log1p(-(RHO**2)).sum())
Array = np.ndarray[Any, Any]


def rows(quick: bool = False) -> Iterator[Row]:
    """Both cases at 2,000 samples (mean of three draws) and at 10,000; `quick` one draw of 600."""
    for samples, draws in [(600, 1)] if quick else [(2000, 3), (10_000, 1)]:
        for warped in (False, True):
            yield from _case(warped, samples, draws)


def layers(warped: bool, samples: int, seed: int) -> tuple[Array, Array, float]:
    """Two layers (n, 512), and the information of this very sample by the true densities."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(samples, 12))
    other = RHO * shared + np.sqrt(1 - RHO**2) * rng.normal(size=(samples, 12))
    rest = 1 - RHO**2
    exact = RHO * (2 * shared * other - RHO * (shared**2 + other**2)) / (2 * rest) - 0.5 * np.log(rest)
    bent = np.sign(other) * np.abs(other) ** 1.5 if warped else other
    sides = []
    for signal in (shared, bent):
        spread = np.full(WIDTH - 12, np.sqrt(0.1))
        if warped:
            spread[:NUISANCE] = np.sqrt(rng.uniform(10, 60, NUISANCE))
        turn = np.linalg.qr(rng.normal(size=(WIDTH, WIDTH)))[0]
        sides.append(np.hstack([signal, spread * rng.normal(size=(samples, WIDTH - 12))]) @ turn.T)
    return sides[0], sides[1], float(exact.sum(axis=1).mean())


def _case(warped: bool, samples: int, draws: int) -> Iterator[Row]:
    """Errors of the bound and of the midpoint beside those of what else is done, means over draws."""
    made = [layers(warped, samples, seed) for seed in range(draws)]
    readings = [read_pairs(x, y) for x, y, _ in made]
    errors = {name: _error(made, method) for name, method in PEERS.items()}
    case = f"{'warped' if warped else 'linear'}, n = {samples}"
    luck = f"the samples themselves: {np.mean([exact for *_, exact in made]) - TRUTH:+.3f}"
    bound, middle = (
        float(np.mean([getattr(one, kind).value for one in readings])) - TRUTH for kind in ("information", "midpoint")
    )
    plain = errors["linear pairs of 64 components"]
    yield _row(case, "error of the bound", bound, "linear pairs of 64 components", plain, bound > plain, luck)
    for name, error in errors.items():
        if name != "linear pairs of 64 components":
            closer = abs(middle) < abs(error)
            yield _row(case, "error of the midpoint", middle, name, error, closer, luck)
    half = float(np.mean([(one.information.high - one.information.low) / 2 for one in readings]))  # type: ignore[operator]
    yield Row(TABLE, case, "half the interval of the bound, nats", half, target="at most 0.15", reached=half <= 0.15)
    known = all((one.information.low or 0) <= TRUTH for one in readings)
    yield Row(TABLE, case, "low end under the truth", str(known), target="True", reached=known)


def _row(case: str, what: str, ours: float, peer: str, theirs: float, reached: bool, note: str) -> Row:
    return Row(TABLE, case, f"{what}, nats", ours, peer, theirs, "closer than the peer", reached, note)


def _error(made: list[tuple[Array, Array, float]], method: Callable[[Array, Array], float]) -> float:
    return float(np.mean([method(x, y) for x, y, _ in made])) - TRUTH


def _components(x: Array, wanted: int) -> Array:
    """Leading principal components (n, wanted) of unit variance."""
    centred = x - x.mean(axis=0)
    axes = np.linalg.eigh(centred.T @ centred)[1][:, : -wanted - 1 : -1]
    found = centred @ axes
    return np.asarray(found / found.std(axis=0))


def _nearest(x: Array, y: Array) -> float:
    return float(ksg(_components(x, 12), _components(y, 12)))


def _gaussian_copula(x: Array, y: Array) -> float:
    """The formula of Ince et al. 2017 on 64 components: log-determinants of normal scores, their bias removed."""
    samples, width = len(x), 64
    scores = [special.ndtri(stats.rankdata(_components(side, width), axis=0) / (samples + 1)) for side in (x, y)]
    both = np.cov(np.hstack(scores).T)
    parts = [np.linalg.slogdet(part)[1] for part in (both[:width, :width], both[width:, width:], both)]
    steps = np.cumsum(special.psi((samples - np.arange(1, 2 * width + 1)) / 2))
    return float(parts[0] + parts[1] - parts[2] - (2 * steps[width - 1] - steps[-1])) / 2


def _linear(x: Array, y: Array) -> float:
    return float(linear_information(x, y, components=64, noise=0.0))


PEERS: dict[str, Callable[[Array, Array], float]] = {
    "linear pairs of 64 components": _linear,
    "64 components + Gaussian copula": _gaussian_copula,
    "12 components + KSG": _nearest,
}

if __name__ == "__main__":
    for row in rows():
        print(row)
