"""Tables of what steering did, from rows that were made up."""

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from made_numbers import rows
from rich.console import Console

from infoplane._cli._measure import _planned
from infoplane._cli._method_tables import comparison
from infoplane._cli._steering_tables import dose_table, key_step_table, read_write_table
from infoplane._cli._tables import layer_table, step_table, summary
from infoplane.estimators import Estimate
from infoplane.runs import COORDINATES

FRACTION: dict[str, Any] = {"units": "fraction"}


def printed(part: Any) -> str:
    file = io.StringIO()
    Console(file=file, width=200, markup=False).print(part)
    return file.getvalue()


def cells(table: Any, *first: str) -> list[str]:
    """The cells of the only line that begins with `first`."""
    lines = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in printed(table).splitlines()]
    (found,) = [line for line in lines if line[: len(first)] == list(first)]
    return found


def row(measure: str, quantity: str, value: float, units: Any = "nats", **about: Any) -> dict[str, Any]:
    given = {name: about.pop(name, None) for name in ("null_mean", "null_high", "p_value")}
    estimate = Estimate(
        value=value, low=value - 0.1, high=value + 0.1, units=units, n=60, estimator="made", ceiling=2.0, **given
    )
    return dict.fromkeys(COORDINATES) | about | {"measure": measure, "quantity": quantity} | estimate.as_dict()


def doses() -> list[dict[str, Any]]:
    made = [row("dose", "neutral_loss", 3.0, method="plain")]
    for method, passed in (("add", 0.2), ("random", 0.02)):
        for dose in (0.1, 1.0):
            where = {"method": method, "dose": dose, "role": "2-3"}
            made += [
                row("dose", "divergence", 1.2 * dose, **where),
                row("dose", "transferred_information", passed * dose, null_high=0.05, p_value=0.01, **where),
                row("dose", "transfer_efficiency", passed / 1.2, **FRACTION, **where),
                row("dose", "neutral_loss", 3.0 + 0.25 * dose, **where),
            ]
    return made


def key_steps() -> list[dict[str, Any]]:
    made = [row("key_steps", "steered_accuracy", 0.5, **FRACTION, method="plain")]
    for kind, value in (("oracle", 0.9), ("random", 0.55), ("other", 0.2)):
        for operation in ("add", "erase"):
            for place in ({"step": 1, "role": "2-3"}, {"step": 1, "layer": 2}, {"step": 0, "layer": 2}):
                where = {"method": f"{kind} {operation}", "site": "residual", **place}
                made.append(row("key_steps", "steered_accuracy", value, **FRACTION, p_value=0.0123, **where))
                made.append(row("key_steps", "label_information", 2.099, **where))
    return made


def read_write() -> list[dict[str, Any]]:
    made = [row("read_write", "read_write_correlation", 0.7, "score", p_value=0.14)]
    for layer in (1, 2):
        made.append(row("read_write", "label_information", 0.4 * layer, layer=layer, null_high=0.03))
        made.append(row("read_write", "write_gain", 3.0 * layer, "score", layer=layer, null_mean=1.5, p_value=0.019))
    return made


def test_what_an_oracle_answers_is_no_information_of_a_layer_or_step() -> None:
    steered = [*doses(), *key_steps(), *read_write()]
    assert layer_table(steered) is None
    assert step_table(steered) is None
    for table in (layer_table, step_table):
        assert printed(table([*steered, *rows()])) == printed(table(rows()))


def test_the_summary_has_a_table_for_every_steering_measure() -> None:
    for made, title in (
        (doses(), "What a dose buys, in nats, at layers 2-3"),
        (key_steps(), "Accuracy after a change of the states, 50.0 % without"),
        (read_write(), "What is read and what is written"),
    ):
        (table,) = summary(made)
        assert printed(table).startswith(title)
    assert [dose_table(rows()), key_step_table(rows()), read_write_table(rows())] == [None] * 3


def test_a_dose_stands_beside_what_was_spent_and_its_cost() -> None:
    table = dose_table(doses())
    assert table is not None
    assert table.row_count == 4
    assert cells(table, "1", "add") == [
        "1", "add", "1.200", "0.200", "[0.100, 0.300]", "0.050", "16.7 %", "+0.250",
    ]  # fmt: skip
    assert cells(table, "0.1", "random")[2:4] == ["0.120", "0.002"]


def test_a_dose_without_a_plain_loss_has_no_cost() -> None:
    table = dose_table([one for one in doses() if one["method"] != "plain"])
    assert cells(table, "1", "add")[-1] == "16.7 %"


