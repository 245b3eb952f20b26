"""Sweeps of real trainings, of a tiny network."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_models import make_model

import infoplane as ip
from infoplane._errors import InputError, RunError
from infoplane.methods import Recipe, sweep
from infoplane.runs import Run

QUICK = Recipe(epochs=2, batch_size=16, learning_rate=3e-3, max_length=24)
ASKED = {"objectives": {"cross-entropy": {}, "min-cmi": {"weight": [0.1, 0.5]}}, "recipe": QUICK, "seeds": 2}


@pytest.fixture(scope="module")
def few(task):
    """So few examples that a training takes no time."""
    return task.subset(40)


@pytest.fixture(scope="module")
def lm():
    """A tiny BERT."""
    return make_model("bert")


@pytest.fixture(scope="module")
def whole(lm, few, tmp_path_factory) -> Run:
    """A sweep that nothing disturbed."""
    return sweep(lm, few, out=tmp_path_factory.mktemp("whole") / "sweep", **ASKED)


def test_every_training_is_one_of_finetune(whole, lm, few, tmp_path):
    """With the same seed and settings, in a directory of its own, without checkpoints once it is finished."""
    folders = sorted((whole.path / "runs").iterdir())
    assert len(folders) == 6
    alone = ip.finetune(lm, few, objective="cross-entropy", recipe=QUICK, seed=1, out=tmp_path / "alone", trackers=())
    (swept,) = (folder for folder in folders if ".cross-entropy.default.seed=1." in folder.name)
    for quantity in ("accuracy", "macro_f1"):
        rows = [run.ledger.filter(quantity=quantity, role="chosen") for run in (alone, Run.open(swept, None))]
        assert rows[0] == rows[1]
    assert not list(whole.path.rglob("checkpoints"))
    assert ip.load_model(swept / "model").descends_from(lm.fingerprint)


def test_two_processes_give_the_same_numbers(whole, lm, few, tmp_path):
    run = sweep(lm, few, out=tmp_path / "sweep", workers=2, **ASKED)
    assert run.ledger.rows() == whole.ledger.rows()


@pytest.mark.heavy
def test_a_sweep_that_is_killed_goes_on_to_the_same_numbers(whole, postgres, tmp_path):
    """Killed during its third training, the command continues: with the two that were finished as they were."""
    code = "import sys, swept_here; swept_here.main(*sys.argv[1:])"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code, str(tmp_path / "sweep"), postgres.fresh()]
    process = subprocess.Popen(command, env=environment)
    while process.poll() is None and len(_finished(tmp_path / "sweep")) < 2:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    files = [path for folder in _finished(tmp_path / "sweep") for path in (folder / "model").iterdir()]
    made = {path: path.stat().st_mtime_ns for path in files}
    assert made
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert Run.open(tmp_path / "sweep", None).ledger.rows() == whole.ledger.rows()
    assert {path: path.stat().st_mtime_ns for path in made} == made


def _finished(out: Path) -> list[Path]:
    """The directories of the trainings that are."""
    return [path.parent for path in out.glob("runs/*/run.json") if Run.open(path.parent, None).finished]


def test_networks_are_left_out_where_they_are_not_wanted(lm, few, tmp_path):
    run = sweep(lm, few, objectives=["cross-entropy"], recipe=QUICK, seeds=1, keep_models=False, out=tmp_path / "sweep")
    assert not list(run.path.rglob("model.safetensors"))
    assert run.ledger.filter(quantity="accuracy", split="test")


def test_a_loss_that_is_not_finite_ends_a_training_and_not_the_sweep(lm, few, tmp_path):
    grids = {"cross-entropy": {"learning_rate": [3e-3, 1e30]}}
    run = sweep(lm, few, objectives=grids, recipe=QUICK, seeds=1, out=tmp_path / "sweep")
    (place,) = run.facts["failed"]
    assert place.endswith("cross-entropy: learning_rate=1e+30, seed=0")
    assert "batch" in run.facts["failed"][place]
    (row,) = run.ledger.filter(quantity="configurations")
    assert row["value"] == 1


def test_a_teacher_is_given_to_those_who_ask_for_one(whole, lm, few, tmp_path):
    (folder,) = (path for path in (whole.path / "runs").iterdir() if ".cross-entropy.default.seed=0." in path.name)
    teacher = ip.load_model(folder / "model")
    asked = {"objectives": {"cross-entropy": {}, "distillation": {"temperature": [2.0]}}, "recipe": QUICK, "seeds": 1}
    run = sweep(lm, few, out=tmp_path / "sweep", teacher=teacher, **asked)
    configs = {one.config["objective"]["name"]: one.config for one in _trainings(run)}
    assert configs["distillation"]["teacher"] == teacher.fingerprint
    assert configs["cross-entropy"]["teacher"] is None


def _trainings(run: Run) -> list[Run]:
    return [Run.open(path, None) for path in Path(run.path / "runs").iterdir()]


def test_another_sweep_in_the_same_directory_is_refused(whole, lm, few):
    with pytest.raises(RunError, match=r"another configuration \(seeds was \[0, 1\], is \[0, 1, 2\]\)"):
        sweep(lm, few, out=whole.path, **ASKED | {"seeds": 3})


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"objectives": []}, "at least one"),
        ({"objectives": "min-cmi"}, "a list of names"),
        ({"objectives": {"min-cmi": {"weight": [0.1, -0.1]}}}, "weight -0.1 of min-cmi"),
        ({"objectives": {"cross-entropy": {"epochs": [1, 0]}}}, "epochs 0"),
        ({"seeds": [0, -1]}, "numbers from 0 on"),
        ({"seeds": 0}, "seeds 0"),
        ({"baseline": "r-drop"}, "baseline 'r-drop'"),
        ({"seed": -1}, "seed -1"),
        ({"workers": 0}, "0 workers"),
    ],
)
def test_bad_input_is_said_before_anything_is_made(lm, few, tmp_path, asked, said):
    with pytest.raises(InputError, match=said):
        sweep(lm, few, out=tmp_path / "sweep", **{**ASKED, **asked})
    assert not (tmp_path / "sweep").exists()


def test_tasks_are_swept_once_each_and_a_teacher_knows_one(lm, few, tmp_path):
    with pytest.raises(InputError, match="each once"):
        sweep(lm, [few, few], out=tmp_path / "sweep", **ASKED)
    with pytest.raises(InputError, match="a teacher for 2 tasks"):
        sweep(lm, [few, replace(few, name="more moods")], out=tmp_path / "sweep", teacher=lm, **ASKED)
