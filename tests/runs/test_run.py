import json
import platform
from pathlib import Path

import numpy as np
import pytest
from killed_runs import CONFIG, row, work

from infoplane import __version__
from infoplane._errors import RunError
from infoplane.runs import Run


def test_run_json_says_what_was_asked_found_and_with_what(tmp_path):
    with Run.open(tmp_path / "deep" / "run", CONFIG | {"path": Path("a"), "k": np.int64(3), "pair": (1, 2)}) as run:
        assert not run.finished
        run.note(model={"name": "m", "fingerprint": "f"}, excluded={"empty text": np.int64(2)})
        run.note(seconds=2.5)
        run.finish()
        assert run.finished
    about = json.loads((run.path / "run.json").read_text())
    assert about["config"] == CONFIG | {"path": "a", "k": 3, "pair": [1, 2]}
    assert about["facts"] == run.facts
    assert about["facts"] == {"model": {"name": "m", "fingerprint": "f"}, "excluded": {"empty text": 2}, "seconds": 2.5}
    assert about["versions"]["infoplane"] == __version__
    assert about["versions"]["python"] == platform.python_version()
    assert set(about["versions"]) == {"infoplane", "python", "torch", "transformers", "numpy"}
    assert about["created"] <= about["finished"]
    assert run.artifacts.is_dir()


def test_the_same_configuration_continues_whatever_order_and_type_its_values_have(tmp_path):
    with Run.open(tmp_path, {"a": (1, 2), "b": Path("x")}) as run:
        run.ledger.append([row(0)])
        run.note(seconds=1)
    with Run.open(tmp_path, {"b": "x", "a": [1, 2]}) as again:
        assert again.ledger.has(layer=0)
        assert again.facts == {"seconds": 1}
        assert not again.finished


def test_another_configuration_is_refused_with_the_keys_that_differ(tmp_path):
    with Run.open(tmp_path, {"model": "a", "seed": 0, "space": {"method": "mean"}, "same": 1}):
        pass
    before = (tmp_path / "run.json").read_bytes()
    with pytest.raises(RunError) as caught:
        Run.open(tmp_path, {"model": "b", "seed": 0, "space": {"method": "pca"}, "same": 1, "new": True})
    message = str(caught.value)
    assert 'model was "a", is "b"' in message
    assert 'space.method was "mean", is "pca"' in message
    assert "new was null, is true" in message
    assert "seed" not in message
    assert "--out" in message
    assert "\n" not in message
    assert (tmp_path / "run.json").read_bytes() == before


def test_a_directory_of_other_files_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(RunError, match=r"holds thesis.tex and no run.json: expected a run or an empty directory"):
        Run.open(tmp_path, CONFIG)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_artifacts_without_a_run_are_left_alone(tmp_path):
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts" / "space.json").write_text("{}")
    with pytest.raises(RunError, match="holds artifacts and no run"):
        Run.open(tmp_path, CONFIG)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"config": 3}', "\x00", '{"config": {}, "facts": [1]}'])
def test_a_run_json_that_cannot_be_read_is_named(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    for config in (CONFIG, None):
        with pytest.raises(RunError, match=r"run.json cannot be read"):
            Run.open(tmp_path, config)
    assert (tmp_path / "run.json").read_text() == content


def test_a_run_that_is_not_there_can_be_neither_read_nor_continued(tmp_path):
    for ask in ({"config": None}, {"config": CONFIG, "create": False}):
        with pytest.raises(RunError, match=r"no run.json in .*an infoplane command made"):
            Run.open(tmp_path / "none", **ask)
    assert not (tmp_path / "none").exists()


def test_one_writer_at_a_time_in_one_process_and_in_two(child, tmp_path):
    out = tmp_path / "run"
    with Run.open(out, CONFIG) as run:
        with pytest.raises(RunError, match="is being written already"):
            Run.open(out, CONFIG)
        other = child("import sys, killed_runs; killed_runs.work(sys.argv[1])", out)
        assert "is being written already" in other.stderr
        assert Run.open(out, None).config == CONFIG
        run.ledger.append([row(7)])
    work(out)
    assert Run.open(out, None).ledger.has(layer=7)


def test_a_closed_run_reads_but_does_not_write(tmp_path):
    with Run.open(tmp_path, CONFIG) as run:
        run.ledger.append([row(0)])
        run.states.write("a", np.arange(1), np.zeros((1, 2)))
    run.close()
    assert len(run.ledger.rows()) == 1
    assert run.states.load("a").shape == (1, 2)
    with pytest.raises(RunError, match="opened for reading"):
        run.ledger.append([row(1)])
    with pytest.raises(RunError, match="opened for reading"):
        run.note(a=1)


def test_a_finished_run_is_not_touched_by_opening_it(tmp_path):
    work(tmp_path / "run")
    files = [path for path in (tmp_path / "run").rglob("*") if path.is_file()]
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}
    with Run.open(tmp_path / "run", CONFIG) as run:
        assert run.finished
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files} == before


def test_continuing_with_other_versions_is_noted(tmp_path):
    with Run.open(tmp_path, CONFIG):
        pass
    about = json.loads((tmp_path / "run.json").read_text())
    about["versions"]["torch"] = "1.0"
    (tmp_path / "run.json").write_text(json.dumps(about))
    with Run.open(tmp_path, CONFIG) as run:
        assert run.facts["continued_with"]["numpy"] == np.__version__
    assert json.loads((tmp_path / "run.json").read_text())["versions"]["torch"] == "1.0"


@pytest.mark.parametrize("value", [float("nan"), object(), {1, 2}])
def test_what_json_cannot_keep_is_refused(tmp_path, value):
    with pytest.raises(RunError, match="configuration holds what cannot be kept"):
        Run.open(tmp_path / "run", {"a": value})
    with Run.open(tmp_path / "run", CONFIG) as run:
        with pytest.raises(RunError, match=r"run.json holds what cannot be kept"):
            run.note(a=value)
        assert run.facts == {}


def test_facts_and_config_are_copies(tmp_path):
    with Run.open(tmp_path, CONFIG) as run:
        run.facts["a"] = 1
        run.config["model"] = "other"
        assert run.facts == {}
        assert run.config == CONFIG