def test_key_steps_stand_beside_their_controls() -> None:
    table = key_step_table(key_steps())
    assert table is not None
    assert table.row_count == 2
    assert cells(table, "erase") == ["erase", "1", "2-3", "90.0 %", "20.0 %", "55.0 %", "0.012"]
    assert "2 single layers: infoplane show --measure key_steps" in printed(table)


def test_single_layers_are_shown_where_there_is_nothing_else() -> None:
    table = key_step_table([one for one in key_steps() if one["role"] is None])
    assert table is not None
    assert cells(table, "add", "0")[2] == "2"
    assert table.row_count == 4
    assert "single layers" not in printed(table)


def test_what_is_written_stands_beside_its_control() -> None:
    table = read_write_table(read_write())
    assert cells(table, "2") == [
        "2", "0.800", "[0.700, 0.900]", "0.030", "6.000", "[5.900, 6.100]", "1.500", "0.019",
    ]  # fmt: skip
    assert "rank correlation of read and written over 60 layers: 0.700 [0.600, 0.800], p = 0.14" in printed(table)


def test_steering_tables_fit_eighty_columns() -> None:
    file = io.StringIO()
    Console(file=file, width=80).print(dose_table(doses()), key_step_table(key_steps()), read_write_table(read_write()))
    assert "…" not in file.getvalue()


@pytest.fixture
def compared(tmp_path: Path) -> str:
    """What is shown of a cheap method that generates nothing and of one that attends."""
    common = {"low": 0.4, "high": 0.6, "accuracy": 0.5, "oracle": False, "dropped": None, "macro_f1": 0.4}
    common |= {"prefill_tokens": 0.0, "decode_tokens": 0.0, "choices": {}}
    cheap = {"method": "knn-vote", "seconds": 0.000302, "seconds_low": 0.000122, "seconds_high": 0.000517}
    cheap |= {"relative_seconds": 0.0053, "relative_seconds_low": 0.003, "relative_seconds_high": 0.008}
    steered: dict[str, Any] = {"method": "ic-icl", "seconds": 0.0593, "seconds_low": 0.019, "seconds_high": 0.0844}
    steered |= {"divergence": 0.589, "divergence_low": 0.464, "divergence_high": 0.717, "coverage": 0.9}
    steered |= {"attention_entropy": 1.234, "attention_entropy_low": 1.1, "attention_entropy_high": 1.4}
    steered |= {"attention_agreement": 0.97, "choices": {"k": 5, "dose": 0.37513, "log_prior": [0.1], "accuracy": 0.41}}
    table = {"model": "tiny", "task": "made", "n": 60, "pairs": [], "methods": [common | cheap, common | steered]}
    (tmp_path / "methods.json").write_text(json.dumps(table), encoding="utf-8")
    return "".join(map(printed, comparison(SimpleNamespace(artifacts=tmp_path))[1]))  # type: ignore[arg-type]


def test_a_short_time_lies_inside_its_interval(compared: str) -> None:
    assert "0.30  [0.12, 0.52]" in " ".join(compared.split(" ")).replace("    ", "  ")
    assert "0.0053" in compared
    assert "[0.0030, 0.0080]" in compared
    assert "[19.0, 84.4]" in compared


def test_what_a_method_spends_chose_and_attends_to_is_shown(compared: str) -> None:
    assert "[0.46, 0.72]" in compared
    assert "ic-icl chose k 5, dose 0.375, tune accuracy 0.41\n" in compared
    assert "ic-icl attends to labels with entropy 1.23 [1.10, 1.40] nats; the retrieved majority in 97.0 %" in compared
    assert "knn-vote chose" not in compared
    assert "knn-vote attends" not in compared


def test_a_method_that_generates_nothing_has_a_dash(compared: str) -> None:
    lines = [line.split() for line in compared.splitlines() if line.strip().startswith(("knn-vote", "ic-icl"))]
    assert lines[0][-1] == "-"
    assert lines[1][-2:] == ["90.0", "%"]


def test_a_plan_names_cells_after_the_measure_that_was_asked() -> None:
    for measures, said in ((["read_write"], "read_write 5"), (["plane", "read_write"], "plane 5")):
        plan = {"measures": measures, "cells": {"plane": 5}}
        result = _planned(plan, as_json=False)
        assert cells(result.shown[0], "cells") == ["cells", said]
        assert result.document == {"plan": plan}
