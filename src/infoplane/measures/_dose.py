"""What a dose buys and what it costs, on the default band of layers.

Bought: divergence reached; I(told label; next token | prompt) = mean over labels e of KL(p_e || mean of all p_e), which
is at most the mean divergence, and its share of it; the gain of the told label's log-probability among the labels.
Paid: nats per token on neutral text steered at every position after its opening, and the accuracy on another task.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import Estimate, bootstrap_mean
from infoplane.measures._contrast import mean_row, ratio_row
from infoplane.measures._dose_cost import collect_costs, costs, plain_costs
from infoplane.measures._live import Live, Steer, Strength, spent_flags, strength_flags
from infoplane.measures._numbers import Options, Row, Unit
from infoplane.measures._saved import Saved
from infoplane.measures._told import log_share, other_labels
from infoplane.measures._trial import Job, Rows, Trial, effects_of, scored
from infoplane.models import Select

Floats = NDArray[np.float64]

DOSES = (0.03, 0.1, 0.3, 1.0, 3.0)
CELLS = [(method, dose) for method in ("add", "random") for dose in DOSES]
PASSED = 256  # examples to which every label is told
_PLAIN = "dose.plain"


def collect(live: Live) -> None:
    """Run what the numbers need, for the labels' directions and random ones at every dose."""
    layers = live.saved.space.band()
    wanted = [Strength(_name(*cell), live.spaces[cell[0]], cell[1], layers) for cell in CELLS]
    found = live.steers(wanted)
    steers: dict[str, Steer | None] = {_PLAIN: None, **found}
    passed = {f"{name}.passed": _passing(steer, live.task.labels) for name, steer in found.items()}
    live.collect("telling every label", live.chunks(PASSED), passed)
    told = {f"{name}.told": scored(steer and steer(live.told)) for name, steer in steers.items()}
    live.collect("telling a label", live.chunks(), told)
    collect_costs(live, steers)


def units(saved: Saved, options: Options) -> Iterator[Unit]:
    """What plain text costs, then everything for each dose; none for an encoder, which emits no token."""
    if not saved.answering:
        return
    yield Unit({"quantity": "neutral_loss", "method": "plain"}, partial(_plain_rows, saved))
    for method, dose in CELLS:
        last = {"quantity": "neutral_loss", "method": method, "dose": dose}
        yield Unit(last, partial(_rows, saved, options, method, dose))


def transferred(plain: NDArray[np.float32], told: Iterable[NDArray[np.float32]]) -> Floats:
    """(n, 2): mean KL(p_e || p) and mean KL(p_e || mean p_e) in nats over the labels e that are told.

    `plain` and each of `told`: log-probabilities (n, vocabulary). The second is I(E; next token) for labels told
    equally often; they differ by KL(mean p_e || p), so the second is never larger.
    """
    base, total = plain.astype(np.float64), np.zeros(plain.shape)
    sums, count = np.zeros((2, len(plain))), 0
    for one in told:
        logs = one.astype(np.float64)
        p = np.exp(logs)
        sums += [(p * (logs - base)).sum(axis=1), (p * logs).sum(axis=1)]
        total, count = total + p, count + 1
    mean = total / count
    entropy = -(mean * np.log(np.maximum(mean, np.finfo(float).tiny))).sum(axis=1)
    found: Floats = np.column_stack([sums[0] / count, sums[1] / count + entropy])
    return found.clip(min=0.0)


def _passing(steer: Steer, labels: tuple[str, ...]) -> Job:
    """The job that tells every label to every row."""
    plans = [steer([label]) for label in labels]

    def job(trial: Trial) -> Floats:
        return transferred(trial.rehearsal.distribution(), map(trial.rehearsal.distribution, plans))

    return job


def _plain_rows(saved: Saved) -> list[Row]:
    """What neutral text and the other task come to without steering."""
    return [(where | {"method": "plain"}, found) for where, found in plain_costs(saved, _PLAIN)]


def _rows(saved: Saved, options: Options, method: str, dose: float) -> list[Row]:
    """Everything about one dose, with random directions of the same dose as the control of the labels' own."""
    name, control = _name(method, dose), _name("random", dose)
    rows = [*_passed_rows(saved, options, name, control, dose), *_told_rows(saved, options, name, control)]
    flags = strength_flags(saved, name)
    where = {"method": method, "dose": dose, "role": _band(saved)}
    return [(where | at, found.flagged(*flags)) for at, found in (*rows, *costs(saved, options, name, _PLAIN))]


def _passed_rows(saved: Saved, options: Options, name: str, control: str, dose: float) -> list[Row]:
    """Divergence, information transferred and its share, where every label was told to every example."""
    rows = saved.scratch.done(f"{name}.passed")
    groups = saved.groups()[rows]
    (spent, passed), (other_spent, other) = (saved.scratch.load(f"{one}.passed").T for one in (name, control))
    off = spent_flags(dose, spent, other_spent)
    divergence = bootstrap_mean(spent, groups, seed=options.seed)
    divergence = replace(divergence, estimator="mean_divergence").flagged(*spent_flags(dose, spent))
    most = min(float(np.log(len(saved.names))), divergence.value)
    shape = Estimate(value=0.0, units="fraction", n=len(rows), estimator="transferred/divergence", ceiling=1.0)
    share = ratio_row((passed, other), (spent, other_spent), groups, options, shape)
    if name == control:  # a control has none of its own
        share = replace(share, null_mean=None, null_high=None, p_value=None, flags=("control",))
    found = replace(_judged(passed, other, groups, options, name == control), estimator="told_labels", ceiling=most)
    return [
        ({"quantity": "divergence"}, divergence),
        ({"quantity": "transferred_information"}, found.flagged(*off)),
        ({"quantity": "transfer_efficiency"}, share.flagged(*off)),
    ]


def _told_rows(saved: Saved, options: Options, name: str, control: str) -> list[Row]:
    """Gain of the told label, never the example's own, in log-probability among the labels."""
    told = other_labels(saved.labels(), len(saved.names), options.seed)
    before = log_share(effects_of(saved, f"{_PLAIN}.told")[1], told)
    own, other = (log_share(effects_of(saved, f"{one}.told")[1], told) - before for one in (name, control))
    gain = _judged(own, np.zeros_like(own) if name == control else other, saved.groups(), options, False)
    return [({"quantity": "label_gain"}, replace(gain, estimator="label_scoring"))]


def _judged(own: Floats, other: Floats, groups: Rows, options: Options, control: bool) -> Estimate:
    """Mean against the control's; a control has none of its own."""
    if control:
        return bootstrap_mean(own, groups, seed=options.seed).flagged("control")
    return mean_row(own, other, groups, options)


def _name(method: str, dose: float) -> str:
    return f"dose.{method}.{dose:g}"


def _band(saved: Saved) -> str:
    """The default band as a selection writes it."""
    return str(Select(layers=saved.space.band()).layers)
