"""The commands that run a model, on a tiny one from beginning to end."""

import json

import pytest

import infoplane as ip


@pytest.fixture(scope="module")
def options(tiny_model, task_file) -> list[object]:
    return [
        *("--model", tiny_model, "--task", task_file, "--text", "sentence", "--label", "mood", "--aspect", "mood"),
        *("--device", "cpu", "--batch-size", 16),
    ]


@pytest.fixture(scope="module")
def quick() -> list[object]:
    return ["--max-examples", 40, "--permutations", 20]


@pytest.mark.heavy
def test_measure_writes_a_run_says_its_numbers_and_continues(infoplane, options, quick, tmp_path):
    out = tmp_path / "run"
    said = infoplane("measure", *options, *quick, "--out", out, "--json")
    assert said.code == 0, said.err
    document = said.document
    assert document["finished"] is True
    assert (out / "report.html").is_file()
    assert document["report"] == str(out / "report.html")
    assert document["rows"] == ip.Ledger(out / "ledger.jsonl").rows()
    assert {row["layer"] for row in document["rows"] if row["quantity"] == "label_information"} == {0, 1, 2}
    assert json.loads((out / "run.json").read_text())["config"]["max_examples"] == 40

    before = (out / "ledger.jsonl").read_bytes()
    again = infoplane("measure", *options, *quick, "--out", out)
    assert again.code == 0
    assert "Information by layer" in again.out
    assert f"report: {out / 'report.html'}" in again.out
    assert (out / "ledger.jsonl").read_bytes() == before

    other = infoplane("measure", *options, *quick, "--out", out, "--seed", 1)
    assert other.code == 2
    assert "seed was 0, is 1" in other.err
    assert (out / "ledger.jsonl").read_bytes() == before

    saved = infoplane("measure", "--states", out, "--out", tmp_path / "again", "--permutations", 20, "--json")
    assert saved.code == 0, saved.err
    numbers = [[(row["quantity"], row["layer"], row["role"], row["value"]) for row in run.document["rows"]]
               for run in (said, saved)]  # fmt: skip
    assert numbers[0] == numbers[1]


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(infoplane, options, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = infoplane("measure", *options, "--max-examples", 30, "--dry-run", "--json")
    assert said.code == 0, said.err
    plan = said.document["plan"]
    assert plan["labels"] == 2
    assert plan["layers"] == [0, 1, 2]
    assert all(seconds > 0 for seconds in plan["expected_seconds"].values())
    shown = infoplane("measure", *options, "--max-examples", 30, "--dry-run", "--layers", "1")
    assert "expected seconds" in shown.out
    assert not list(tmp_path.iterdir())


def test_a_space_is_built_shown_and_given_to_measure(infoplane, options, tmp_path):
    folder = tmp_path / "space"
    built = infoplane("space", "build", *options, "--contexts", 12, "--out", folder, "--json")
    assert built.code == 0, built.err
    assert sorted(built.document["labels"]) == ["bad", "good"]
    assert infoplane("space", "show", folder, "--json").document["layers"] == built.document["layers"]
    said = infoplane(
        *("measure", *options, "--space", folder, "--measures", "space", "--max-examples", 20),
        *("--out", tmp_path / "run", "--json"),
    )
    assert said.code == 0, said.err
    assert {row["measure"] for row in said.document["rows"]} == {"space"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--measures", "plane,planet"], "measure 'planet'"),
        (["--layers", "9"], "layer 9"),
        (["--mode", "loose"], "mode 'loose'"),
        (["--text", "nothing"], "nothing"),
    ],
)
def test_what_the_rooms_refuse_is_one_line(infoplane, options, tmp_path, more, said):
    left = infoplane("measure", *options, "--out", tmp_path / "run", *more)
    assert left.code == 2
    assert left.err.count("\n") == 1
    assert said in left.err
    assert not (tmp_path / "run").exists()
