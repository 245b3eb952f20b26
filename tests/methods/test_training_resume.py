"""A training killed with SIGKILL anywhere goes on to the very same weights, predictions and numbers."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from measures_tasks import moods_file

from infoplane.runs import Run

WORKER = Path(__file__).with_name("training_worker.py")
ALONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
ALONE["TOKENIZERS_PARALLELISM"] = "false"  # threads do not survive the fork


def numbers(out: Path) -> list[dict[str, Any]]:
    """The ledger without what a clock says."""
    rows = [row for row in Run.open(out, None).ledger.rows() if "seconds" not in row["quantity"]]
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


DEATHS = [
    ("_training._checkpoint:write_tensors", 11),  # in the middle of the fourth checkpoint
    ("_training._checkpoint:sync", 4),  # a checkpoint just renamed, the old ones not yet gone
    ("_training._step:optimizer", 1),  # before the first step
    ("_training._loop:batches", 2),  # between epochs
    ("_finetune:save_model", 1),  # trained, not yet kept
    ("_finetune:save_predictions", 1),  # the model is there, its predictions are not
]
RUNS: dict[str, dict[str, Any]] = {
    "encoder with centroids": {
        "family": "bert",
        "dropout": True,
        "objective": {"name": "min-cmi", "weight": 0.5},
        "recipe": {"accumulate": 2, "patience": 1},
    },
    "decoder with adapters": {"family": "llama", "recipe": {"lora": 2}},
}


@pytest.mark.heavy
@pytest.mark.parametrize("name", RUNS)
def test_a_killed_training_ends_with_the_same_weights_and_numbers(tmp_path: Path, name: str) -> None:
    csv = moods_file(tmp_path / "moods.csv", told=True)
    asked = json.dumps({**RUNS[name], "deaths": DEATHS})
    command = [sys.executable, str(WORKER), str(csv), str(tmp_path), asked]
    said = subprocess.run(
        command, env={**os.environ, **ALONE}, capture_output=True, text=True, check=False, timeout=300
    )
    assert said.stdout, said.stderr
    assert json.loads(said.stdout) == [*[-signal.SIGKILL] * len(DEATHS), 0], said.stderr
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    files = ["artifacts/predictions.safetensors", *(f"model/{path.name}" for path in (whole / "model").iterdir())]
    assert "model/model.safetensors" in files
    for file in files:
        assert (killed / file).read_bytes() == (whole / file).read_bytes(), file
    assert numbers(killed) == numbers(whole)
    assert not list(killed.rglob(".*new"))
    assert Run.open(killed, None).finished
