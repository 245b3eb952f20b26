"""The commands that run a model, on a tiny one from beginning to end."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time

import pytest
from whole_runs import QUICK, contents

import infoplane as ip

KILLED_AT = [("states", 1), ("states", 6), (".", 1), (".", 30), (".", 80)]


@pytest.mark.heavy
def test_measure_writes_a_run_and_says_its_numbers_again(infoplane, options, whole):
    before = contents(whole)
    said = infoplane("measure", *options, *QUICK, "--out", whole, "--json")
    assert said.code == 0, said.err
    document = said.document
    assert document["finished"] is True
    assert document["report"] == str(whole / "report.html")
    assert (whole / "report.html").is_file()
    assert document["rows"] == ip.Ledger(whole / "ledger.jsonl").rows()
    assert {row["layer"] for row in document["rows"] if row["quantity"] == "label_information"} == {0, 1, 2}
    assert json.loads((whole / "run.json").read_text())["config"]["max_examples"] == 40
    shown = infoplane("measure", *options, *QUICK, "--out", whole)
    assert "Information by layer" in shown.out
    assert f"report: {whole / 'report.html'}" in shown.out
    assert contents(whole) == before


def test_a_run_notes_what_was_typed_and_what_it_took(whole, options):
    facts = json.loads((whole / "run.json").read_text())["facts"]
    assert shlex.split(facts["command"]) == ["infoplane", "measure", *map(str, [*options, *QUICK, "--out", whole])]
    assert 0 < facts["seconds"] < 600
    assert facts["threads"] >= 1
    assert facts["truncated"] == {"measure": 0, "tune": 0}


def test_another_seed_is_another_run(infoplane, options, whole):
    before = contents(whole)
    other = infoplane("measure", *options, *QUICK, "--out", whole, "--seed", 1)
    assert other.code == 2
    assert "seed was 0, is 1" in other.err
    assert contents(whole) == before


@pytest.mark.heavy
def test_saved_states_give_the_same_numbers_without_the_model(infoplane, whole, tmp_path, monkeypatch):
    monkeypatch.setattr("infoplane.models._load.load_model", None)
    before = contents(whole)
    saved = infoplane("measure", "--states", whole, "--out", tmp_path / "again", "--permutations", 20, "--json")
    assert saved.code == 0, saved.err
    rows = ip.Ledger(whole / "ledger.jsonl").rows()
    keys = ("quantity", "layer", "role", "step", "value", "null_high")
    assert [[row[key] for key in keys] for row in saved.document["rows"]] == [
        [row[key] for key in keys] for row in rows
    ]
    assert contents(whole) == before


@pytest.mark.heavy
@pytest.mark.parametrize(("inside", "files"), KILLED_AT)
def test_a_measurement_that_is_killed_continues_to_the_same_bytes(infoplane, options, tmp_path, whole, inside, files):
    def far_enough() -> bool:
        if inside == "states":
            return len(list((out / "states").rglob("*.safetensors"))) >= files
        ledger = out / "ledger.jsonl"
        return ledger.is_file() and ledger.read_bytes().count(b"\n") >= files

    out = tmp_path / "run"
    words = [str(word) for word in ("measure", *options, *QUICK, "--out", out)]
    quick = "from infoplane.estimators._labels import _members; _members.CHECKPOINTS = (20,)"  # as in this room
    code = f"{quick}; import infoplane._cli as c; c.main({words!r})"
    threads = os.environ | {"OMP_NUM_THREADS": "1"}  # as in this process; their number changes the last bits of a state
    with subprocess.Popen([sys.executable, "-c", code], env=threads) as process:
        while not far_enough():
            assert process.poll() is None, "it was done before it was killed"
            time.sleep(0.005)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert (out / "ledger.jsonl").exists() is (inside == ".")
    said = infoplane(*words)
    assert said.code == 0, said.err
    assert contents(out) == contents(whole)


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
