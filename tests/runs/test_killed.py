"""A run killed at any moment is a part of the whole run, and continues to the same content."""

import json
import signal
from pathlib import Path

import numpy as np
import pytest
from killed_runs import CHUNKS, CONFIG, NAMES, SIZE, states, work

from infoplane.runs import Ledger, Run, StateStore

MOMENTS = [
    *(("replace", count, before, False) for count in (1, 2, 3, 6, 9, 10, 11) for before in (True, False)),
    *(("fsync", count, before, False) for count in (1, 2, 5, 20, 22) for before in (True, False)),
    *(("write", count, True, torn) for count in (1, 3, 5) for torn in (True, False)),
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "run"
    work(out)
    return out


@pytest.fixture(scope="module")
def killed(child, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory a moment, with what was left of the run that was killed there."""
    out = tmp_path_factory.mktemp("killed")
    code = "import json, sys, killed_runs; print(killed_runs.die_everywhere(sys.argv[1], json.loads(sys.argv[2])))"
    done = child(code, out, json.dumps(MOMENTS))
    assert done.stdout.strip() == str([int(signal.SIGKILL)] * len(MOMENTS)), done.stderr
    return out


@pytest.mark.parametrize("number", range(len(MOMENTS)), ids=lambda number: "-".join(map(str, MOMENTS[number])))
def test_a_killed_run_is_a_prefix_and_continues_to_the_same(killed, whole, number):
    out = killed / str(number)
    left = Ledger(out / "ledger.jsonl", read_only=True).rows()
    assert left == Ledger(whole / "ledger.jsonl").rows()[: len(left)]
    store = StateStore(out / "states", read_only=True)
    assert store.discarded == 0
    for name in store.names():
        rows = store.done(name)
        assert rows.tolist() == list(range(len(rows)))
        np.testing.assert_array_equal(store.load(name), states(name, rows))

    work(out)
    assert (out / "ledger.jsonl").read_bytes() == (whole / "ledger.jsonl").read_bytes()
    assert _files(out) == _files(whole)
    about, expected = (json.loads((folder / "run.json").read_text()) for folder in (out, whole))
    assert about["config"] == expected["config"] == CONFIG
    assert about["facts"] == expected["facts"] == {"seconds": 1.5}
    assert about["finished"] is not None


def _files(out: Path) -> dict[str, bytes]:
    """Everything in a run directory but its run.json, which holds the time."""
    files = (path for path in out.rglob("*") if path.is_file() and path.name != "run.json")
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


def test_the_kills_reach_every_part_of_the_work(whole):
    assert len(list((whole / "states").rglob("*.safetensors"))) == CHUNKS * len(NAMES)
    assert len(Ledger(whole / "ledger.jsonl")) == 15
    assert StateStore(whole / "states").done(NAMES[0]).tolist() == list(range(CHUNKS * SIZE))


def test_a_torn_line_is_cut_off_by_the_writer_and_left_alone_by_a_reader(whole, tmp_path):
    path = tmp_path / "ledger.jsonl"
    content = (whole / "ledger.jsonl").read_bytes()
    path.write_bytes(content[:-7])
    reader = Ledger(path, read_only=True)
    assert len(reader.rows()) == len(reader) == 14
    assert path.read_bytes() == content[:-7]
    assert len(Ledger(path)) == 14
    assert path.read_bytes() == b"".join(content.splitlines(keepends=True)[:14])


@pytest.mark.parametrize("kept", [0, 5, 60, -4])
def test_a_truncated_shard_is_counted_deleted_and_written_again(tmp_path, kept):
    work(tmp_path / "run")
    shard = sorted((tmp_path / "run" / "states" / NAMES[0]).iterdir())[1]
    whole = shard.read_bytes()
    shard.write_bytes(whole[:kept])

    reader = Run.open(tmp_path / "run", None)
    assert reader.states.discarded == 1
    assert shard.exists()
    with Run.open(tmp_path / "run", CONFIG) as run:
        assert run.states.discarded == run.facts["damaged_files"] == 1
        assert not shard.exists()
        assert run.states.done(NAMES[0]).tolist() == [0, 1, 2, 6, 7, 8, 9, 10, 11]
        rows = np.arange(CHUNKS * SIZE)
        run.states.write(NAMES[0], rows, states(NAMES[0], rows))
        np.testing.assert_array_equal(run.states.load(NAMES[0]), states(NAMES[0], rows))
