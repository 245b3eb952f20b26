"""Nearest neighbours against the clock: CPU time beside the peers in one process, and that the answers agree.

    python -m known.speed     from this folder's parent, one line a case; the peers stand in requirements.txt

Componentwise correlated normals of 1 nat in all. Each round times ours and every peer after each other; the ratio is
the median over rounds, with its range: for the value alone, which is all that the peers give, and for the whole call
with its interval and warnings.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import infomeasure
import npeet_plus
import numpy as np
from ennemi import estimate_mi
from sklearn.feature_selection import mutual_info_regression

from infoplane.estimators import ksg
from infoplane.estimators._nearest._near import prepared
from infoplane.estimators._nearest._neighbours import ksg_terms
from known.row import Row

TABLE = "speed"
# By columns of x and of y: how many times faster than the fastest peer, and than infomeasure.
TARGETS = {1: (2.5, None), 5: (3.0, 15.0), 10: (6.0, 40.0)}
PERMUTATIONS_TARGET = 0.6

Call = Callable[[], float]


def rows(quick: bool = False) -> Iterator[Row]:
    """All cases; `quick` with a fifth of the samples and one round."""
    samples, rounds = (2000, 1) if quick else (10_000, 5)
    for columns, (fast, slow) in TARGETS.items():
        x, y = pairs(columns, samples)
        yield from _against(x, y, fast_peers(x, y), rounds, fast)
        if slow is not None:
            yield from _against(x, y, {"infomeasure": infomeasure_call(x, y)}, 1 if quick else 3, slow)
    for columns in TARGETS:
        yield _permutations(*pairs(columns, samples), 20 if quick else 200)


def pairs(columns: int, samples: int) -> tuple[Any, Any]:
    """Two matrices (n, columns) that share 1 nat in all, evenly over the columns."""
    rng = np.random.default_rng(0)
    rho = np.sqrt(1 - np.exp(-2 / columns))
    x = rng.normal(size=(samples, columns))
    return x, rho * x + np.sqrt(1 - rho**2) * rng.normal(size=(samples, columns))


def fast_peers(x: Any, y: Any) -> dict[str, Call]:
    """Calls that give the same estimate in nats; scikit-learn and ennemi take one column a side."""
    first, second = (np.asarray(prepared(side, "side", 3)) for side in (x, y))
    calls: dict[str, Call] = {"npeet-plus": lambda: npeet_plus.mi(first, second, k=3, base=np.e)}
    if x.shape[1] == 1:
        calls["scikit-learn"] = lambda: mutual_info_regression(x, y[:, 0], n_neighbors=3)[0]
        calls["ennemi"] = lambda: float(estimate_mi(y[:, 0], x[:, 0], k=3)[0, 0])
    return calls


def infomeasure_call(x: Any, y: Any) -> Call:
    """The estimate of infomeasure on the same standardised columns, without the noise it adds by default."""
    first, second = (np.asarray(prepared(side, "side", 3)) for side in (x, y))
    return lambda: infomeasure.mutual_information(
        first, second, approach="metric", k=3, noise_level=0, minkowski_p=np.inf, base="e"
    )


def _against(x: Any, y: Any, peers: dict[str, Call], rounds: int, target: float) -> Iterator[Row]:
    whole, bare = (lambda: ksg(x, y).value), (lambda: bare_value(x, y))
    calls = {"ours": whole, "bare": bare, **peers}
    values = {name: call() for name, call in calls.items()}
    times = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            times[name].append(cpu_seconds(call))
    fastest = min(peers, key=lambda name: np.median(times[name]))
    case = f"ksg, n = {len(x)}, {x.shape[1]} + {x.shape[1]} columns"
    for name, what in (("bare", "value alone"), ("ours", "whole call")):
        ratios = np.array(times[fastest]) / times[name]
        ratio = float(np.median(ratios))
        note = f"{ratios.min():.1f} to {ratios.max():.1f} over {rounds} rounds"
        quantity = f"times faster, CPU, {what}"
        yield Row(TABLE, case, quantity, ratio, fastest, 1.0, f">= {target:g}", ratio >= target, note)
    apart = float(abs(values["ours"] - values[fastest]))
    yield Row(TABLE, case, "|difference|, nats", apart, fastest, 0.0, "<= 1e-4", apart <= 1e-4)


def bare_value(x: Any, y: Any) -> float:
    """The value alone, without interval."""
    return float(ksg_terms(prepared(x, "x", 3), prepared(y, "y", 3), 3).terms.mean())


def _permutations(x: Any, y: Any, permutations: int) -> Row:
    ksg(x, y, permutations=1)
    single = float(np.median([cpu_seconds(lambda: ksg(x, y).value) for _ in range(5)]))
    bare = float(np.median([cpu_seconds(lambda: bare_value(x, y)) for _ in range(5)]))
    extra = cpu_seconds(lambda: ksg(x, y, permutations=permutations).value) - single
    share = extra / permutations / single
    return Row(
        TABLE,
        f"{permutations} permutations, {x.shape[1]} + {x.shape[1]} columns",
        "share of as many estimates, CPU",
        share,
        target=f"<= {PERMUTATIONS_TARGET}",
        reached=share <= PERMUTATIONS_TARGET,
        note=f"{extra / permutations / bare:.2f} of as many bare values",
    )


def cpu_seconds(call: Call) -> float:
    """CPU time of one call."""
    start = time.process_time()
    call()
    return time.process_time() - start


if __name__ == "__main__":
    for row in rows():
        print(row)
