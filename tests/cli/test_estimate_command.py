"""`infoplane estimate`: every form of file says the same, what is chosen is said, and what is wrong is one line."""

import json
import os

import numpy as np
import pandas as pd
import pytest

from infoplane._cli._columns import Column, Table, open_table
from infoplane._cli._sides import choose_sides
from infoplane._errors import InputError
from infoplane.estimators import FLAGS, mutual_information

ROWS = 200
FORMS = ["csv", "tsv", "jsonl", "parquet"]


@pytest.fixture(scope="session")
def frame() -> pd.DataFrame:
    """Three quantities that tell a label, a count without relation, a constant and groups of four rows."""
    rng = np.random.default_rng(0)
    label = rng.integers(3, size=ROWS)
    columns = {f"h_{at}": rng.normal(size=ROWS) + (label if at < 2 else 0) for at in range(3)}
    more = {"age": rng.integers(100, size=ROWS), "one": 1.0, "talk": np.arange(ROWS) // 4}
    return pd.DataFrame(columns | {"mood": np.array(["glad", "None", "sad"])[label]} | more)


@pytest.fixture(scope="session")
def files(frame, tmp_path_factory):
    """The same table in every form, and what goes wrong with files."""
    folder = tmp_path_factory.mktemp("files")
    frame.to_csv(folder / "table.csv", index=False)
    frame.to_csv(folder / "table.tsv", index=False, sep="\t")
    frame.to_json(folder / "table.jsonl", orient="records", lines=True)
    frame.to_parquet(folder / "table.parquet")
    hidden = frame[["h_0", "h_1", "h_2"]].to_numpy()
    pd.DataFrame({"h": list(hidden), "mood": frame["mood"]}).to_parquet(folder / "lists.parquet")
    np.save(folder / "one.npy", np.column_stack([hidden, frame["age"]]))
    np.savez(folder / "many.npz", h=hidden, mood=frame["mood"].to_numpy(str), few=np.arange(9), cube=np.ones((9, 2, 2)))
    np.save(folder / "objects.npy", np.array([{}, 1], dtype=object), allow_pickle=True)
    gaps = frame.astype({"age": "Int64"})
    gaps.loc[:4, "h_0"], gaps.loc[3:6, "age"] = np.nan, pd.NA
    gaps.to_csv(folder / "gaps.csv", index=False)
    (folder / "empty.csv").write_bytes(b"")
    (folder / "header.csv").write_text("a,b\n")
    (folder / "ragged.csv").write_text("a,b\n1,2\n1,2,3\n")
    (folder / "words.txt").write_text("a,b\n1,2\n")
    (folder / "half.parquet").write_bytes((folder / "table.parquet").read_bytes()[:400])
    (folder / "half.npz").write_bytes((folder / "many.npz").read_bytes()[:400])
    for form in ("csv", "parquet", "npy", "npz", "jsonl"):
        (folder / f"rubbish.{form}").write_bytes(b"\x93\xff\x00rubbish\x80" * 40)
    return folder


@pytest.fixture
def estimate(infoplane, files, monkeypatch):
    """Runs `infoplane estimate` where the files are."""
    monkeypatch.chdir(files)
    return lambda *words: infoplane("estimate", *words)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("columns", ["h_0,h_1,h_2", "h_*", "h_0:h_2", "0:3", "h_?, h_2"])
def test_every_table_and_way_to_name_columns_give_the_same_number(estimate, frame, form, columns):
    found = estimate(f"table.{form}", "--x", columns, "--y", "mood", "--permutations", 0, "--json").document
    assert found["sides"]["x"] == {"columns": ["h_0", "h_1", "h_2"], "kind": "continuous"}
    assert found["sides"]["y"] == {"columns": ["mood"], "kind": "discrete"}
    assert (found["dropped_rows"], found["remarks"]) == (0, [])
    expected = mutual_information(frame[["h_0", "h_1", "h_2"]].to_numpy(), frame["mood"].to_numpy(str))
    assert found["estimate"]["value"] == pytest.approx(expected.value, abs=1e-6)


@pytest.mark.parametrize(
    ("words", "columns"),
    [
        (["many.npz", "--x", "h", "--y", "mood"], ["h[0]", "h[1]", "h[2]"]),
        (["many.npz", "--x", "h[1:3]", "--y", "mood"], ["h[1]", "h[2]"]),
        (["many.npz", "--x", "h[2]", "--y", "mood"], ["h[2]"]),
        (["lists.parquet", "--x", "h[:2]", "--y", "mood"], ["h[0]", "h[1]"]),
        (["one.npy", "--x", "0:2", "--y", "3", "--discrete", "3"], ["0", "1"]),
        (["one.npy", "--x", "2,0", "--y", "3"], ["2", "0"]),
    ],
)
def test_arrays_are_columns_by_number_and_by_name(estimate, words, columns):
    found = estimate(*words, "--permutations", 0, "--json")
    assert found.code == 0, found.err
    assert found.document["sides"]["x"]["columns"] == columns
    assert found.document["estimate"]["n"] == ROWS


def test_the_document_holds_the_whole_estimate_and_every_flag_with_its_remedy(estimate):
    words = ["table.csv", "--x", "h_*", "--y", "mood", "--groups", "talk", "--permutations", 20, "--seed", 3]
    found = estimate(*words, "--units", "bits", "--confidence", 0.9, "--json").document
    inside = found["estimate"]
    assert (found["file"], found["quantity"], inside["n"], inside["units"]) == ("table.csv", "I(X;Y)", ROWS, "bits")
    assert inside["low"] < inside["value"] < inside["high"]
    assert inside["confidence"] == 0.9
    assert inside["null_high"] < inside["value"] < inside["ceiling"] < np.log2(3) + 1e-9
    assert inside["p_value"] == pytest.approx(1 / 21)
    assert inside["flags"] == list(found["flags"])
    assert "labels_vary_in_group" in found["flags"]
    assert all(said["remedy"] == FLAGS[flag][1] for flag, said in found["flags"].items())
    nats = estimate(*words, "--json").document["estimate"]
    assert nats["value"] == pytest.approx(inside["value"] * np.log(2))
    assert estimate(*words, "--json").document["estimate"] == nats


def test_a_person_reads_value_interval_null_ceiling_estimator_rows_and_remedies(estimate):
    words = ["--x", "h_*", "--y", "mood", "--permutations", 19]
    assert "auto: ross(k=3), labels and 3 columns" in estimate("table.csv", *words).out
    said = estimate("table.csv", *words, "--estimator", "discriminant")
    assert said.code == 0
    for part in ("I(X;Y)", "95 % interval", "lower bound", "p = 0.05", "ceiling", "estimator", "discrete, column mood"):
        assert part in said.out
    assert FLAGS["few_permutations"][1] in said.out
    assert said.err == ""


def test_without_y_it_is_the_entropy_of_x(estimate, frame):
    found = estimate("table.csv", "--x", "mood", "--json").document
    assert found["quantity"] == "H(X)"
    assert found["estimate"]["value"] == pytest.approx(np.log(3), abs=0.02)
    assert "H(X)" in estimate("table.csv", "--x", "mood").out


def test_labels_can_be_given_and_conditioned_on(estimate):
    found = estimate("table.csv", "--x", "h_*", "--y", "mood", "--given", "mood2", "--permutations", 0)
    assert "no column mood2 in table.csv" in found.err
    found = estimate("table.csv", "--x", "h_*", "--y", "age", "--given", "mood", "--continuous", "age", "--json")
    assert found.document["quantity"] == "I(X;Y|given)"
    assert found.document["sides"]["given"] == {"columns": ["mood"], "kind": "discrete"}


def test_whole_numbers_that_look_like_quantities_are_remarked_upon_until_it_is_said_what_they_are(estimate):
    words = ["table.csv", "--x", "age", "--y", "mood", "--permutations", 0]
    remark = "read as labels; if they are quantities, add --continuous age"
    assert remark in estimate(*words).out
    assert remark in estimate(*words, "--json").document["remarks"][0]
    for option, kind in (("--continuous", "continuous"), ("--discrete", "discrete")):
        found = estimate(*words, option, "age", "--json").document
        assert (found["sides"]["x"]["kind"], found["remarks"]) == (kind, [])


def test_labels_among_quantities_are_told_apart_and_remarked_upon(files):
    table = open_table(files / "table.csv")
    words = {"x": "h_0,age", "y": "mood", "given": None, "groups": None}
    sides = choose_sides(table, words, None, None, drop_missing=False)
    assert sides.sides["x"].kind == "mixed"
    assert sides.sides["x"].values.dtypes.map(lambda dtype: dtype.kind).to_dict() == {"h_0": "f", "age": "i"}
    assert any("--x mixes quantities with labels (age)" in remark for remark in sides.remarks)
    told = choose_sides(table, words, None, "age", drop_missing=False)
    assert (told.sides["x"].kind, told.remarks) == ("continuous", ())


def test_rows_with_missing_values_stop_it_until_they_may_be_dropped_and_are_counted(estimate):
    words = ["gaps.csv", "--x", "h_*", "--y", "age", "--discrete", "age", "--permutations", 0]
    refused = estimate(*words)
    assert refused.code == 2
    assert "7 of 200 rows with missing values (h_0: 5, age: 4)" in refused.err
    assert "--drop-missing" in refused.err
    found = estimate(*words, "--drop-missing", "--json")
    assert found.document["dropped_rows"] == 7
    assert found.document["estimate"]["n"] == ROWS - 7
    assert "193, 7 left out for missing values" in estimate(*words, "--drop-missing").out


def test_whole_numbers_with_gaps_stay_labels(files):
    column = open_table(files / "gaps.csv").read("age")
    assert column.discrete
    assert column.missing.sum() == 4


def test_words_such_as_none_are_no_missing_values(files):
    column = open_table(files / "table.csv").read("mood")
    assert not column.missing.any()
    assert set(column.values) == {"glad", "None", "sad"}


WRONG = [
    ("none.csv --x a --y b", "none.csv (No such file or directory): expected CSV that can be read; check the name"),
    (". --x a --y b", "a file ending in .csv"),
    ("words.txt --x a --y b", "words.txt: expected a file ending in .csv"),
    ("empty.csv --x a --y b", "empty.csv is empty"),
    ("header.csv --x a --y b", "header.csv without rows"),
    ("ragged.csv --x a --y b", "ragged.csv: expected well-formed CSV"),
    *((f"rubbish.{form} --x a --y b", f"rubbish.{form}") for form in ("csv", "parquet", "npy", "npz", "jsonl")),
    ("half.parquet --x h_0 --y mood", "half.parquet: expected well-formed PARQUET"),
    ("half.npz --x h --y mood", "half.npz"),
    ("objects.npy --x 0 --y 1", "objects.npy is no NPY, or holds Python objects"),
    ("table.csv --y mood", "no --x"),
    ("table.csv --x , --y mood", "--x without a column"),
    ("table.csv --x h_9 --y mood", "no column h_9 in table.csv: expected one of h_0, h_1, h_2, mood"),
    ("table.csv --x h_0 --y modd", "did you mean mood"),
    ("table.csv --x h_2:h_0 --y mood", "no column h_2:h_0"),
    ("table.csv --x * --y mood", "column mood in --x and in --y"),
    ("table.csv --x h_0 --y mood --groups talk,age", "--groups with 2 columns: expected one column"),
    ("table.csv --x one --y mood", "x with constant columns only"),
    ("table.csv --x h_0 --y mood --continuous mood", "--continuous mood, a column of text"),
    ("table.csv --x h_0 --y mood --discrete age", "--discrete age: expected a column of --x, --y or --given"),
    ("table.csv --x age --y mood --discrete age --continuous age", "column age in --discrete and in --continuous"),
    ("table.csv --x h_0 --y mood --estimator mine", "estimator 'mine'"),
    ("table.csv --x h_0 --y mood --confidence 2", "confidence 2.0"),
    ("table.csv --x h_0 --y mood --units hartleys", "Invalid value for '--units'"),
    ("table.csv --x h_0 --y mood --permutations -1", "Invalid value for '--permutations'"),
    ("table.csv --x h_0 --y mood --groups nobody", "no column nobody"),
    ("gaps.csv --x h_0 --y h_1", "5 of 200 rows with missing values (h_0: 5)"),
    ("many.npz --x h --y few", "200 rows of --x and 9 rows of --y"),
    ("many.npz --x h,few --y mood", "--x h,few with columns of different lengths"),
    ("many.npz --x cube --y few", "cube[0] of type float64 and shape (9, 2)"),
]


@pytest.mark.parametrize(("line", "said"), WRONG, ids=[line for line, _ in WRONG])
def test_bad_input_is_one_line_and_exit_code_two(estimate, line, said):
    left = estimate(*line.split())
    assert (left.code, left.out, left.err.count("\n")) == (2, "", 1), left
    assert said in left.err


def test_the_example_in_the_help_runs(infoplane):
    found = infoplane("estimate", "embedded", "--x", "x_*", "--y", "y", "--json").document["estimate"]
    assert found["value"] == pytest.approx(1.0, abs=0.1)
    assert found["p_value"] < 0.05


def test_infinite_values_are_refused_and_counted(estimate, frame, files):
    frame.assign(h_0=np.where(np.arange(ROWS) < 3, np.inf, frame["h_0"])).to_csv(files / "infinite.csv", index=False)
    left = estimate("infinite.csv", "--x", "h_*", "--y", "mood")
    assert left.code == 2
    assert "infinity in 3 rows" in left.err


def test_a_bar_moves_in_a_terminal_and_the_document_stays_whole(estimate, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    said = estimate("table.csv", "--x", "h_*", "--y", "mood", "--json")
    assert json.loads(said.out)["quantity"] == "I(X;Y)"
    assert "estimating" in said.err
    assert "100 draws without relation" in said.err


def test_a_name_with_a_comma_or_a_star_is_found_as_it_stands():
    columns = {"a,b": 1, "a": 2, "c*": 3, "cc": 4}
    table = Table("t", tuple(columns), lambda name: Column(name, np.array([columns[name]]), np.array([False])))
    assert [column.name for column in table.choose("a,b", "--x")] == ["a,b"]
    assert [column.name for column in table.choose("c*", "--x")] == ["c*"]
    assert [column.name for column in table.choose("c?", "--x")] == ["c*", "cc"]
    assert [column.name for column in table.choose("a,a", "--x")] == ["a"]


def test_lists_of_different_lengths_are_refused(tmp_path):
    path = tmp_path / "lists.jsonl"
    path.write_text('{"h": [1, 2]}\n{"h": [1]}\n')
    with pytest.raises(InputError, match="column h with lists of different lengths"):
        open_table(path)


@pytest.mark.skipif(os.name != "posix" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="may read everything")
def test_a_file_that_may_not_be_read(estimate, files):
    path = files / "locked.csv"
    path.write_text("a,b\n1,2\n")
    path.chmod(0)
    assert "Permission denied" in estimate("locked.csv", "--x", "a", "--y", "b").err
