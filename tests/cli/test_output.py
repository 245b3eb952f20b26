"""What is printed: tables from rows alone, and exactly one JSON document where it is asked for."""

import io
import json

import numpy as np
import pytest
from made_numbers import rows
from rich.console import Console

from infoplane._cli._output import progress
from infoplane._cli._tables import flag_table, headline, layer_table, row_table, step_table, summary
from infoplane.estimators import FLAGS


def printed(*parts) -> str:
    """Renderables as text."""
    file = io.StringIO()
    console = Console(file=file, width=200, markup=False)
    for part in parts:
        console.print(part)
    return file.getvalue()


def cells(table, first: str) -> list[str]:
    """The cells of the line of a printed table that begins with `first`."""
    (line,) = [line for line in printed(table).splitlines() if line.split("  ")[0].strip() == first or
               [cell.strip() for cell in line.split("  ") if cell.strip()][:1] == [first]]  # fmt: skip
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_the_layer_table_has_a_line_for_every_layer_and_state():
    only_last = [row for row in rows() if row["role"] != "content"]
    table = layer_table(only_last)
    assert table.row_count == 3
    assert cells(table, "2") == [
        "2", "last token", "1.000", "[0.900, 1.100]", "0.040", "50 %", "70.0 %", "33.0 %", "1.250",
    ]  # fmt: skip
    assert layer_table(rows()).row_count == 6


def test_the_step_table_is_of_the_best_layer():
    table = step_table(rows())
    assert "at layer 1" in table.title
    assert cells(table, "2") == ["2", "120", "0.350", "[0.250, 0.450]", "0.040", "18 %", "0.123", "0.040", "40.0 %"]
    without_best = [row for row in rows() if row["measure"] != "best_layer"]
    assert "at layer 2" in step_table(without_best).title


def test_no_cell_is_cut_in_a_terminal_of_eighty_columns():
    file = io.StringIO()
    Console(file=file, width=80).print(layer_table(rows()), step_table(rows()))
    assert "…" not in file.getvalue().replace("interv…", "")  # the heading "interval" may be


def test_the_headline_names_entropy_prompt_and_best_layer():
    said = printed(headline(rows()))
    assert "label entropy H(Y): 2.000 nats [1.900, 2.100]" in said
    assert "accuracy of the prompt: 61.0 % [51.0 %, 71.0 %], null 95 % 4.0 %" in said
    assert "best layer, last token: 1, I(T;Y) 0.930 nats (1.34 bits) [0.830, 1.030] on fresh examples" in said


def test_every_flag_present_is_counted_and_says_what_to_do():
    said = printed(flag_table(rows()))
    for flag, count in (("not_above_null", 2), ("gaussian_usable", 6), ("fresh_split", 1)):
        assert f"{flag}" in said
        assert cells(flag_table(rows()), flag)[1] == str(count)
        assert FLAGS[flag][1].split()[0] in said
    assert flag_table([row | {"flags": []} for row in rows()]) is None


def test_tables_stand_on_whatever_rows_there_are():
    assert summary([]) == []
    assert len(summary(rows())) == 4
    entropy = [row for row in rows() if row["quantity"] == "label_entropy"]
    assert [type(part).__name__ for part in summary(entropy)] == ["Text"]
    bare = [row | dict.fromkeys(("low", "high", "null_high", "p_value", "ceiling")) for row in rows()]
    assert "None" not in printed(*summary(bare), row_table(bare))
    assert "0 numbers" in printed(row_table([]))
    assert row_table(rows()[:1]).title == "1 number"


def test_labels_with_brackets_are_printed_as_they_are():
    marked = [row | {"label": "[red]joy[/red]"} for row in rows()]
    assert "[red]joy[/red]" in printed(row_table(marked))


def test_show_prints_the_summary_what_was_left_out_and_nothing_else(infoplane, made_run):
    said = infoplane("show", made_run)
    assert said.code == 0
    assert said.err == ""
    assert "Information by layer" in said.out
    assert "Information by decoding step, at layer 1" in said.out
    assert "left out: 3 empty text\n" in said.out
    assert "too rare" not in said.out
    assert "not finished" not in said.out


def test_show_as_json_is_the_ledger_as_it_stands(infoplane, made_run):
    said = infoplane("show", made_run, "--json")
    lines = (made_run / "ledger.jsonl").read_text().splitlines()
    assert said.document["rows"] == [json.loads(line) for line in lines]
    assert said.document["excluded"] == {"empty text": 3}
    assert said.document["finished"] is True
    assert said.document["flags"]["fresh_split"]["remedy"] == FLAGS["fresh_split"][1]


