"""The tables of a comparison of methods, from the plain values of methods.json."""

import json
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


def comparison(run: "Run") -> tuple[Values, list[RenderableType]]:
    """The values of the comparison in `run` and what a person sees of it; nothing where methods were not compared."""
    path = run.artifacts / "methods.json"
    if not path.is_file():
        return {}, []
    table = json.loads(path.read_text(encoding="utf-8"))
    shown: list[RenderableType] = [method_table(table)]
    if table["pairs"]:
        shown.append(pair_table(table))
    if any(method["oracle"] for method in table["methods"]):
        shown.append(Text("An oracle is told the label it should find: it shows what steering can reach, no result."))
    if dropped := max(method["dropped"] or 0 for method in table["methods"]):
        shown.append(Text(f"left out of retrieval, as the text itself or its conversation: {dropped} examples"))
    return table, shown


def method_table(table: Values) -> Table:
    """One line a method: accuracy and macro-F1 with intervals, what its answers cost, and how many could be read."""
    title = f"{Path(table['model']).name} on {table['task']}, {table['n']} examples"
    header = (
        *("method", "accuracy", "95 % interval", "macro F1", "95 % interval", "name a label"),
        *("ms an item", "95 % interval", "x prompt", "95 % interval", "read", "said"),
    )
    return plain_table(title, header, [_method_line(method) for method in table["methods"]])


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


def _method_line(method: Values) -> tuple[str, ...]:
    """Shares in per cent, times in milliseconds, tokens as they are; no number where a method has no such number."""
    return (
        method["method"] + (" (told the label)" if method["oracle"] else ""),
        _percent(method["accuracy"]),
        f"[{_percent(method['low'])}, {_percent(method['high'])}]",
        *_with_interval(method, "macro_f1", ".3f"),
        _percent(method["coverage"]) if "coverage" in method else "-",
        *_with_interval(method, "seconds", ".1f", scale=1000),
        *_with_interval(method, "relative_seconds", ".2f"),
        f"{method['prefill_tokens']:.0f}",
        f"{method['decode_tokens']:.1f}",
    )


def _with_interval(method: Values, name: str, written: str, scale: float = 1) -> tuple[str, str]:
    value, *bounds = (method.get(f"{name}{end}") for end in ("", "_low", "_high"))
    if value is None:
        return "", ""
    known = [format(scale * bound, written) for bound in bounds if bound is not None]
    return format(scale * value, written), f"[{', '.join(known)}]" if known else ""


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
