"""The tables of a sweep, from the plain values of sweep.json."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from infoplane._cli._tables import plain_table

if TYPE_CHECKING:
    from infoplane.runs import Run

Values = Mapping[str, Any]

_BY_ITEM = "item_accuracy_difference"


def swept(run: "Run") -> tuple[Values, list[RenderableType]]:
    """The values of the sweep in `run` and what a person sees of it; nothing where none was made."""
    path = run.artifacts / "sweep.json"
    if not path.is_file():
        return {}, []
    table = json.loads(path.read_text(encoding="utf-8"))
    shown: list[RenderableType] = [arm_table(table)]
    if any(arm["differences"] for arm in table["arms"]):
        shown.append(difference_table(table))
    if table["select_on"] == "test":
        shown.append(Text("selected on the reported set: epochs and configurations were chosen by what is shown"))
    shown += [Text(f"failed: {place} ({why})") for place, why in table["failed"].items()]
    return table, shown


def arm_table(table: Values) -> Table:
    """One line a task and method: the median over seeds on the test split, and how many it is the best of."""
    seeds = len(table["seeds"])
    title = (
        f"Median over {seeds} seed{'s' if seeds > 1 else ''}, in points; configurations chosen on {table['select_on']}"
    )
    held = f"on {table['select_on']}"
    header = ("task", "method", "metric", "on test", "interval", "chosen", "best of", held, "seconds")
    return plain_table(title, header, [_arm(arm) for arm in table["arms"]])


def difference_table(table: Values) -> Table:
    """One line a difference from the baseline, with p corrected over the tasks (Holm)."""
    title = f"Differences from {table['baseline']} on test, in points"
    header = ("task", "method", "metric", "paired by", "difference", "95 % interval", "p (Holm)")
    return plain_table(title, header, [line for arm in table["arms"] for line in _differences(arm)])


def _arm(arm: Values) -> tuple[str, ...]:
    told = arm["test"][arm["metric"]]
    chosen = ", ".join(f"{name} {_short(value)}" for name, value in arm["chosen"].items())
    count = f"{arm['configurations']} configuration{'s' if arm['configurations'] > 1 else ''}"
    return (
        arm["task"],
        arm["method"],
        arm["metric"].replace("_", " "),
        f"{100 * told['value']:.1f}",
        _interval(told, sign="") + (f" ({100 * told['confidence']:.0f} %)" if told["low"] is not None else ""),
        chosen or "-",
        count + (f", {len(arm['failed'])} failed" if arm["failed"] else ""),
        f"{100 * arm['score']:.1f}",
        f"{arm['seconds']:.0f}",
    )


def _differences(arm: Values) -> Iterator[tuple[str, ...]]:
    """That of the metric which chose, by seed, and that of the accuracy, by item."""
    for quantity, by in ((f"{arm['metric']}_difference", "seed"), (_BY_ITEM, "item")):
        if found := arm["differences"].get(quantity):
            metric = quantity.removesuffix("_difference").removeprefix("item_").replace("_", " ")
            yield (
                *(arm["task"], arm["method"], metric, by, f"{100 * found['value']:+.1f}"),
                *(_interval(found, sign="+"), f"{found['p_holm']:.2g}"),
            )


def _interval(found: Values, sign: str) -> str:
    if found["low"] is None:
        return ""
    return f"[{100 * found['low']:{sign}.1f}, {100 * found['high']:{sign}.1f}]"


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
