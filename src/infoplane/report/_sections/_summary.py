"""The key numbers of a run, as cards and as two or three sentences."""

from infoplane.report._best import best_layer, is_fresh
from infoplane.report._figures._step_curves import quoted_layer
from infoplane.report._figures._step_map import row_name
from infoplane.report._methods import NAMES, PROMPT, accuracies, best_vote, knows_the_label, name_of
from infoplane.report._points import Point, apart
from infoplane.report._run_data import RunData
from infoplane.report._sections import _audit_words, _recovery_cards, _recovery_words, _training_words, _winner
from infoplane.report._sections._card import Card, card
from infoplane.report._training import chosen_epoch, held_out, metric_name, metrics, result
from infoplane.report._words import STATES, number

_CARDS = 4


def cards(run: RunData) -> list[Card]:
    """What to look at first; what was not measured is left out."""
    best, probe, prompt = best_layer(run), probe_at_best(run), run.one("plane", "prompt_accuracy")
    peak, fresh = peak_step(run), ", fresh split" if probe is not None and is_best(probe) else ""
    step = "" if peak is None else f"step {row_name(run, peak.step or 0)}, layer {peak.layer}"
    shown = (
        ("Most about the label", best, "" if best is None else _where_best(run, best)),
        ("Readable there", probe, f"accuracy of a probe at that layer{fresh}"),
        ("Used by the prompt", prompt, "accuracy of the label the model scores highest"),
        ("While answering", peak, f"I(T;Y) at its highest: {step}"),
    )
    made = [card(title, point, note) for title, point, note in shown if point is not None]
    others = [card(title, point, note) for title, point, note in _methods(run) or _trained(run)]
    return made or others or _recovery_cards.recovered(run) or _recovery_cards.audited(run)


def sentences(run: RunData) -> list[str]:
    """The same in words, with the comparisons a reader would make."""
    told = [*_training_words.training(run), *_training_words.distillation(run), *_training_words.sweep(run)]
    told += [*_winner.sentences(run), *_recovery_words.sentences(run), *_audit_words.sentences(run)]
    told += [_best_sentence(run), _gap_sentence(run), _decoding_sentence(run)]
    return [sentence for sentence in told if sentence]


def _methods(run: RunData) -> list[tuple[str, Point, str]]:
    """The methods a reader asks for first: the one that leads, the bare prompt, the vote, the steered one."""
    found = {name_of(point): point for point in accuracies(run)}
    fair = [name for name in found if not knows_the_label(name)]
    shown = dict.fromkeys(
        [*fair[:1], *(name for name in ("ic-icl", best_vote(run), PROMPT, "icl") if name in found), *fair]
    )
    return [(NAMES.get(name, name), found[name], f"right of {found[name].n:,} items") for name in list(shown)[:_CARDS]]


def _trained(run: RunData) -> list[tuple[str, Point, str]]:
    """What a training reached, and the best layer before and after it."""
    metric, epoch = next(iter(metrics(run)), ""), chosen_epoch(run)
    at = "" if epoch is None else f", epoch {epoch}"
    shown = [
        ("Test", result(run, metric), f"{metric_name(metric)}{at}"),
        ("Held out", held_out(run), f"{metric_name(metric)}{at}, chosen here"),
    ]
    for when, one in (("before", run.before), ("after", run.after)):
        best = None if one is None else best_layer(one)
        if one is not None and best is not None:
            shown.append((f"I(T;Y) {when}", best, f"at layer {best.layer} of {one.blocks}, {when} training"))
    return [(title, point, note) for title, point, note in shown if point is not None]


def probe_at_best(run: RunData) -> Point | None:
    """Probe accuracy at the layer to quote, from a fresh split where there is one."""
    best = best_layer(run)
    if best is None:
        return None
    where = {"layer": best.layer, "role": best.row.get("role")}
    return run.one("best_layer", "best_layer_accuracy", **where) or run.one("plane", "probe_accuracy", **where)


def is_best(point: Point) -> bool:
    """Whether an accuracy comes from another split than the choice of its layer."""
    return point.row.get("quantity") == "best_layer_accuracy"


def peak_step(run: RunData) -> Point | None:
    """The step with most about the label at the layer quoted for decoding; steps of few answers do not count."""
    layer = quoted_layer(run)
    found = [
        point
        for point in run.find("steps", "label_information", layer=layer)
        if point.step is not None and "few_running" not in point.flags
    ]
    return max(found, key=lambda point: point.value or 0.0, default=None) if layer is not None else None


def _where_best(run: RunData, best: Point) -> str:
    role = STATES.get(str(best.row.get("role")), "")
    fresh = "fresh split" if is_fresh(best) else "same split as the choice"
    return ", ".join(part for part in (f"I(T;Y) at layer {best.layer} of {run.blocks}", role, fresh) if part)


def _best_sentence(run: RunData) -> str:
    best = best_layer(run)
    if best is None:
        return ""
    share = ""
    if best.share is not None:
        share = f", {100 * best.share:.0f} % of the {number(best.ceiling, 'bits')} there are to know"
    how = "on the split the layer was chosen on, so read it as an upper end"
    if is_fresh(best):
        how = "measured on a split that had no part in choosing the layer"
    said = number(best.value, "bits")
    return f"Layer {best.layer} of {run.blocks} says most about the {run.aspect}: {said}{share}, {how}."


def _gap_sentence(run: RunData) -> str:
    probe, prompt = probe_at_best(run), run.one("plane", "prompt_accuracy")
    if probe is None or prompt is None or probe.value is None or prompt.value is None:
        return ""
    both = f"A probe there is right on {probe.value:.0f} % of the samples, the prompt on {prompt.value:.0f} %"
    if not apart(probe, prompt):
        return f"{both}; their intervals overlap."
    gap = probe.value - prompt.value
    held = "readable by a probe, but not in the model's answer"
    used = "the model uses more than a probe of these examples can read"
    return f"{both}: a gap of {abs(gap):.0f} points, {held if gap > 0 else used}."


def _decoding_sentence(run: RunData) -> str:
    peak = peak_step(run)
    if peak is None:
        return ""
    said = number(peak.value, "bits")
    told = f"While it answers, the state that emits token {peak.step} says most: {said} at layer {peak.layer}."
    left = run.one("steps", "conditional_label_information", layer=peak.layer, step=peak.step)
    if left is None:
        return told
    return f"{told} Once the answer is known, {_remaining(left, peak)}."


def _remaining(left: Point, peak: Point) -> str:
    """What is left beside the answer; a difference of bounds, so it can exceed what there was."""
    if left.above_null and (left.value or 0.0) >= (peak.value or 0.0):
        return "all of it remains"
    within = ", which is within its null" if left.null_high is not None and not left.above_null else ""
    return f"{number(left.value, 'bits')} remain{within}"
