"""What the CMI paper published, checked as numbers, and its tables made at the smallest scale."""

import cmi_students
import conditional_information
import numpy as np
import pytest
from cmi_paper import COLUMNS, ITEMS, TABLE_1, TABLE_2, possible_count

from infoplane.tasks import evaluate


def test_metrics_of_a_small_confusion_are_those_worked_out_by_hand():
    true = np.repeat([1, 0, 1, 0], [3, 1, 2, 4])
    given = np.repeat([1, 1, 0, 0], [3, 1, 2, 4])
    found = evaluate(("accuracy", "f1", "matthews_correlation"), true, given, 2)
    assert found["accuracy"] == pytest.approx(0.7)
    assert found["f1"] == pytest.approx(2 / 3)
    assert (found["accuracy"] + found["f1"]) / 2 == pytest.approx(0.6833, abs=5e-5)
    assert found["matthews_correlation"] == pytest.approx(0.4082, abs=5e-5)


def test_printed_accuracies_that_no_count_gives_are_found():
    assert possible_count(91.3, ITEMS["mrpc"]) is None
    assert possible_count(63.4, ITEMS["wnli"]) == 45
    assert [possible_count(value, 71) for value in (53.5, 57.7, 56.3)] == [38, 41, 40]


def test_the_published_mean_gains_are_those_of_the_rows():
    means = []
    for table in (TABLE_1, TABLE_2):
        before, after = ([row[column] for column in COLUMNS] for row in table.values())
        means.append(np.mean(np.subtract(after, before)))
    assert means == pytest.approx([2.03, 1.43], abs=0.01)


@pytest.mark.heavy
def test_both_tables_are_made_and_continued(shared, tmp_path, capsys, monkeypatch):
    some = ("cross-entropy", "min-cmi", "label-smoothing", "max-cmi")
    kept = {name: grid for name, grid in conditional_information.GRIDS.items() if name in some}
    monkeypatch.setattr(conditional_information, "GRIDS", kept | {"cross-entropy": {}})
    monkeypatch.setattr(conditional_information, "HELD", 8)
    monkeypatch.setattr(cmi_students, "TEMPERATURES", (2.0,))
    asked = ["--model", str(shared / "models" / "ed-encoder"), "--data", str(shared / "data"), "--tasks", "WNLI"]
    asked += ["--examples", "8", "--epochs", "1", "--seeds", "2", "--max-length", "12", "--out", str(tmp_path / "runs")]
    conditional_information.main(asked)
    first = capsys.readouterr().out
    assert all(
        f"| {name} " in first for name in ("min-cmi (best of 2)", "max-cmi (best of 2)", "no teacher (best of 1)")
    )
    conditional_information.main(asked)
    assert capsys.readouterr().out == first
