"""Entropy and information by counting, beside every correction that infomeasure offers.

Each case is drawn many times; the number is the root mean squared error. `theirs` is the best of the peer's corrections
on that case, chosen after the fact. What one default can do is be close to it on average, which the last rows say.
"""

import logging
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import infomeasure
import numpy as np
from numpy.typing import NDArray
from scipy import stats

from infoplane.estimators import discrete_entropy, discrete_information
from known.row import Row

TABLE = "discrete"
SEEDS, QUICK_SEEDS = 20, 3
# Errors below this are all as good.
NEGLIGIBLE = 0.001
PEERS = ("miller_madow", "grassberger", "shrink", "chao_shen", "chao_wang_jost", "bonachela", "zhang")


@dataclass(frozen=True)
class Case:
    """`samples` of one variable, or of one and its noisy copy, kept with probability `kept`, None for entropy."""

    kind: str
    values: int
    samples: int
    kept: float | None = None

    def __str__(self) -> str:
        what = "H" if self.kept is None else f"I, {self.kept:.0%} kept"
        return f"{what}: {self.values} {self.kind} values, n = {self.samples:,}"

    @property
    def share(self) -> NDArray[np.float64]:
        """Probability of each value."""
        share = np.ones(self.values) if self.kind == "uniform" else 1 / np.arange(1, self.values + 1)
        return np.asarray(share / share.sum())

    @property
    def truth(self) -> float:
        """H(X), or I(X;Y), in nats."""
        p = self.share
        if self.kept is None:
            return float(stats.entropy(p))
        joint = self.kept * np.diag(p) + (1 - self.kept) * np.outer(p, p)
        return float(2 * stats.entropy(p) - stats.entropy(joint.ravel()))

    def draw(self, seed: int) -> tuple[NDArray[Any], ...]:
        """One sample of it."""
        rng = np.random.default_rng(seed)
        x = rng.choice(self.values, p=self.share, size=self.samples)
        if self.kept is None:
            return (x,)
        other = rng.choice(self.values, p=self.share, size=self.samples)
        return x, np.where(rng.random(self.samples) < self.kept, x, other)


CASES = (
    *(Case(kind, k, n) for kind in ("uniform", "Zipf") for k in (4, 32, 1000) for n in (50, 500, 10_000)),
    *(
        Case(kind, k, n, kept)
        for kept in (0.0, 0.3, 0.8)
        for kind in ("uniform", "Zipf")
        for k, n in ((4, 50), (4, 500), (10, 500), (32, 500), (32, 5000), (100, 5000))
    ),
)


def rows(quick: bool = False) -> Iterator[Row]:
    """One row a case, then one each for entropy and information: how far from the best in hindsight, on average."""
    logging.getLogger("infomeasure").setLevel(logging.ERROR)
    for what, cases in groupby(CASES, key=lambda case: "H" if case.kept is None else "I"):
        apart: dict[str, list[float]] = {}
        for case in cases:
            errors, undersampled = measured(case, QUICK_SEEDS if quick else SEEDS)
            best = min(errors[name] for name in PEERS if np.isfinite(errors[name]))
            for name, error in errors.items():
                apart.setdefault(name, []).append(np.log(max(error, NEGLIGIBLE) / max(best, NEGLIGIBLE)))
            yield _case_row(case, errors, undersampled)
        yield _summary_row(what, {name: float(np.exp(np.mean(logs))) for name, logs in apart.items()})


def measured(case: Case, seeds: int) -> tuple[dict[str, float], float]:
    """Root mean squared error of ours ("") and of each peer on the same draws, and how often ours warned."""
    draws = [case.draw(seed) for seed in range(seeds)]
    count: Callable[..., Any] = discrete_entropy if case.kept is None else discrete_information
    found = [count(*draw) for draw in draws]
    errors = {name: _error([_peer(name, draw) for draw in draws], case) for name in PEERS}
    errors[""] = _error([one.value for one in found], case)
    return errors, float(np.mean(["undersampled" in one.flags for one in found]))


def _case_row(case: Case, errors: dict[str, float], undersampled: float) -> Row:
    best = min((name for name in PEERS if np.isfinite(errors[name])), key=lambda name: errors[name])
    note = f"truth {case.truth:.3f}" + (f"; undersampled in {undersampled:.0%}" if undersampled else "")
    return Row(TABLE, str(case), "RMSE, nats", errors[""], f"infomeasure {best}", errors[best], note=note)


def _summary_row(what: str, ratios: dict[str, float]) -> Row:
    """A peer that gives no number on some case has no average."""
    whole = [name for name in PEERS if np.isfinite(ratios[name])]
    best = min(whole, key=lambda name: ratios[name])
    return Row(
        table=TABLE,
        case=f"{what}: all cases",
        quantity="RMSE over that of the best in hindsight, geometric mean",
        ours=ratios[""],
        peer=f"infomeasure {best}",
        theirs=ratios[best],
        target="<= best single",
        reached=bool(ratios[""] <= ratios[best] * (1 + 1e-6)),
        note=f"without a number somewhere: {', '.join(set(PEERS) - set(whole)) or 'none'}",
    )


def _error(values: list[float], case: Case) -> float:
    return float(np.sqrt(np.mean((np.array(values) - case.truth) ** 2)))


def _peer(name: str, draw: tuple[NDArray[Any], ...]) -> float:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        run = infomeasure.entropy if len(draw) == 1 else infomeasure.mutual_information
        return float(run(*draw, approach=name))
