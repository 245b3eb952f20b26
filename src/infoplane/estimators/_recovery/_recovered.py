"""How much of the tokens a decoder reads back from states: lower bounds of I(T;E|bin) and their intervals.

I(T;E|bin) >= H(T|bin) - E[-log q(T|E)] for any decoder q that has not seen the texts (Barber and Agakov 2003); Fano's
inequalities need only its guesses and come out lower. H(T|bin) is the plug-in, which is below the truth in mean, and
`low` counts one document more that is read wrong, so it is above the truth less often than the confidence says, for
few documents too. `high` bounds what the same decoder would score, not the information.
"""

from typing import Any

import numpy as np

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, as_features, same_length
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._permute import with_null
from infoplane.estimators._recovery._document_draws import DocumentDraws, document_draws
from infoplane.estimators._recovery._plugin import PlugIn
from infoplane.estimators._recovery._readings import SIZE, SURPRISAL, all_wrong, bounds, list_size, readings
from infoplane.estimators._recovery._said import as_guesses, as_log_shares, as_ranks, check_types
from infoplane.estimators._recovery._slots import TargetSlots
from infoplane.estimators._resample import bootstrap_mean, checked_confidence, proportion

# A bound this close to another is equal to it.
_ROUNDING = 1e-9
# More slots than this share alone in their cell: as for other entropies, many cells were never seen.
_UNDERSAMPLED = 0.1
_NAMES = {
    "recovery_information": "barber_agakov",
    "recovery_information_per_byte": "barber_agakov",
    "fano_information": "fano",
    "fano_prior_information": "fano_prior",
    "fano_list_information": "fano_list(k={})",
}


def recovery_bounds(
    log_shares: Any,
    ranks: Any,
    guesses: Any,
    asked: TargetSlots,
    *,
    types: int,
    others: TargetSlots | None = None,
    prior: Any = None,
    baseline: Any = None,
    exchanged: Any = None,
    sizes: Any = None,
    confidence: float = 0.95,
    seed: int = 0,
) -> dict[str, Estimate]:
    """What a decoder reads of the tokens at n slots, by quantity; information in nats per token.

    `log_shares` (n,): log q(t|E) of the right type t; `ranks` (n,): its place from 0 among the decoder's guesses;
    `guesses` (n,): code of the first. `types`: number of possible types |V|. `others`: slots of other documents that
    count for the entropy too, but none from which the types were chosen: these hold too few words beside the types.
    `prior` (types,): counts of the types in the train texts, for `fano_prior_information`; 1/2 is added to each.
    `asked.bins` are the positions if the decoder knows them, or coarser: then what they tell in a bin counts as read.

    * `recovery_accuracy`: share of right guesses.
    * `recovery_information`: H(T|bin) - mean loss, and `recovery_information_per_byte` with `sizes` (n,), in bytes.
    * `fano_information`, `fano_prior_information`, `fano_list_information` (a list of ten): see `fano_equivocation`.
    * `usable_information`: mean of log q - `baseline` (n,), the log shares of a decoder without the state, an estimate
      of V-information (Xu et al. 2020).
    * `text_entropy`: plug-in H(T|bin) of all slots; `high` is past Miller's correction.

    Intervals draw whole documents, entropy and losses together (`_document_draws`). `exchanged` (P, n): log shares with
    the states of other texts, the null. A bound of at most 0 is flagged `vacuous`, a Fano bound below
    `recovery_information` `dominated`. Raises InputError for unequal lengths, shares of 0 or above 1, targets or ranks
    not below `types`, guesses that disagree with ranks, and slots of one document.
    """
    check_types(types, asked, others)
    tail = (1 - checked_confidence(confidence)) / 2
    shares, places = as_log_shares(log_shares, asked), as_ranks(ranks, asked, types)
    named, bytes_ = as_guesses(guesses, places, asked, types), _checked_sizes(sizes, asked)
    entropy, null = PlugIn.of(asked, others), _mean_shares(exchanged, asked)
    numbers = readings(entropy.surprisals, shares, places, named, asked, _shares(prior, types), bytes_)
    draws = document_draws(numbers, all_wrong(numbers, types), asked.groups, tail, seed)
    found = _information(numbers.mean(axis=0), draws, entropy, null, types, confidence)
    found["text_entropy"] = _text_entropy(entropy, draws, asked.and_more(others), confidence)
    found["recovery_accuracy"] = proportion(places == 0, asked.groups, confidence=confidence).flagged("no_null")
    if sizes is None:
        del found["recovery_information_per_byte"]
    if baseline is not None:
        start = as_log_shares(baseline, asked, "baseline")
        gain = bootstrap_mean(shares - start, asked.groups, confidence=confidence, seed=seed)
        found["usable_information"] = with_null(gain, null - start.mean(), estimator="usable_information")
    return found


