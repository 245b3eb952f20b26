"""Bounds that hold for a finite sample at a stated confidence, with nothing assumed but independent documents."""

from typing import Any

import numpy as np
from scipy import special

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._recovery._fano import largest_equivocation, miss_cost
from infoplane.estimators._recovery._said import as_log_shares, as_ranks, check_types
from infoplane.estimators._recovery._slots import TargetSlots
from infoplane.estimators._resample import checked_confidence


def bernstein_upper(losses: Floats, largest: float, delta: float) -> float:
    """Upper bound of the mean of `losses` (n,) in [0, `largest`], wrong with probability at most `delta`.

    mean + sqrt(2 V ln(2/delta) / n) + 7 b ln(2/delta) / (3 (n - 1)), V the sample variance, b = `largest` (Maurer and
    Pontil 2009, theorem 4). Raises InputError for under two losses or losses outside the range.
    """
    n, doubt = len(losses), np.log(2 / delta)
    if n < 2 or losses.min() < 0 or losses.max() > largest * (1 + 1e-12):
        came = f"{n} losses" + (f" from {losses.min():.3g} to {losses.max():.3g}" if n else "")
        raise InputError(one_line(came, f"at least two from 0 to {largest:.3g}", "clip or mix what made them"))
    spread = np.sqrt(2 * losses.var(ddof=1) * doubt / n)
    return float(losses.mean() + spread + 7 * largest * doubt / (3 * (n - 1)))


def clopper_pearson_upper(errors: int, samples: int, delta: float) -> float:
    """Upper bound of the probability of `errors` among independent `samples`, wrong with at most `delta`.

    The p with P(at most `errors` | p) = delta (Clopper and Pearson 1934). Raises InputError unless
    0 <= `errors` <= `samples`.
    """
    if not 0 <= errors <= samples:
        came = f"{errors} errors among {samples} samples"
        raise InputError(one_line(came, "no more errors than samples", "count both of the same samples"))
    return 1.0 if errors == samples else float(special.betaincinv(errors + 1, samples - errors, 1 - delta))


def entropy_lower(slots: TargetSlots, delta: float) -> float:
    """Lower bound of H(T|bin) in nats from independent slots, wrong with probability at most `delta`.

    Plug-in - c sqrt(n ln(1/delta) / 2), c = `entropy_step` (McDiarmid 1989): the plug-in is below H in mean.
    """
    n = len(slots)
    return float(slots.surprisals().mean() - entropy_step(n) * np.sqrt(n * np.log(1 / delta) / 2))


def entropy_step(samples: int) -> float:
    """Most that replacing one of n samples moves the plug-in H(T|bin): d(n-1) / n < (log n + 1) / n nats.

    n H = sum_b g(n_b) - sum_bt g(n_bt), g(x) = x log x, whose step d(x) = g(x+1) - g(x) grows from d(0) = 0. A sample
    that comes adds d(n_b) - d(n_bt) and one that goes takes as much: each in [0, d(n-1)], and of opposite signs.
    """
    return float(special.xlogy(samples, samples) - special.xlogy(samples - 1, samples - 1)) / samples


def certified_bounds(
    log_shares: Any,
    ranks: Any,
    asked: TargetSlots,
    *,
    types: int,
    others: TargetSlots | None = None,
    family: int = 1,
    confidence: float = 0.95,
    seed: int = 0,
) -> dict[str, Estimate]:
    """Certificates of I(T;E|bin) in nats: `certified_information` and `certified_fano_information`.

    `log_shares` (n,): log q(t|E) of the right type, `ranks` (n,) from 0 of the same decoder, which has not seen the
    slots `asked`. `types`: number of possible types |V|. `others`: slots of other documents, counted for the entropy
    too, but none from which the types were chosen. One slot of each document is drawn by `seed`, since the inequalities
    need independent samples: the information is that about a random slot of a random document.

    H(T|bin) is bounded by McDiarmid's inequality and the loss by that of Maurer and Pontil, each at half of
    delta = (1 - confidence) / family: `family` certificates so made hold together at `confidence` (Bonferroni), such as
    those of all layers. The loss is that of (1 - eps) q + eps / |V|, at most log(|V| / eps), with
    eps = 7 ln(4/delta) / (3 (n - 1)) at most 1/2, which depends on no test loss: the best for what eps adds to the mean
    and to the inequality's last term. The second bounds the error by Clopper and Pearson, and then Fano's inequality
    over all smaller errors. `value` is the bound, `high` None. Raises InputError as `recovery_bounds` does.
    """
    check_types(types, asked, others)
    shares, hits = as_log_shares(log_shares, asked), as_ranks(ranks, asked, types) == 0
    delta = (1 - checked_confidence(confidence)) / _checked_family(family)
    rows = asked.one_each(seed)
    counted = asked.take(rows)
    if others is not None:
        counted = counted.and_more(others.take(others.one_each(seed)))
    known, n = entropy_lower(counted, delta / 2), len(rows)
    share = mixing(n, delta / 2)
    losses = -np.logaddexp(np.log1p(-share) + shares[rows], np.log(share / types))
    loss = bernstein_upper(np.maximum(losses, 0.0), float(np.log(types / share)), delta / 2)
    error = clopper_pearson_upper(int((~hits[rows]).sum()), n, delta / 2)
    left = float(largest_equivocation(np.asarray(error), 0.0, miss_cost(types)))
    settings = f"family={family}, types={types}"
    return {
        "certified_information": _certified(known - loss, n, confidence, f"empirical_bernstein({settings})"),
        "certified_fano_information": _certified(known - left, n, confidence, f"clopper_pearson_fano({settings})"),
    }


def mixing(samples: int, delta: float) -> float:
    """The eps that makes eps + 7 ln(2/delta) log(1/eps) / (3 (n - 1)) least, at most 1/2."""
    return min(0.5, 7 * float(np.log(2 / delta)) / (3 * max(1, samples - 1)))


def _certified(value: float, samples: int, confidence: float, estimator: str) -> Estimate:
    return Estimate(
        value=value,
        low=value,
        confidence=confidence,
        kind="certificate",
        n=samples,
        estimator=estimator,
        flags=("vacuous",) if value <= 0 else (),
    )


def _checked_family(family: int) -> int:
    if not isinstance(family, int | np.integer) or family < 1:
        raise InputError(one_line(f"family {family!r}", "a whole number of at least 1", "count the certificates"))
    return int(family)