def test_show_filters_by_coordinates(infoplane, made_run):
    found = infoplane("show", made_run, "--layer", 1, "--role", "last", "--measure", "plane", "--json").document["rows"]
    assert {(row["layer"], row["role"]) for row in found} == {(1, "last")}
    assert len(found) == 4
    assert "4 numbers" in infoplane("show", made_run, "--layer", 1, "--role", "last", "--measure", "plane").out
    assert "42 numbers" in infoplane("show", made_run, "--all").out
    assert len(infoplane("show", made_run, "--seed", 0, "--json").document["rows"]) == 42


@pytest.mark.parametrize(("option", "value", "have"), [("layer", 9, "0, 1, 2"), ("role", "lst", "content, last, step")])
def test_show_names_what_a_run_has_when_asked_for_what_it_has_not(infoplane, made_run, option, value, have):
    said = infoplane("show", made_run, f"--{option}", value)
    assert said.code == 2
    assert f"--{option} {value}: expected one of {have}" in said.err


def test_a_space_is_shown_by_layer(infoplane, made_space):
    said = infoplane("space", "show", made_space)
    assert "3 labels: joyful, sad, angry" in said.out
    document = infoplane("space", "show", made_space, "--json").document
    assert [layer["layer"] for layer in document["layers"]] == [1, 2]
    assert [layer["weak"] for layer in document["layers"]] == [1, 0]
    assert document["layers"][1]["agreement"] == pytest.approx(0.7)


def test_a_space_is_exported(infoplane, made_space, tmp_path):
    from infoplane.spaces import TaskSpace

    space = TaskSpace.load(made_space)
    assert infoplane("space", "export", made_space, "--out", tmp_path / "a.npz").code == 0
    with np.load(tmp_path / "a.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["directions"], space.directions)
        assert arrays["labels"].tolist() == list(space.labels)
        assert arrays["layers"].tolist() == [1, 2]
    said = infoplane("space", "export", made_space, "--format", "csv", "--out", tmp_path / "a.csv", "--json")
    assert said.document == {"file": str(tmp_path / "a.csv"), "format": "csv"}
    lines = (tmp_path / "a.csv").read_text().splitlines()
    assert lines[0] == "layer,label,other,cosine"
    assert len(lines) == 1 + 2 * 9
    layer, label, other, cosine = lines[2].split(",")
    assert (layer, label, other) == ("1", "joyful", "sad")
    assert float(cosine) == pytest.approx(space.similarity(1)[0, 1])


@pytest.mark.parametrize(
    ("form", "out", "said"), [("gguf", "a", "name one with --label"), ("npz", "none/a", "cannot be written")]
)
def test_an_export_that_cannot_be_done_is_one_line(infoplane, made_space, tmp_path, form, out, said):
    left = infoplane("space", "export", made_space, "--format", form, "--out", tmp_path / out)
    assert left.code == 2
    assert said in left.err


def test_report_says_where_the_page_is_and_keeps_what_libraries_print_off_standard_output(
    infoplane, made_run, monkeypatch
):
    def noisy(run, other, *, out):
        print("a library prints this")
        return run / "report.html"

    monkeypatch.setattr("infoplane.report.report", noisy)
    said = infoplane("report", made_run, "--json")
    assert said.document == {"report": str(made_run / "report.html")}
    assert said.err == "a library prints this\n"
    assert infoplane("report", made_run).out == f"report: {made_run / 'report.html'}\n"


def test_doctor_finds_the_machine_and_says_what_to_do(infoplane):
    said = infoplane("doctor", "--json")
    checks = {check["name"]: check for check in said.document["checks"]}
    assert list(checks) == ["versions", "device", "cores", "memory", "disk", "hub", "embedded", "browser"]
    assert "torch" in checks["versions"]["found"]
    assert all(check["do"] for check in checks.values() if check["state"] == "fail")
    assert said.code == (0 if said.document["healthy"] else 2)


def test_progress_is_silent_where_no_terminal_is(capsys):
    with progress() as told:
        told("reading", 1, 10)
        told("reading", 10, 10)
    assert capsys.readouterr() == ("", "")


def test_progress_moves_on_standard_error_in_a_terminal(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with progress() as told:
        told("loading", 0, 0)
        told("reading", 3, 10)
    streams = capsys.readouterr()
    assert streams.out == ""
    assert "reading" in streams.err
    assert "3/10" in streams.err
