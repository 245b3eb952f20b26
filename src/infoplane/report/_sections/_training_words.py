"""What a training reached and a sweep found, in words that do not flatter."""

from infoplane.report._points import Point
from infoplane.report._run_data import RunData
from infoplane.report._sweep import arms, configurations, gain
from infoplane.report._training import (
    REPORTED,
    by_epoch,
    chosen_epoch,
    held_out,
    method_of,
    metric_name,
    metrics,
    result,
    seconds,
)
from infoplane.report._words import number, whole

_PLAIN = "cross-entropy"


def training(run: RunData) -> list[str]:
    """What the chosen epoch reaches, how it was chosen, and what it took."""
    named = metrics(run)
    if not named:
        return []
    metric, held, tested, epoch = named[0], held_out(run), result(run, named[0]), chosen_epoch(run)
    told = [_reached(run, metric, tested, epoch), _held(run, metric, held, tested), _took(run)]
    if tested is not None and REPORTED in tested.flags:
        told.insert(1, "Selected on the reported set, as the papers do: this number is too high.")
    return [sentence for sentence in told if sentence]


def _reached(run: RunData, metric: str, tested: Point | None, epoch: int | None) -> str:
    if tested is None:
        return ""
    with_it = f"Trained with {method_of(run)}, the" if method_of(run) else "The"
    at = "" if epoch is None else f" at epoch {epoch}"
    return f"{with_it} network reaches {metric_name(metric)} {whole(tested)} on {tested.n:,} test examples{at}."


def _held(run: RunData, metric: str, held: Point | None, tested: Point | None) -> str:
    count = len(by_epoch(run, metric))
    if held is None or held.row.get("split") == "test":
        return ""
    of = f"the best of {count} epochs" if count > 1 else "the only epoch"
    if tested is None:
        return f"On {held.n:,} held-out examples {of} reaches {metric_name(metric)} {whole(held)}."
    return f"That is {of} on {held.n:,} held-out examples, where it reaches {whole(held)}."


def _took(run: RunData) -> str:
    total = seconds(run)
    if total is None or total.value is None:
        return ""
    each = f", {1000 * total.value / total.n:.3g} ms for each of {total.n:,} steps" if total.n else ""
    return f"Training took {number(total.value, 'seconds')}{each}."


def sweep(run: RunData) -> list[str]:
    """Which methods are clearly better or worse than the baseline, on how many tasks, of how many configurations."""
    found = [(arm, one) for arm in arms(run) if (one := gain(run, arm)) is not None]
    told = []
    for method in dict.fromkeys(arm.method for arm, _ in found):
        own = [one for arm, one in found if arm.method == method]
        better, worse = (sum(one.clearly == way for one in own) for way in (1, -1))
        base = own[0].row.get("role") or _PLAIN
        tasks = f"{len(own)} task{'s' if len(own) > 1 else ''}"
        told.append(f"{method} is clearly better than {base} on {better} of {tasks}, clearly worse on {worse}.")
    return [*told, *_tried(run)] if found else _tried(run)


def _tried(run: RunData) -> list[str]:
    counts = {count for arm in arms(run) if (count := configurations(run, arm)) is not None}
    if not counts:
        return []
    low, high = min(counts), max(counts)
    said = f"{low}" if low == high else f"{low} to {high}"
    return [f"Each is the best of {said} configuration{'' if high == 1 else 's'} on held-out examples."]