def _information(
    means: Floats, draws: DocumentDraws, entropy: PlugIn, null: Floats, types: int, confidence: float
) -> dict[str, Estimate]:
    """The lower bounds with their intervals, nulls and flags."""
    known = float(entropy.of_mean(means[SURPRISAL]))
    values = bounds(means, known, types)
    lows = bounds(draws.wary, entropy.of_mean(draws.wary[:, SURPRISAL], draws.others), types, wary=True)
    highs = bounds(draws.seen, entropy.of_mean(draws.seen[:, SURPRISAL], draws.others), types)
    best, found = values["recovery_information"] - _ROUNDING, {}
    for name, value in values.items():
        per = float(means[SIZE]) if name == "recovery_information_per_byte" else 1.0
        fano = name.startswith("fano")
        warnings = {"vacuous": value <= 0, "dominated": fano and value < best}
        low, high = _interval(float(value), lows[name], highs[name], confidence)
        bound = Estimate(
            value=float(value),
            low=low,
            high=high,
            confidence=confidence,
            kind="lower_bound",
            n=len(entropy.surprisals),
            estimator=_NAMES[name].format(list_size(types)),
            ceiling=known / per,
            flags=tuple(flag for flag, holds in warnings.items() if holds),
        )
        found[name] = with_null(bound, (known + null[: 0 if fano else None]) / per)
    return found


def _text_entropy(entropy: PlugIn, draws: DocumentDraws, every: TargetSlots, confidence: float) -> Estimate:
    """The plug-in H(T|bin), from below the truth in mean to past what Miller's correction adds."""
    drawn = entropy.of_mean(draws.seen[:, SURPRISAL], draws.others)
    value, (alone, lift) = float(entropy.of_mean(entropy.surprisals.mean())), every.unseen()
    low, high = _interval(value, drawn, drawn, confidence)
    return Estimate(
        value=value,
        low=low,
        high=high + lift,
        confidence=confidence,
        n=len(every),
        estimator="plugin_conditional_entropy",
        flags=("undersampled",) if alone > _UNDERSAMPLED else (),
    )


def _interval(value: float, lows: Floats, highs: Floats, confidence: float) -> tuple[float, float]:
    """Around `value`: the lower quantile of one set of draws, the upper one of another."""
    tail = (1 - confidence) / 2
    return min(value, float(np.quantile(lows, tail))), max(value, float(np.quantile(highs, 1 - tail)))


def _shares(prior: Any, types: int) -> Floats:
    """The type prior (types,): 1/2 added to each count (Krichevsky and Trofimov 1981), uniform without counts."""
    counts = np.zeros(types) if prior is None else as_features(prior, "prior")[:, 0]
    if len(counts) != types or counts.min() < 0:
        came = f"prior of {len(counts)} counts from {counts.min():.3g}"
        raise InputError(one_line(came, f"{types} counts of at least 0", "count every type in the train texts"))
    return np.asarray((counts + 0.5) / (counts.sum() + types / 2))


def _mean_shares(exchanged: Any, asked: TargetSlots) -> Floats:
    """Mean log share (P,) of each draw of the null; none for None."""
    if exchanged is None:
        return np.empty(0)
    shares = as_log_shares(exchanged, asked, "exchanged")
    if shares.ndim != 2:
        came = f"exchanged of shape {shares.shape}"
        raise InputError(one_line(came, "(draws, slots)", "give one row a draw"))
    return np.asarray(shares.mean(axis=1))


def _checked_sizes(sizes: Any, asked: TargetSlots) -> Floats:
    if sizes is None:
        return np.ones(len(asked))
    length = as_features(sizes, "sizes")[:, 0]
    same_length(len(asked), sizes=length)
    if length.min() < 0 or length.sum() == 0:
        raise InputError(one_line("sizes below 0, or all 0", "bytes of each slot", "count the bytes of the text"))
    return length
