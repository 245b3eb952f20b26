"""The table of a comparison: what a command prints and a report draws, as plain values."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from infoplane.methods._method import Choices
from infoplane.methods._numbers import Compared, Row

if TYPE_CHECKING:
    from infoplane.estimators import Estimate
    from infoplane.methods._setting import Setting

_ITEMS = 12
_OF_PAIRS = ("accuracy_difference", "macro_f1_difference")

Numbers = Mapping[str, "Estimate"]


def table(
    setting: "Setting", compared: Compared, rows: Sequence[Row], choices: Mapping[str, Choices]
) -> dict[str, Any]:
    """`methods`, one entry each; `pairs`, one for each difference; some `items` with every method's answer.

    Of every number the value stands under its name and the interval under <name>_low and <name>_high; that of the
    accuracy under low and high. A number that a method does not have, such as the coverage of answers that were not
    generated, is left out.
    """
    of_methods: dict[str, dict[str, Estimate]] = defaultdict(dict)
    of_pairs: dict[tuple[str, str], dict[str, Estimate]] = defaultdict(dict)
    for where, estimate in rows:
        if where["quantity"] in _OF_PAIRS:
            of_pairs[where["method"], where["role"]][where["quantity"]] = estimate
        else:
            of_methods[where["method"]][where["quantity"]] = estimate
    return {
        "model": setting.lm.name,
        "task": setting.task.name,
        "n": len(compared.items),
        "examples": setting.examples,
        "retriever": setting.retriever,
        "methods": [
            {
                "method": method.name,
                "says": method.says,
                "oracle": method.oracle,
                "accuracy": float(of_methods[method.name]["accuracy"]),
                "low": of_methods[method.name]["accuracy"].low,
                "high": of_methods[method.name]["accuracy"].high,
                **_plain(of_methods[method.name], without="accuracy"),
                "dropped": _total(compared.scored[method.name].dropped),
                "choices": dict(choices[method.name]),
            }
            for method in compared.methods
        ],
        "pairs": [
            {"method": one, "against": other, **_pair(found), **_discordant(compared, one, other)}
            for (one, other), found in of_pairs.items()
        ],
        "items": _items(setting, compared),
    }


def _total(dropped: NDArray[np.int64] | None) -> int | None:
    """How many examples were left out as an item itself; None for a method that retrieves none."""
    return None if dropped is None else int(dropped.sum())


def _plain(numbers: Numbers, without: str) -> dict[str, float | None]:
    plain: dict[str, float | None] = {}
    for name, estimate in numbers.items():
        if name != without:
            plain |= {name: float(estimate), f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    return plain


def _pair(numbers: Numbers) -> dict[str, float | None]:
    accuracy = numbers["accuracy_difference"]
    plain = {"difference": float(accuracy), "low": accuracy.low, "high": accuracy.high, "p_holm": accuracy.p_value}
    return plain | _plain(numbers, without="accuracy_difference")


def _discordant(compared: Compared, one: str, other: str) -> dict[str, int]:
    """How many items only the one, and only the other, has right."""
    labels = compared.items.labels
    first, second = (compared.scored[name].predicted == labels for name in (one, other))
    return {"only_method": int((first & ~second).sum()), "only_against": int((second & ~first).sum())}


def _items(setting: "Setting", compared: Compared) -> list[dict[str, Any]]:
    """Some items from all over, with their label and what every method predicts."""
    items, names = compared.items, setting.task.labels
    rows = np.unique(np.linspace(0, len(items) - 1, _ITEMS).round().astype(int)).tolist()
    predicted = {name: scored.predicted for name, scored in compared.scored.items()}
    return [
        {
            "text": items.texts[row],
            "label": names[items.labels[row]],
            "predicted": {name: names[labels[row]] for name, labels in predicted.items()},
        }
        for row in rows
    ]
