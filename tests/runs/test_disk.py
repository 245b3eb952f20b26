"""A disk that is full or refuses: one line of ours, and nothing half-written."""

import errno
import os

import numpy as np
import pytest
from killed_runs import CONFIG, row, work

from infoplane._errors import RunError
from infoplane.runs import Ledger, Run, StateStore, write_atomic

LIMITED = """
import resource, sys
import numpy as np
from infoplane._errors import RunError
from infoplane.runs import Run
from killed_runs import row

with Run.open(sys.argv[1], {}) as run:
    run.ledger.append([row(0)])
    run.states.write("a", [0], np.zeros((1, 2, 4), np.float32))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
    for write in (
        lambda: run.ledger.append([row(layer) for layer in range(1, 20)]),
        lambda: run.states.write("a", [1], np.zeros((1, 2, 4000), np.float32)[:, :, :4].repeat(600, 1)[:, :2]),
        lambda: run.states.write("b", [0], np.zeros((1, 2, 4000), np.float32)),
        lambda: run.note(long="x" * 5000),
    ):
        try:
            write()
        except RunError as error:
            print(error)
    run.ledger.append([row(1)])
"""


def test_a_real_limit_leaves_nothing_half_written(child, tmp_path):
    out = tmp_path / "run"
    done = child(LIMITED, out)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    assert all("cannot be written (File too large)" in line and "free space" in line for line in lines)
    run = Run.open(out, None)
    assert [row["layer"] for row in run.ledger.rows()] == [0, 1]
    assert run.states.done("a").tolist() == [0, 1]
    assert run.states.names() == ["a"]
    assert run.facts == {}
    assert not list(out.rglob("*.tmp"))


@pytest.mark.parametrize(("number", "do"), [(errno.ENOSPC, "free space"), (errno.EACCES, "permissions")])
def test_errors_of_the_disk_say_what_to_do(monkeypatch, tmp_path, number, do):
    ledger, store = Ledger(tmp_path / "ledger.jsonl"), StateStore(tmp_path / "states")
    ledger.append([row(0)])
    before = ledger.path.read_bytes()

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    for write in (
        lambda: ledger.append([row(1)]),
        lambda: store.write("a", np.arange(2), np.zeros((2, 3))),
        lambda: write_atomic(tmp_path / "page.html", "text"),
    ):
        with pytest.raises(RunError, match=f"cannot be written .*{do}"):
            write()
    monkeypatch.undo()
    assert ledger.path.read_bytes() == before
    assert store.names() == []
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "ledger.jsonl", "states"]
    ledger.append([row(1)])
    assert len(ledger.rows()) == 2


def test_a_full_device(tmp_path):
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    (tmp_path / "ledger.jsonl").symlink_to("/dev/full")
    ledger = Ledger(tmp_path / "ledger.jsonl")
    with pytest.raises(RunError, match="No space left on device"):
        ledger.append([row(0)])
    assert len(ledger) == 0


def test_a_place_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError, match="is a file: expected a directory"):
        Run.open(tmp_path / "file", CONFIG)
    with pytest.raises(RunError, match="cannot be written"):
        Run.open(tmp_path / "file" / "run", CONFIG)


def test_a_folder_without_permission(child, tmp_path):
    drop = "os.setegid(65534); os.seteuid(65534); " if os.geteuid() == 0 else ""
    code = f"import os, sys, killed_runs; {drop}killed_runs.work(sys.argv[1])"
    tmp_path.chmod(0o555)
    refused = child(code, tmp_path / "run")
    tmp_path.chmod(0o755)
    assert "RunError" in refused.stderr
    assert "change its permissions" in refused.stderr


def test_a_run_that_may_only_be_read_can_be_read(tmp_path):
    work(tmp_path / "run")
    run = Run.open(tmp_path / "run", None)
    for write in (
        lambda: run.ledger.append([row(9)]),
        lambda: run.states.write("a", np.arange(1), np.zeros((1, 1))),
        lambda: run.note(a=1),
        run.finish,
    ):
        with pytest.raises(RunError, match="opened for reading"):
            write()
    assert len(run.ledger.rows()) == 15
    assert run.states.load("measure.last", 2).shape == (12, 2)
