"""Two real processes that `torchrun` starts train as one, also where examples meet."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from measures_tasks import moods_file
from training_worker import tune

from infoplane.methods._training._keeping import load_predictions
from infoplane.runs import Run

WORKER = Path(__file__).with_name("training_worker.py")
ALONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
LAUNCH = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]

RUNS: dict[str, dict[str, Any]] = {
    "encoder": {"family": "bert", "objective": {"name": "min-cmi", "weight": 0.5, "centroids": "inbatch"}},
    "decoder": {"family": "llama", "recipe": {"accumulate": 2, "lora": 2}},
    "uneven": {"family": "bert", "recipe": {"batch_size": 23}},  # 93 examples: one process has none of the last batch
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All runs in two processes, each step with a checkpoint, under "two"."""
    folder = tmp_path_factory.mktemp("processes")
    csv = moods_file(folder / "moods.csv", told=True)
    command = [sys.executable, *LAUNCH, str(WORKER), str(csv), str(folder / "two"), json.dumps(RUNS)]
    said = subprocess.run(
        command, env={**os.environ, **ALONE}, capture_output=True, text=True, check=False, timeout=300
    )
    assert said.returncode == 0, said.stderr
    assert sorted(said.stdout.splitlines()[-2:]) == ["rank 0 of 2", "rank 1 of 2"]
    return folder


def losses(run: Path) -> list[float]:
    """The training losses by epoch and part."""
    return [row["value"] for row in Run.open(run, None).ledger.rows() if row["quantity"] == "training_loss"]


@pytest.mark.heavy
@pytest.mark.parametrize("name", RUNS)
def test_two_processes_train_as_one(folder: Path, name: str) -> None:
    tune(str(folder / "moods.csv"), str(folder / "one" / name), RUNS[name])
    one, two = folder / "one" / name, folder / "two" / name
    np.testing.assert_allclose(losses(two), losses(one), rtol=1e-5)
    found, expected = load_predictions(two), load_predictions(one)
    np.testing.assert_allclose(found["test.scores"], expected["test.scores"], atol=1e-4)
