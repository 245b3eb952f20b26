"""From rows of a ledger to what a person understands at once; knows nothing but rows."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from infoplane._cli._cells import all_of, first_of, interval_of, new_table, number_of, value_of
from infoplane._cli._steering_tables import steering_tables

Row = dict[str, Any]

_STATES = {"last": "last token", "content": "content tokens", None: "state"}
_ROW_COLUMNS = (
    "measure",
    "quantity",
    "split",
    "layer",
    "site",
    "head",
    "step",
    "role",
    "label",
    "method",
    "dose",
    "epoch",
)


def summary(rows: Sequence[Row]) -> list[RenderableType]:
    """The tables of a run: its plane by layer, its steps, what steering did, its warnings and what to do about them."""
    parts = [headline(rows), layer_table(rows), step_table(rows), *steering_tables(rows), flag_table(rows)]
    return [part for part in parts if part is not None]


def headline(rows: Sequence[Row]) -> Text | None:
    """A line each for the entropy of the labels, what the model answers and the best layer."""
    lines = []
    of_model = [row for row in rows if row["measure"] != "compare"]
    for quantity, says in (
        ("label_entropy", "label entropy H(Y)"),
        ("prompt_accuracy", "accuracy of the prompt"),
        ("answer_accuracy", "accuracy of the generated answers"),
    ):
        if row := first_of(of_model, quantity=quantity):
            lines.append(f"{says}: {value_of(row)} {interval_of(row)}{_chance(row)}".rstrip())
    for row in all_of(rows, quantity="best_layer_information"):
        state = _STATES.get(row["role"], row["role"])
        said = f"I(T;Y) {value_of(row)}{_bits(row)} {interval_of(row)}".rstrip()
        lines.append(f"best layer, {state}: {row['layer']}, {said} on fresh examples")
    return Text("\n".join(lines)) if lines else None


def layer_table(rows: Sequence[Row]) -> Table | None:
    """One line a layer: I(T;Y) with interval, null and share of H(Y), probe, lens, and I(T;X)."""
    plane = [row for row in all_of(rows, measure="plane") if row["step"] is None and row["split"] != "tune"]
    information = all_of(plane, quantity="label_information")
    if not information:
        return None
    table = new_table("Information by layer", "layer", "state", "I(T;Y) nats", "95 % interval", "null 95 %", "of H(Y)")
    for name in ("probe", "lens", "I(T;X) nats"):
        table.add_column(name, justify="right")
    for number, row in enumerate(sorted(information, key=lambda row: str(row["role"]), reverse=True)):
        if number and row["layer"] == information[0]["layer"]:
            table.add_section()
        where = {"layer": row["layer"], "role": row["role"]}
        others = [
            first_of(plane, quantity=name, **where) for name in ("probe_accuracy", "lens_accuracy", "input_information")
        ]
        state = _STATES.get(row["role"], row["role"])
        cells = [*_information(row), *(value_of(other, unit=False) for other in others)]
        table.add_row(str(row["layer"]), state, *cells, style=_style(row))
    return table


def step_table(rows: Sequence[Row]) -> Table | None:
    """One line a decoding step, at the layer that was best on the prompt, or else the last one read."""
    steps = [row for row in all_of(rows, measure="steps") if row["step"] is not None]
    information = all_of(steps, quantity="label_information")
    if not information:
        return None
    layers = {row["layer"] for row in information}
    best = first_of(rows, quantity="best_layer_information")
    layer = best["layer"] if best and best["layer"] in layers else information[-1]["layer"]
    title = f"Information by decoding step, at layer {layer}"
    table = new_table(title, "step", "running", "I(T;Y) nats", "95 % interval", "null 95 %", "of H(Y)")
    for name in ("I(T;Y | answer)", "null 95 %", "probe"):
        table.add_column(name, justify="right")
    for row in (row for row in information if row["layer"] == layer):
        where = {"layer": layer, "step": row["step"]}
        beyond = first_of(steps, quantity="conditional_label_information", **where)
        probe = first_of(steps, quantity="probe_accuracy", **where)
        null = "" if beyond is None else number_of(beyond["null_high"], beyond["units"])
        cells = [*_information(row), value_of(beyond, unit=False), null, value_of(probe, unit=False)]
        table.add_row(str(row["step"]), str(row["n"]), *cells, style=_style(row))
    return table


def flag_table(rows: Sequence[Row]) -> Table | None:
    """The warnings that the numbers carry: how many, what it means and what to do."""
    flags = flags_of(rows)
    if not flags:
        return None
    lines = [(flag, str(found["numbers"]), found["meaning"], found["remedy"]) for flag, found in flags.items()]
    return plain_table("Warnings", ("flag", "numbers", "meaning", "what to do"), lines)


def flags_of(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """Every warning among `rows`, the most frequent first: how many `numbers` carry it, `meaning` and `remedy`."""
    from infoplane.estimators import FLAGS

    counts = Counter(flag for row in rows for flag in row["flags"] or ())
    known = {flag: FLAGS.get(flag, ("", "")) for flag in counts}
    return {
        flag: {"numbers": count, "meaning": known[flag][0], "remedy": known[flag][1]}
        for flag, count in counts.most_common()
    }


def row_table(rows: Sequence[Row]) -> Table:
    """Every row as it stands in the ledger, columns without any value left out."""
    used = [name for name in _ROW_COLUMNS if any(row[name] is not None for row in rows)]
    table = new_table(
        f"{len(rows)} number{'' if len(rows) == 1 else 's'}", *used, "value", "interval", "null 95 %", "p", "n", "flags"
    )
    for row in rows:
        where = ["" if row[name] is None else str(row[name]) for name in used]
        p = "" if row["p_value"] is None else f"{row['p_value']:.3g}"
        null = number_of(row["null_high"], row["units"])
        table.add_row(*where, value_of(row), interval_of(row), null, p, str(row["n"]), ", ".join(row["flags"] or ()))
    return table


def plain_table(title: str, header: Sequence[str], lines: Iterable[Sequence[str]]) -> Table:
    """A table of texts, all columns to the left."""
    table = new_table(title, *header)
    for column in table.columns:
        column.justify, column.overflow = "left", "fold"
    for line in lines:
        table.add_row(*line)
    return table


def _style(row: Row) -> str:
    return "dim" if "not_above_null" in (row["flags"] or ()) else ""


def _information(row: Row) -> list[str]:
    """Value, interval, null and share of the ceiling."""
    share = f"{round(100 * row['value'] / row['ceiling'])} %" if row["ceiling"] else ""
    return [value_of(row, unit=False), interval_of(row), number_of(row["null_high"], row["units"]), share]


def _bits(row: Row) -> str:
    """Nats as bits, in brackets."""
    return f" ({row['value'] / math.log(2):.2f} bits)" if row["units"] == "nats" else ""


def _chance(row: Row) -> str:
    return "" if row["null_high"] is None else f", null 95 % {number_of(row['null_high'], row['units'])}"
