import json
import math

import numpy as np
import pytest
from killed_runs import row

from infoplane._errors import RunError
from infoplane.estimators import Estimate
from infoplane.runs import COORDINATES, FIELDS, Ledger

ESTIMATE = Estimate(value=0.25, low=0.2, high=0.3, n=40, estimator="made up", null_mean=0.0, null_high=0.01)


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "ledger.jsonl")


def test_a_row_is_its_coordinates_then_the_fields_of_an_estimate(ledger):
    ledger.add(ESTIMATE, measure="plane", quantity="label_information", layer=3)
    (written,) = [json.loads(line) for line in ledger.path.read_text().splitlines()]
    assert tuple(written) == (*COORDINATES, *FIELDS)
    assert written["layer"] == 3
    assert written["dose"] is None
    assert Estimate.from_dict(written) == ESTIMATE
    assert ledger.rows() == [written]


def test_a_row_whose_coordinates_stand_there_is_ignored(ledger):
    ledger.append([row(0, value=0.5), row(0, value=0.7), row(1)])
    ledger.append([row(1, value=0.9), row(2)])
    again = Ledger(ledger.path)
    again.append([row(2, value=0.1)])
    assert [(found["layer"], found["value"]) for found in again.rows()] == [(0, 0.5), (1, 0.5), (2, 0.5)]
    assert len(again) == len(ledger) == 3


def test_has_takes_a_coordinate_that_is_not_named_as_any_and_none_as_null(ledger):
    assert not ledger.has(layer=1)
    ledger.append([row(1, role="last"), row("final")])
    assert ledger.has(layer=1)
    assert ledger.has(layer=1, quantity="label_information", role="last")
    assert ledger.has(layer="final", role=None)
    assert not ledger.has(layer=1, role=None)
    ledger.append([row(2)])
    assert ledger.has(layer=2)
    assert Ledger(ledger.path).has(layer=2)
    with pytest.raises(RunError, match="unknown coordinate lair"):
        ledger.has(lair=2)


def test_filter_keeps_order_and_rejects_unknown_names(ledger):
    ledger.append([row(2), row(1, "probe_accuracy"), row(1)])
    assert [found["quantity"] for found in ledger.filter(layer=1)] == ["probe_accuracy", "label_information"]
    assert ledger.filter(layer=7) == []
    with pytest.raises(RunError, match="unknown coordinate"):
        ledger.filter(value=1)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float64("nan")])
def test_a_number_that_is_not_finite_is_refused_and_nothing_is_written(ledger, value):
    bad = row(4, role="last") | {"high": value}
    with pytest.raises(RunError, match="label_information, layer 4, role last holds what cannot be kept"):
        ledger.append([row(3), bad])
    assert not ledger.path.exists()
    assert not ledger.has(layer=3)


def test_numpy_numbers_are_written_as_plain_ones(ledger):
    ledger.append([row(np.int64(4), seed=np.int32(1)) | {"value": np.float32(0.5), "n": np.int64(7)}])
    (found,) = ledger.rows()
    assert (found["layer"], found["seed"], found["value"], found["n"]) == (4, 1, 0.5, 7)
    assert ledger.has(layer=4)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"colour": "red"}, "unknown coordinate colour"),
        ({"label": ["a", "b"]}, r"coordinate label \['a', 'b'\]"),
        ({"label": object()}, "coordinate label <object"),
    ],
)
def test_what_is_no_row_is_refused(ledger, bad, said):
    with pytest.raises(RunError, match=said):
        ledger.append([row(1) | bad])
    with pytest.raises(RunError, match="a row without"):
        ledger.append([{"quantity": "q", "value": 1.0}])
    assert not ledger.path.exists()


@pytest.mark.parametrize("line", [b"{broken\n", b"[1, 2]\n", b'{"quantity": "x"}\n', b"\x00\x00\n", b"\xff\n", b"\n"])
def test_a_line_that_cannot_be_read_is_named_by_its_number(ledger, line):
    ledger.append([row(0), row(1)])
    first, second = ledger.path.read_bytes().splitlines(keepends=True)
    ledger.path.write_bytes(first + line + second)
    with pytest.raises(RunError, match=r"line 2 of .*ledger.jsonl cannot be read"):
        Ledger(ledger.path)
    assert ledger.path.read_bytes() == first + line + second


def test_labels_with_any_character_survive_and_stay_on_one_line(ledger):
    labels = ["a\nb", "\u2028", "\x85", 'q"', "日本", "\ud800"]
    ledger.append([row(0, label=label) for label in labels])
    assert ledger.path.read_bytes().count(b"\n") == len(ledger.path.read_text().splitlines()) == len(labels)
    assert [found["label"] for found in Ledger(ledger.path).rows()] == labels


def test_to_pandas_has_whole_numbers_and_missing_values(ledger):
    ledger.append([row(0) | {"flags": ["negative"]}, row(1, seed=3)])
    ledger.add(Estimate(value=1.0, n=2, estimator="count", units="count"), quantity="answers_running", step=1)
    frame = ledger.to_pandas()
    assert list(frame.columns) == [*COORDINATES, *FIELDS]
    assert frame["layer"].dtype == frame["seed"].dtype == "Int64"
    assert frame["low"].dtype == frame["ceiling"].dtype == "float64"
    assert frame["layer"].isna().tolist() == [False, False, True]
    assert frame.loc[0, "flags"] == ["negative"]
    ledger.append([row("final")])
    assert ledger.to_pandas()["layer"].tolist()[-1] == "final"


def test_an_empty_ledger_is_a_frame_without_rows(ledger):
    assert ledger.rows() == []
    assert list(ledger.to_pandas().columns) == [*COORDINATES, *FIELDS]
    assert not ledger.path.exists()


def test_reading_a_ledger_loads_no_torch(child, ledger):
    ledger.append([row(0)])
    code = "import sys; from infoplane.runs import Ledger; print(Ledger(sys.argv[1]).to_pandas().shape); "
    code += "assert not {'torch', 'transformers'} & set(sys.modules)"
    done = child(code, ledger.path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str((1, len(COORDINATES) + len(FIELDS)))
