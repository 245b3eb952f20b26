"""What is read back of texts, where most, how surely, and what is forgotten, in words."""

from infoplane.report._points import Point
from infoplane.report._recovery import (
    ACCURACY,
    CERTIFIED,
    ENTROPY,
    FORGETTING,
    at_layer,
    last,
    of_pooling,
    of_texts,
    peak,
    pooling_name,
    poolings,
)
from infoplane.report._run_data import RunData
from infoplane.report._words import interval, number, whole

_WORTH = 0.0005  # less would be told as 0.0 %


def sentences(run: RunData) -> list[str]:
    """Where most is read of the first pooling, how surely, and what is forgotten."""
    return [sentence for pooling in poolings(run)[:1] for sentence in _of(run, pooling)]


def further(run: RunData) -> list[str]:
    """The same of the other poolings, then what holds of whole texts."""
    told = [sentence for pooling in poolings(run)[1:] for sentence in _of(run, pooling)]
    return [*told, *_texts(run)]


def _of(run: RunData, pooling: str) -> list[str]:
    most = peak(run, pooling)
    if most is None or most.value is None:
        return []
    entropy, right = of_texts(run, ENTROPY), at_layer(run, ACCURACY, pooling, most.layer)
    there = f"From the {pooling_name(pooling)} most can be read back at layer {most.layer} of {run.blocks}"
    of = "" if entropy is None else f" of {number(entropy.value, 'bits')}"
    named = "" if right is None else f"; {number(right.value, '%')} of all words are named right"
    told = f"{there}: at least {number(most.value)} {interval(most)}{of or ' bits'} a word{named}."
    return [told, *_proven(at_layer(run, CERTIFIED, pooling, most.layer)), *_forgotten(run, pooling, most)]


def _proven(sure: Point | None) -> list[str]:
    if sure is None or sure.value is None:
        return []
    if sure.value <= 0:
        return ["Nothing of it is proven; more texts would be needed."]
    chance = f"{100 * float(sure.row.get('confidence') or 0.0):g}\u202f%"
    return [f"Proven with confidence {chance}: {number(sure.value, 'bits')}."]


def _forgotten(run: RunData, pooling: str, most: Point) -> list[str]:
    """How much less the last layer says, or that it is not shown to say less."""
    lost, end = of_pooling(run, FORGETTING, pooling), last(run, pooling)
    if lost is None or lost.value is None or end is None:
        return []
    if end.layer == most.layer:
        return ["No layer says more than the last."]
    there = "the last layer" if end.layer == run.blocks else f"layer {end.layer}"
    p = "" if lost.p_value is None else f", p\u00a0=\u00a0{lost.p_value:.2g}"
    share = of_pooling(run, "recovery_forgetting_share", pooling)
    part = "" if share is None else f", {number(share.value, '%')} of that"
    if lost.clearly < 1:
        return [f"That {there} says less is not shown: {whole(lost)}{p}."]
    return [f"By {there} {whole(lost)} a word{part}, can no longer be read{p}."]


def _texts(run: RunData) -> list[str]:
    told = []
    for pooling in poolings(run)[:1]:
        most = peak(run, pooling)
        found = None if most is None else at_layer(run, "text_information", pooling, most.layer)
        of_text = found or of_pooling(run, "text_information", pooling)
        if of_text is not None and most is not None and (of_text.value or 0.0) > (most.value or 0.0):
            told.append(f"Of a text as a whole the {pooling_name(pooling)} holds at least {whole(of_text)}.")
        saved = of_pooling(run, "codelength_saved", pooling)
        if saved is not None:
            told.append(f"Behind the words before, it saves {whole(saved)} a word: an estimate, no bound.")
    other = run.note("facts").get("other_share")
    if isinstance(other, float) and other >= _WORTH:
        told.append(f"{number(100 * other, '%')} of the words are too rare to be told apart and count as one.")
    return told
