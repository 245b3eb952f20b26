"""The tables of a comparison of methods, from the plain values of methods.json."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from infoplane._cli._tables import plain_table

if TYPE_CHECKING:
    from infoplane.runs import Run

Values = Mapping[str, Any]

_NONE = "-"
_CHOICES = {"accuracy": "tune accuracy"}


def comparison(run: "Run") -> tuple[Values, list[RenderableType]]:
    """The values of the comparison in `run` and what a person sees of it; nothing where methods were not compared."""
    path = run.artifacts / "methods.json"
    if not path.is_file():
        return {}, []
    table = json.loads(path.read_text(encoding="utf-8"))
    shown: list[RenderableType] = [method_table(table), cost_table(table)]
    if table["pairs"]:
        shown.append(pair_table(table))
    shown += [Text(line) for method in table["methods"] for line in (_chosen(method), _attention(method)) if line]
    if any(method["oracle"] for method in table["methods"]):
        shown.append(Text("An oracle is told the label it should find: it shows what steering can reach, no result."))
    if dropped := max(method["dropped"] or 0 for method in table["methods"]):
        shown.append(Text(f"left out of retrieval, as the text itself or its conversation: {dropped} examples"))
    return table, shown


def method_table(table: Values) -> Table:
    """One line a method: accuracy and macro-F1 with intervals, and how many of its answers name a label."""
    title = f"{Path(table['model']).name} on {table['task']}, {table['n']} examples"
    header = ("method", "accuracy", "95 % interval", "macro F1", "95 % interval", "answers understood")
    return plain_table(title, header, [_right(method) for method in table["methods"]])


def cost_table(table: Values) -> Table:
    """One line a method: its time, tokens and dose, the divergence from the plain answer in nats."""
    header = (
        *("method", "ms", "95 % interval", "x prompt", "95 % interval"),
        *("tokens read", "said", "nats spent", "95 % interval"),
    )
    return plain_table("What an item costs", header, [_spent(method) for method in table["methods"]])


def pair_table(table: Values) -> Table:
    """One line a pair: the difference in accuracy on the same examples, exact p corrected over all pairs (Holm)."""
    header = ("method", "against", "difference", "95 % interval", "p (Holm)", "only the first right", "only the second")
    lines = [
        (
            pair["method"],
            pair["against"],
            f"{100 * pair['difference']:+.1f}",
            f"[{100 * pair['low']:+.1f}, {100 * pair['high']:+.1f}]",
            f"{pair['p_holm']:.2g}",
            str(pair["only_method"]),
            str(pair["only_against"]),
        )
        for pair in table["pairs"]
    ]
    return plain_table("Paired differences in accuracy, in points", header, lines)


def _right(method: Values) -> tuple[str, ...]:
    """Shares in per cent; a dash where a method has no such number."""
    return (
        method["method"] + (" (told the label)" if method["oracle"] else ""),
        _percent(method["accuracy"]),
        f"[{_percent(method['low'])}, {_percent(method['high'])}]",
        *_with_interval(method, "macro_f1", 3),
        _NONE if method.get("coverage") is None else _percent(method["coverage"]),
    )


def _spent(method: Values) -> tuple[str, ...]:
    """Times in milliseconds, tokens as they are; a dash where a method has no such number."""
    return (
        method["method"],
        *_with_interval(method, "seconds", 1, scale=1000),
        *_with_interval(method, "relative_seconds", 2),
        f"{method['prefill_tokens']:.0f}",
        f"{method['decode_tokens']:.1f}",
        *_with_interval(method, "divergence", 2),
    )


def _with_interval(method: Values, name: str, places: int, scale: float = 1) -> tuple[str, str]:
    """A number and its interval, to as many places as show two digits of it, at least `places`."""
    value, *bounds = (method.get(f"{name}{end}") for end in ("", "_low", "_high"))
    if value is None:
        return _NONE, ""
    size = abs(scale * value)
    places = max(places, 1 - math.floor(math.log10(size))) if size else places
    known = [f"{scale * bound:.{places}f}" for bound in bounds if bound is not None]
    return f"{scale * value:.{places}f}", f"[{', '.join(known)}]" if known else ""


def _chosen(method: Values) -> str:
    """The plain values a method chose for itself, on the tune split."""
    plain = {name: value for name, value in method["choices"].items() if isinstance(value, int | float | str)}
    said = (
        f"{_CHOICES.get(name, name.replace('_', ' '))} {f'{value:.3g}' if isinstance(value, float) else value}"
        for name, value in plain.items()
    )
    return f"{method['method']} chose {', '.join(said)}" if plain else ""


def _attention(method: Values) -> str:
    """How spread the attention of a method over labels is, and how often it only repeats what was retrieved."""
    entropy, agreement = (_with_interval(method, f"attention_{name}", 2) for name in ("entropy", "agreement"))
    if _NONE in (entropy[0], agreement[0]):
        return ""
    said = f"entropy {' '.join(entropy)} nats; the retrieved majority in {_percent(method['attention_agreement'])}"
    return f"{method['method']} attends to labels with {said}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
