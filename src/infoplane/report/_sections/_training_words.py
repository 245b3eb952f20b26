"""What a training reached and a sweep found, in words that do not flatter."""

from infoplane.report import _distill as distilled
from infoplane.report._best import best_layer
from infoplane.report._points import Point, apart
from infoplane.report._run_data import RunData
from infoplane.report._sections._method_table import duration
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
from infoplane.report._words import number, signed, whole

_PLAIN = "cross-entropy"


def training(run: RunData) -> list[str]:
    """What the chosen epoch reaches, how it was chosen, and what it took."""
    named = metrics(run)
    if not named:
        return []
    metric, held, tested, epoch = named[0], held_out(run), result(run, named[0]), chosen_epoch(run)
    told = [_reached(run, metric, tested, epoch), _held(run, metric, held, tested), _moved(run), _took(run)]
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


def _moved(run: RunData) -> str:
    """What the best layer said of the label before, and what it says after."""
    if run.before is None or run.after is None:
        return ""
    before, after = best_layer(run.before), best_layer(run.after)
    if before is None or after is None or before.value is None or after.value is None:
        return ""
    both = f"from {number(before.value, before.unit)} at layer {before.layer} to {number(after.value, after.unit)}"
    told = f"What the best layer says of the label went {both} at layer {after.layer}"
    known = None not in (before.low, before.high, after.low, after.high)
    return f"{told}; their intervals overlap." if known and not apart(before, after) else f"{told}."


def distillation(run: RunData) -> list[str]:
    """What the student reaches, beside its teacher and a student that had none."""
    metric = next(iter(distilled.metrics(run)), "")
    reached = distilled.tested(run, distilled.STUDENT, metric)
    if reached is None:
        return []
    count = distilled.configurations(run)
    best = "" if count is None else f", the best of {count} on held-out examples,"
    told = [f"The student{best} reaches {metric_name(metric)} {whole(reached)} on {reached.n:,} test examples."]
    gaps = ((said, distilled.gain(run, other)) for other, said in distilled.NAMES.items())
    against = [f"{signed(gap)} against {said}" for said, gap in gaps if gap is not None]
    return [*told, *([f"That is {' and '.join(against)}."] if against else [])]


def _took(run: RunData) -> str:
    total = seconds(run)
    if total is None or total.value is None:
        return ""
    each = f", {duration(total.value / total.n)} for each of {total.n:,} steps" if total.n else ""
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
