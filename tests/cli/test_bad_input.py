"""What a user can get wrong, from the command line: one line that helps, exit code 2, and nothing half-written."""

import errno
import json
import os
import resource
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from whole_runs import QUICK, contents

import infoplane as ip
from infoplane.runs import Ledger, StateStore

Words = list[object]
FEW = ["--measures", "plane", "--layers", "2", "--permutations", 5, "--device", "cpu"]


@pytest.fixture
def copied(tiny_model, tmp_path) -> Path:
    """The tiny model, to be damaged."""
    return shutil.copytree(tiny_model, tmp_path / "model")


@pytest.fixture
def table(tmp_path) -> Callable[..., Path]:
    """Writes a CSV of 30 happy and 30 sad texts and whatever else is given."""

    def write(*more: tuple[str, str], usual: int = 60) -> Path:
        rows = [(f"It rained on day {day}.", ("happy", "sad")[day % 2]) for day in range(usual)]
        path = tmp_path / "texts.csv"
        path.write_text("text,label\n" + "".join(f'"{text}",{label}\n' for text, label in [*rows, *more]))
        return path

    return write


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix == ".tmp"]


def assert_refused(left, folder: Path, *parts: str, code: int = 2) -> None:
    """One line on standard error that says all of `parts`, the exit code, and no file that is not whole."""
    assert left.code == code, left.err
    assert left.out == ""
    assert left.err.startswith("infoplane: ")
    assert left.err.count("\n") == 1
    assert "Traceback" not in left.err
    for part in parts:
        assert part in left.err
    assert not leftovers(folder)


def without_tokenizer(model: Path) -> None:
    (model / "tokenizer.json").unlink()


def cut_in_half(model: Path) -> None:
    file = model / "model.safetensors"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def not_a_config(model: Path) -> None:
    (model / "config.json").write_text("{")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (without_tokenizer, "has no tokenizer: expected tokenizer.json"),
        (cut_in_half, "its weights cannot be loaded"),
        (not_a_config, "its config cannot be loaded"),
    ],
)
@pytest.mark.parametrize("command", [["measure"], ["measure", "--dry-run"], ["space", "build"]], ids=" ".join)
def test_a_model_that_is_not_whole(infoplane, copied, task_file, tmp_path, damage, said, command):
    damage(copied)
    columns = ["--text", "sentence", "--label", "mood"]
    left = infoplane(*command, "--model", copied, "--task", task_file, *columns, "--out", tmp_path / "run")
    assert_refused(left, tmp_path, str(copied), said)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["nobody/nothing", "nothing"])
def test_a_model_that_is_nowhere(infoplane, task_file, tmp_path, monkeypatch, name):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.chdir(tmp_path)
    columns = ["--text", "sentence", "--label", "mood"]
    left = infoplane("measure", "--model", name, "--task", task_file, *columns, "--out", "run")
    assert_refused(left, tmp_path, f"{name}: its config cannot be loaded", "check the name")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--task", "texts.csv"], "no file or folder texts.csv"),
        (["--task", "glue/mnlii"], "task glue/mnlii"),
        (["--task", "embedded", "--exclude", "seen.json"], "seen.json cannot be read (No such file or directory)"),
        (["--task", "embedded", "--prompt", "ask.txt"], "ask.txt"),
    ],
)
def test_a_task_that_is_nowhere(infoplane, tiny_model, tmp_path, monkeypatch, more, said):
    monkeypatch.chdir(tmp_path)
    left = infoplane("measure", "--model", tiny_model, *more, "--out", "run")
    assert_refused(left, tmp_path, said)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("more", "usual", "said"),
    [
        ([("", "happy"), ("", "sad")] * 20, 0, "left out: 40 empty text"),
        ([(f"It snowed on day {day}.", "sad") for day in range(60)], 0, "only the label 'sad'"),
        ([(f"It snowed on day {day}.", "") for day in range(60)], 0, "60 missing label"),
        ([], 0, "texts.csv"),
        ([], 6, "left out: 6 label with fewer than"),
    ],
    ids=["empty texts", "one label", "no labels", "only a header", "six rows"],
)
def test_texts_that_leave_nothing_to_measure(infoplane, tiny_model, table, tmp_path, more, usual, said):
    left = infoplane("measure", "--model", tiny_model, "--task", table(*more, usual=usual), "--out", tmp_path / "run")
    assert_refused(left, tmp_path, said)
    assert not (tmp_path / "run").exists()


def test_what_cannot_be_measured_is_left_out_and_counted(infoplane, tiny_model, table, tmp_path):
    texts = table(("", "happy"), ("  ", "sad"), ("Two days.", "rare"), ("Too few.", "rare"), ("What?", ""))
    listed = tmp_path / "seen.txt"
    listed.write_text("all:0\nall:1\nall:2\n")
    words = ["measure", "--model", tiny_model, "--task", texts, "--exclude", listed, *FEW, "--out", tmp_path / "run"]
    said = infoplane(*words, "--json")
    assert said.code == 0, said.err
    excluded = said.document["excluded"]
    assert {reason: count for reason, count in excluded.items() if not reason.startswith("label with")} == {
        "listed in seen.txt": 3,
        "missing label": 1,
        "empty text": 2,
    }
    assert [count for reason, count in excluded.items() if reason.startswith("label with fewer")] == [2]
    assert "2 empty text" in infoplane(*words).out
    assert "listed in seen.txt" in (tmp_path / "run" / "report.html").read_text()


def test_an_exclusion_list_of_another_task(infoplane, tiny_model, table, tmp_path):
    (tmp_path / "seen.json").write_text('["hit:1_conv:2"]')
    words = ["--model", tiny_model, "--task", table(), "--exclude", tmp_path / "seen.json", "--out", tmp_path / "run"]
    for command in (["measure"], ["space", "build"]):
        assert_refused(infoplane(*command, *words), tmp_path, "none of the 1 ids in")
    assert not (tmp_path / "run").exists()


