"""Two runs side by side: the key numbers and their difference."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from infoplane.report import _recovery as recovery
from infoplane.report._best import best_layer
from infoplane.report._gauge import Gauge
from infoplane.report._methods import accuracies, name_of
from infoplane.report._points import Point, apart
from infoplane.report._run_data import RunData
from infoplane.report._sections._summary import peak_step, probe_at_best
from infoplane.report._training import metric_name, metrics, result
from infoplane.report._words import DASH, interval, number


@dataclass(frozen=True, slots=True)
class Difference:
    """A line of the table: the number in both runs, each with its strip, and what lies between them."""

    name: str
    values: tuple[str, str]
    intervals: tuple[str, str]
    gauges: tuple[Gauge | None, Gauge | None]
    difference: str
    verdict: str


def _answer(run: RunData) -> Point | None:
    return run.one("steps", "answer_accuracy")


def _prompt(run: RunData) -> Point | None:
    return run.one("plane", "prompt_accuracy")


def _entropy(run: RunData) -> Point | None:
    return run.one("plane", "label_entropy")


def _input(run: RunData) -> Point | None:
    best = best_layer(run)
    return None if best is None else run.one("plane", "input_information", layer=best.layer, role=best.row.get("role"))


_COMPARED: tuple[tuple[str, Callable[[RunData], Point | None]], ...] = (
    ("H(Y), the ceiling", _entropy),
    ("I(T;Y) at the best layer", best_layer),
    ("Probe accuracy there", probe_at_best),
    ("I(T;X) there", _input),
    ("Prompt accuracy", _prompt),
    ("Greedy answer accuracy", _answer),
    ("I(T;Y) at the best step", peak_step),
)


def differences(runs: Sequence[RunData]) -> list[Difference]:
    """One line for every number both runs have; none for a single run."""
    if len(runs) < 2:
        return []
    pairs = [(name, get(runs[0]), get(runs[1])) for name, get in _COMPARED]
    pairs += _read_back(*runs)
    pairs += [(f"Accuracy, {method}", one, two) for method, one, two in _methods(*runs)]
    one, two = runs
    pairs += [(f"Test {metric_name(name)}", result(one, name), result(two, name)) for name in metrics(one)]
    return [line(name, here, there) for name, here, there in pairs if here is not None and there is not None]


def _methods(first: RunData, second: RunData) -> list[tuple[str, Point, Point]]:
    """The accuracies of the methods that both runs compared, in the order of the first."""
    there = {name_of(point): point for point in accuracies(second)}
    return [(name_of(point), point, there[name_of(point)]) for point in accuracies(first) if name_of(point) in there]


def _read_back(first: RunData, second: RunData) -> list[tuple[str, Point | None, Point | None]]:
    """What both runs read back of words, by each pooling that both have."""
    shared = [pooling for pooling in recovery.poolings(first) if pooling in recovery.poolings(second)]
    return [
        (f"{name}, {recovery.pooling_name(pooling)}", get(first, pooling), get(second, pooling))
        for pooling in shared
        for name, get in (("Most read of a word", recovery.peak), ("Read at the last layer", recovery.last))
    ]


def line(name: str, one: Point, two: Point) -> Difference:
    """A number in both runs and what lies between."""
    ends = [end for point in (one, two) for end in (point.ceiling, point.high, point.value) if end is not None]
    gap = None if one.value is None or two.value is None else two.value - one.value
    sign = "" if gap is None else "+" if gap > 0 else ""
    return Difference(
        name=name,
        values=(_value(one), _value(two)),
        intervals=(interval(one), interval(two)),
        gauges=(Gauge.of(one, max(ends)), Gauge.of(two, max(ends))),
        difference=f"{sign}{number(gap, 'points' if one.unit == '%' else one.unit)}",
        verdict=_verdict(one, two),
    )


def _value(point: Point) -> str:
    layer = f" (layer {point.layer})" if point.layer is not None else ""
    return f"{number(point.value, point.unit)}{layer}"


def _verdict(one: Point, two: Point) -> str:
    if one.low is None or one.high is None or two.low is None or two.high is None:
        return DASH
    return "intervals apart" if apart(one, two) else "intervals overlap"
