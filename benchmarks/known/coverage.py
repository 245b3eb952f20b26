"""How often 95 % intervals hold what they promise, and whether p-values are uniform where nothing is to be found.

An estimate's interval covers the truth. A lower bound's `low` stays below the truth, and its interval covers what the
fitted rules score on 100,000 fresh draws. p-values of independent data are uniform, samples apart or in groups.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import integrate, stats

from infoplane.estimators import (
    ESTIMATORS,
    Estimate,
    canonical_pairs,
    copula,
    discrete_entropy,
    discrete_information,
    gaussian,
    ksg,
    mutual_information,
    ross,
)
from infoplane.estimators._folds import group_folds
from infoplane.estimators._labels._stacked import read_stacked, stacked
from infoplane.estimators._normal._variates import fit_pairs
from known.row import Row

TABLE = "coverage"
SEEDS, QUICK_SEEDS = 100, 20
FRESH, QUICK_FRESH = 100_000, 5_000
DRAWS, QUICK_DRAWS = 200, 40
PERMUTATIONS = 19
IN_A_GROUP = 4
FOLDS = 5
# Estimators that train networks: their nulls refit everything, so that nothing but time is left to be tested.
TRAINED = ("stacked", "critic", "infonce", "nwj", "dv", "smile", "compressed")

Arrays = tuple[NDArray[Any], ...]
Draw = Callable[[int, np.random.Generator], Arrays]

# Often the same number for the data and for draws, 0 for one: their p-values are then too large, never too small.
TIED = ("shrinkage", "pairs")


@dataclass(frozen=True)
class Case:
    """`samples` from `draw` (x and y, perhaps a condition), whose information is `truth`, and what estimates it."""

    name: str
    truth: float
    draw: Draw
    estimate: Callable[..., Estimate]
    samples: int


@dataclass(frozen=True)
class Bound:
    """A `case` whose estimate is a lower bound; `on_fresh` is what the rules of one draw score on fresh ones."""

    case: Case
    on_fresh: Callable[[Case, int, int], float]
    slow: bool = False

    def __str__(self) -> str:
        return self.case.name


def channel(samples: int, rng: np.random.Generator, *, letters: int = 4, kept: float = 0.7) -> Arrays:
    """Uniform letters that arrive as they are with probability `kept`, otherwise as any of them."""
    sent = rng.integers(letters, size=samples)
    return sent, np.where(rng.random(samples) < kept, sent, rng.integers(letters, size=samples))


def channel_information(letters: int = 4, kept: float = 0.7) -> float:
    """Log K - H of a column of the channel."""
    wrong = (1 - kept) / letters
    return math.log(letters) + (kept + wrong) * math.log(kept + wrong) + (letters - 1) * wrong * math.log(wrong)


def zipf_law(values: int = 50) -> NDArray[np.float64]:
    """Probabilities proportional to 1, 1/2, 1/3, ..."""
    weight = 1 / np.arange(1, values + 1)
    return weight / weight.sum()


def zipf(samples: int, rng: np.random.Generator) -> Arrays:
    return (rng.choice(len(zipf_law()), size=samples, p=zipf_law()),)


def normals(samples: int, rng: np.random.Generator, *, information: float, width: int, shared: int = 0) -> Arrays:
    """Two vectors of `width` with `information` nats, in `shared` pairs of coordinates (by default all)."""
    pairs = shared or width
    rest = math.exp(-2 * information / pairs)
    x, y = rng.normal(size=(2, samples, width))
    y[:, :pairs] = math.sqrt(1 - rest) * x[:, :pairs] + math.sqrt(rest) * y[:, :pairs]
    return x, y


def warped(samples: int, rng: np.random.Generator, **shape: Any) -> Arrays:
    """The same behind monotone maps, which change no information."""
    x, y = normals(samples, rng, **shape)
    return np.exp(x), y**3


def chain(samples: int, rng: np.random.Generator, *, direct: float = 0.5) -> Arrays:
    """X and y that both follow z; y follows x too."""
    z = rng.normal(size=samples)
    x = z + rng.normal(size=samples)
    return x, z + direct * x + rng.normal(size=samples), z


def chain_information(direct: float = 0.5) -> float:
    """Given z, y = direct e + N(0, 1) with e a standard normal."""
    return 0.5 * math.log1p(direct**2)


def steps(samples: int, rng: np.random.Generator, *, values: int = 5) -> Arrays:
    """X one of 0 ... K-1 and y uniform on [x, x + 2]: the mixed pair of Gao et al. 2017."""
    x = rng.integers(values, size=samples).astype(float)
    return x, x + 2 * rng.random(samples)


def steps_information(values: int = 5) -> float:
    return math.log(values) - (values - 1) * math.log(2) / values


def clusters(samples: int, rng: np.random.Generator, *, separation: float, width: int = 1) -> Arrays:
    """Vectors around -s or +s in their first coordinate, by a label of 0 or 1."""
    label = rng.integers(2, size=samples)
    x = rng.normal(size=(samples, width))
    x[:, 0] += separation * (2 * label - 1)
    return x, label


def clusters_information(separation: float) -> float:
    """Log 2 - E log(1 + exp(-2 s (s + e))) with e a standard normal."""

    def lost(noise: float) -> float:
        return float(stats.norm.pdf(noise) * np.logaddexp(0, -2 * separation * (separation + noise)))

    return math.log(2) - integrate.quad(lost, -12, 12)[0]


def cases() -> Iterator[Case]:
    """One or two of each family."""
    yield Case("channel of 4 letters", channel_information(), channel, discrete_information, 500)
    zipfs = zipf_law()
    yield Case("entropy of Zipf's law, 50 values", float(-(zipfs * np.log(zipfs)).sum()), zipf, discrete_entropy, 500)
    wide = {"information": 1.0, "width": 5}
    yield Case("normals in 5 dimensions", 1.0, partial(normals, **wide), gaussian, 500)
    yield Case("warped normals in 5 dimensions", 1.0, partial(warped, **wide), copula, 500)
    for width in (1, 2):
        shape = {"information": 0.5, "width": width}
        yield Case(f"normals in {width} dimensions", 0.5, partial(normals, **shape), ksg, 500)
    beyond = partial(mutual_information, estimator="frenzel-pompe")
    yield Case("x and y beyond z", chain_information(), chain, beyond, 500)
    yield Case("x and y beyond z", chain_information(), chain, gaussian, 500)
    yield Case("mixed steps", steps_information(), steps, partial(mutual_information, estimator="gao"), 500)
    classes = partial(clusters, separation=1.0)
    yield Case("two normal classes", clusters_information(1.0), classes, ross, 500)


def bound_cases() -> Iterator[Bound]:
    """Lower bounds, with what their rules score on fresh draws."""
    pairs = partial(normals, information=1.0, width=20, shared=3)
    yield Bound(Case("3 pairs in 20 + 20 dimensions", 1.0, pairs, canonical_pairs, 500), pairs_on_fresh)
    classes = partial(clusters, separation=1.0, width=10)
    yield Bound(
        Case("two classes in 10 dimensions", clusters_information(1.0), classes, stacked, 300),
        stack_on_fresh,
        slow=True,
    )


def bounds(bound: Bound, seeds: int, fresh: int) -> Iterator[Row]:
    """The share of `low` below the truth, and of intervals that cover what the fitted rules score on fresh draws."""
    case, start = bound.case, time.process_time()
    found = [estimated(case, seed) for seed in range(seeds)]
    seconds = (time.process_time() - start) / seeds
    worth = [bound.on_fresh(case, seed, fresh) for seed in range(seeds)]
    name = f"{case.name}: {found[0].estimator}, n = {case.samples}"
    below = float(np.mean([one.low <= case.truth for one in found]))
    covers = float(np.mean([one.low <= score <= one.high for one, score in zip(found, worth, strict=True)]))
    said = f"{error_of(case, found)}, {seconds:.2f} s"
    yield Row(TABLE, name, "share of low <= truth", below, target=">= 0.95", reached=below >= 0.95, note=said)
    quantity = f"share of intervals that cover the score of the rules on {fresh:,} fresh draws"
    off = float(np.mean([one.value - score for one, score in zip(found, worth, strict=True)]))
    yield Row(
        TABLE, name, quantity, covers, target=">= 0.90", reached=covers >= 0.9, note=f"mean of ours - score {off:+.4f}"
    )


def pairs_on_fresh(case: Case, seed: int, fresh: int) -> float:
    """E f - max(0, log E exp f) of the log-ratios f that `canonical_pairs` fits on each training set."""
    (x, y), (new_x, new_y) = drawn(case, seed), case.draw(fresh, np.random.default_rng([seed, 12]))
    folds = group_folds(np.arange(len(x)), FOLDS, seed)
    rules = [fit_pairs(x[folds != fold], y[folds != fold], folds[folds != fold]) for fold in range(FOLDS)]
    together = np.mean([rule.log_ratio(new_x, new_y).mean() for rule in rules])
    apart = [np.exp(rule.log_ratio(new_x, np.roll(new_y, 1, axis=0))).mean() for rule in rules]
    return float(together - max(0.0, math.log(np.mean(apart))))


def stack_on_fresh(case: Case, seed: int, fresh: int) -> float:
    """E log q(y|x) - log p(y) of the rules that `stacked` fits, each on its share of the fresh draws."""
    x, y = drawn(case, seed)
    rules = read_stacked(x, y, seed=seed).rules
    frequency = np.bincount(y) / len(y)
    scores = []
    for rule in rules:
        new_x, new_y = case.draw(fresh // len(rules), np.random.default_rng([seed, 12, rule.left_out]))
        scores.append(float((rule.log_scores(new_x, new_y) - np.log(frequency[new_y])).mean()))
    return float(np.mean(scores))


def coverage(case: Case, seeds: int) -> Row:
    """The share of intervals that cover the truth."""
    start = time.process_time()
    found = [estimated(case, seed) for seed in range(seeds)]
    seconds = (time.process_time() - start) / seeds
    share = float(np.mean([one.low <= case.truth <= one.high for one in found]))
    return Row(
        TABLE,
        f"{case.name}: {found[0].estimator}, n = {case.samples}",
        "share of intervals that cover the truth",
        share,
        target=">= 0.90",
        reached=share >= 0.9,
        note=f"{error_of(case, found)}, {seconds:.2f} s",
    )


def estimated(case: Case, seed: int) -> Estimate:
    """The estimate from the draw with number `seed`."""
    return case.estimate(*drawn(case, seed), seed=seed)


def drawn(case: Case, seed: int) -> Arrays:
    """The draw with number `seed`."""
    return case.draw(case.samples, np.random.default_rng([seed, 11]))


def error_of(case: Case, found: list[Estimate]) -> str:
    """Truth, mean error, spread and mean width of the intervals."""
    values = np.array([one.value for one in found])
    width = np.mean([one.high - one.low for one in found])
    return f"truth {case.truth:.3f}, bias {values.mean() - case.truth:+.3f}, sd {values.std():.3f}, width {width:.3f}"


def independent(kind: str, samples: int, rng: np.random.Generator, groups: NDArray[np.int64] | None) -> NDArray[Any]:
    """`samples` of a discrete or other variable; in `groups` labels are shared, and half of the variance."""
    if kind == "discrete":
        return rng.integers(3, size=samples)[np.arange(samples) if groups is None else groups]
    own = rng.normal(size=(samples, 2))
    return own if groups is None else own + rng.normal(size=(samples, 2))[groups]


def p_values(name: str, draws: int, samples: int, *, grouped: bool) -> NDArray[np.float64]:
    """p-values of independent data, made continuous: uniform on (0, 1) where no draw stands out."""
    groups = np.arange(samples) // IN_A_GROUP if grouped else None
    found = np.empty(draws)
    for draw in range(draws):
        rng = np.random.default_rng([draw, 13])
        x, y = (independent(kind, samples, rng, groups) for kind in (ESTIMATORS[name].x, ESTIMATORS[name].y))
        estimate = mutual_information(x, y, estimator=name, groups=groups, permutations=PERMUTATIONS, seed=draw)
        found[draw] = estimate.p_value - rng.random() / (PERMUTATIONS + 1)
    return found


def uniformity(name: str, draws: int, samples: int, *, grouped: bool) -> Row:
    """The Kolmogorov-Smirnov test of uniform p-values; where ties are usual, of p-values that are not too small."""
    start = time.process_time()
    found = p_values(name, draws, samples, grouped=grouped)
    seconds = (time.process_time() - start) / draws
    agreement = ks_test(name, found)
    small = float(np.mean(found <= 0.05))
    return Row(
        TABLE,
        f"independent{', in groups' if grouped else ''}: {name}, n = {samples}",
        f"p of the KS test of {'p-values that are not too small' if name in TIED else 'uniform p-values'}",
        agreement,
        target="> 0.01",
        reached=agreement > 0.01,
        note=f"p <= 0.05 in {small:.3f} of {draws}, {seconds:.2f} s",
    )


def ks_test(name: str, found: NDArray[np.float64]) -> float:
    """The p of the test of `found` against the uniform distribution, one-sided for `TIED` estimators."""
    return float(stats.kstest(found, "uniform", alternative="greater" if name in TIED else "two-sided").pvalue)


def rows(quick: bool = False) -> Iterator[Row]:
    """Coverage of estimates, coverage of bounds, p-values."""
    for case in cases():
        yield coverage(case, QUICK_SEEDS if quick else SEEDS)
    for bound in bound_cases():
        yield from bounds(bound, QUICK_SEEDS if quick else SEEDS, QUICK_FRESH if quick else FRESH)
    for name in (name for name in ESTIMATORS if name not in TRAINED):
        for grouped in (False, True):
            yield uniformity(name, QUICK_DRAWS if quick else DRAWS, 120, grouped=grouped)