def test_texts_longer_than_the_context_are_cut_and_it_is_said(infoplane, tiny_model, table, tmp_path):
    texts = table(*((f"Far too long {day}. {'x' * size}", "sad") for day, size in enumerate([100_000] + [300] * 7)))
    words = ["measure", "--model", tiny_model, "--task", texts, *FEW, "--out", tmp_path / "run"]
    said = infoplane(*words, "--json")
    assert said.code == 0, said.err
    splits = ip.load_task(texts).splits
    cut = {name: sum("Far too long" in text for text in splits[name].texts) for name in ("measure", "tune")}
    assert sum(cut.values()) >= 2
    assert said.document["truncated"] == {name: count for name, count in cut.items() if count}
    shown = infoplane(*words)
    assert f"texts longer than the context, their beginnings cut: {cut['measure']} in measure" in shown.out
    assert "Texts cut to the context" in (tmp_path / "run" / "report.html").read_text()


def test_weights_that_are_not_finite(infoplane, copied, table, tmp_path):
    weights = load_file(copied / "model.safetensors")
    name = next(name for name in weights if "h.1.mlp" in name and name.endswith("weight"))
    weights[name] = np.full_like(weights[name], np.nan)
    save_file(weights, copied / "model.safetensors", metadata={"format": "pt"})
    left = infoplane("measure", "--model", copied, "--task", table(), *FEW, "--out", tmp_path / "run")
    assert_refused(left, tmp_path, "finite")
    assert not (tmp_path / "run" / "ledger.jsonl").exists()
    left = infoplane(
        "space", "build", "--model", copied, "--task", table(), "--device", "cpu", "--out", tmp_path / "sp"
    )
    assert_refused(left, tmp_path, "finite")
    assert not (tmp_path / "sp").exists()


def test_a_space_of_another_model_or_none(infoplane, tiny_model, table, made_space, tmp_path):
    words = ["measure", "--model", tiny_model, "--task", table(), *FEW, "--out", tmp_path / "run"]
    assert_refused(infoplane(*words, "--space", made_space), tmp_path, "task space of model tiny")
    assert_refused(infoplane(*words, "--space", tmp_path / "none"), tmp_path, "task space", "infoplane space build")
    (made_space / "space.safetensors").write_bytes(b"torn")
    assert_refused(infoplane(*words, "--space", made_space), tmp_path, str(made_space))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("where", ["file", "file/run", "full/run", "/proc/run"])
def test_a_place_that_cannot_hold_a_run(infoplane, tiny_model, table, tmp_path, monkeypatch, where):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("mine")
    Path("full/run").mkdir(parents=True)
    Path("full/run/thesis.tex").write_text("mine")
    words = ["--model", tiny_model, "--task", table(), "--out", where]
    assert_refused(infoplane("measure", *words, *FEW), tmp_path, where)
    assert Path("file").read_text() == "mine"
    assert [path.name for path in Path("full/run").iterdir()] == ["thesis.tex"]
    if where != "full/run":
        left = infoplane("space", "build", *words, "--device", "cpu", "--contexts", 4)
        assert_refused(left, tmp_path, where)


@pytest.fixture
def small_files() -> Iterator[Callable[[int], None]]:
    """Lets no file of this process grow beyond some bytes, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("size", "named"),
    [(600, "run.json"), (4_000, "space.json"), (7_000, "step1"), (50_000, "ledger"), (1_000_000, "report.html")],
)
def test_a_full_disk_is_one_line_and_the_same_command_continues(
    infoplane, options, whole, tmp_path, small_files, size, named
):
    words = ["measure", *options, *QUICK, "--out", tmp_path / "run"]
    small_files(size)
    left = infoplane(*words)
    small_files(resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    assert_refused(left, tmp_path, named, "free space, then the same command continues")
    said = infoplane(*words)
    assert said.code == 0, said.err
    assert contents(tmp_path / "run") == contents(whole)
    assert (tmp_path / "run" / "report.html").is_file()


def test_a_disk_that_is_full_while_a_space_is_built(infoplane, options, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    words = ["space", "build", *options, "--contexts", 4, "--out", tmp_path / "space"]
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        assert_refused(infoplane(*words), tmp_path, "space.safetensors cannot be written", "free space")
    assert infoplane(*words).code == 0
    assert infoplane("space", "show", tmp_path / "space").code == 0


@pytest.mark.heavy
@pytest.mark.parametrize(("kind", "calls"), [(StateStore, 2), (StateStore, 12), (Ledger, 1), (Ledger, 20)])
def test_an_interrupted_measurement_continues_to_the_same_bytes(
    infoplane, options, whole, tmp_path, monkeypatch, kind, calls
):
    name, left = ("write" if kind is StateStore else "append"), [calls]
    keep = getattr(kind, name)

    def interrupted(self, *arguments):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGINT)
        return keep(self, *arguments)

    words = ["measure", *options, *QUICK, "--out", tmp_path / "run"]
    with monkeypatch.context() as patched:
        patched.setattr(kind, name, interrupted)
        assert_refused(infoplane(*words), tmp_path, "interrupted; the same command continues", code=130)
    about = json.loads((tmp_path / "run" / "run.json").read_text())
    assert about["finished"] is None
    said = infoplane(*words, "--json")
    assert said.code == 0, said.err
    assert contents(tmp_path / "run") == contents(whole)
    assert json.loads((tmp_path / "run" / "run.json").read_text())["facts"]["seconds"] > about["facts"]["seconds"]
