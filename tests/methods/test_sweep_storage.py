"""Where a study is kept, and what happens when it goes away."""

import sys
import threading
import time

import pytest
from made_trainings import JOB_LOG, Made, lines, made_plan, made_sweep

from infoplane._errors import InputError, RunError
from infoplane.methods._sweep._storage import Storage, without_password

JOBS = 4


def silent(what: str, done: int, total: int) -> None:
    """Hear nothing."""


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    monkeypatch.setattr("infoplane.methods._sweep._storage.BEAT", 1)
    monkeypatch.setattr("infoplane.methods._sweep._storage.GRACE", 2)
    monkeypatch.setattr("infoplane.methods._sweep._work.POLL", 0.05)


@pytest.fixture
def patience(monkeypatch):
    """Sets how long a database may be gone, in seconds."""
    return lambda seconds: monkeypatch.setattr("infoplane.methods._sweep._storage.PATIENCE", seconds)


def small():
    """A plan of four trainings."""
    return made_plan({"cross-entropy": {}}, seeds=JOBS)


def at_third(train, do):
    """`train`, which does something during its third job."""
    calls = []

    def trained(job):
        calls.append(job)
        if len(calls) == 3:
            do()
        return train(job)

    return trained


def test_a_database_that_comes_back_is_waited_for(postgres, patience, tmp_path):
    patience(60)
    told: list[str] = []
    back = threading.Timer(3.0, postgres.start)

    def gone():
        postgres.stop()
        back.start()

    run = made_sweep(
        tmp_path / "sweep",
        small(),
        storage=postgres.fresh(),
        train=at_third(Made(tmp_path / "sweep", seconds=0.6), gone),
        told=lambda *said: told.append(said[0]),
    )
    back.join()
    assert run.finished
    assert len(lines(tmp_path / "sweep" / JOB_LOG)) == JOBS
    waited = [what for what in told if what.startswith("waiting for postgresql://study:***@127.0.0.1")]
    assert waited


def test_one_that_stays_away_ends_in_one_line_and_nothing_is_lost(postgres, patience, tmp_path):
    patience(1.0)
    url, out = postgres.fresh(), tmp_path / "sweep"
    with pytest.raises(RunError) as caught:
        made_sweep(out, small(), storage=url, train=at_third(Made(out), postgres.stop))
    postgres.start()
    said = str(caught.value)
    assert "cannot be used after" in said
    assert "then the same command continues" in said
    assert "\n" not in said
    assert "s3cret" not in said
    assert len(lines(out / JOB_LOG)) == 3
    assert made_sweep(out, small(), storage=url, seconds=0.0).finished
    assert len(lines(out / JOB_LOG)) == JOBS


def test_a_database_that_refuses_is_not_waited_for(postgres, tmp_path):
    start = time.monotonic()
    with pytest.raises(RunError, match=r'database "nosuch" does not exist'):
        Storage(f"{postgres.fresh().rpartition('/')[0]}/nosuch", silent)
    assert time.monotonic() - start < 10


def test_no_server_at_all_is_said_after_a_while(patience):
    patience(0.5)
    with pytest.raises(RunError, match=r"postgresql://me:\*\*\*@127.0.0.1:1/study cannot be used after"):
        Storage("postgresql://me:s3cret@127.0.0.1:1/study", silent)


def test_a_file_that_is_no_database_is_left_alone(tmp_path):
    path = tmp_path / "thesis.tex"
    path.write_text("\\documentclass{article}" * 100)
    with pytest.raises(RunError, match="file is not a database"):
        Storage(path, silent)
    assert path.read_text().startswith("\\documentclass")


@pytest.mark.parametrize(
    ("address", "said"),
    [("mysql://me@host/study", "storage mysql"), ("redis://host", "storage redis"), ("://", "address cannot be read")],
)
def test_other_storages_are_refused(address, said):
    with pytest.raises(InputError, match=said):
        Storage(address, silent)


def test_without_the_driver_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InputError, match=r"pip install 'infoplane\[postgres\]'"):
        Storage("postgresql://me@host/study", silent)


def test_the_password_is_kept_nowhere(postgres, tmp_path):
    url = postgres.fresh()
    run = made_sweep(tmp_path / "sweep", small(), storage=url, command=f"infoplane sweep --storage {url}")
    files = [path for path in run.path.rglob("*") if path.is_file()]
    assert not [path for path in files if b"s3cret" in path.read_bytes()]
    assert "study:***@" in run.facts["command"]


def test_a_text_without_a_password_is_left_as_it_is():
    assert without_password("infoplane sweep", None) == "infoplane sweep"
    assert without_password("infoplane sweep", "study.db") == "infoplane sweep"
    assert without_password(None, "postgresql://me:word@host/study") is None
