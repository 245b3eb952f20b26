"""Processes that train together, for real: two over gloo sum, gather, share and fail as one; one process is alone."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from infoplane._errors import RunError
from infoplane.methods._training._devices import Devices

WORKER = """
import json, sys, torch
from pathlib import Path
from infoplane._errors import RunError
from infoplane.methods._training import _devices
from infoplane.methods._training._devices import Devices

_devices._BUCKET = 6
devices = Devices("cpu")
r = devices.rank
said = {"main": devices.main, "world": devices.world, "device": str(devices.device)}
tensors = [torch.full((2, 2), 1.0 + r), torch.tensor(2.0 + r), torch.full((5,), 3.0 * r).double(), torch.ones(9)]
kept = tensors[0]
devices.sum_(tensors)
said["sums"] = [tensor.unique().tolist() for tensor in tensors] + [kept.shape[0]]
said["summed"] = devices.summed(torch.tensor([1.0 + r])).item()
rows, own = devices.gather(torch.arange(2 * (r + 1)).reshape(-1, 2) + 10 * r)
said["gathered"], said["own"] = rows.tolist(), [own.start, own.stop]
none, own = devices.gather(torch.zeros(3 * r, 2))
said["none"] = [list(none.shape), own.start, own.stop]
said["shared"] = devices.share({"epoch": 1 + r})
said["done"] = devices.on_main(lambda: f"by {r}")

def full():
    raise RunError("the disk is full")

try:
    devices.on_main(full)
except RunError as error:
    said["error"] = str(error)
devices.barrier()
Path(sys.argv[1], f"{r}.json").write_text(json.dumps(said))
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.heavy
def test_two_processes_sum_gather_share_and_fail_as_one(tmp_path: Path) -> None:
    (tmp_path / "worker.py").write_text(WORKER)
    shared = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "error", str(tmp_path / "worker.py"), str(tmp_path)]
    workers = [
        subprocess.Popen(command, env={**os.environ, **shared, "RANK": str(rank), "LOCAL_RANK": str(rank)})
        for rank in range(2)
    ]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0]
    for rank in range(2):
        said = json.loads((tmp_path / f"{rank}.json").read_text())
        assert said == {
            "main": rank == 0,
            "world": 2,
            "device": "cpu",
            "sums": [[3.0], [5.0], [3.0], [2.0], 2],
            "summed": 3.0,
            "gathered": [[0, 1], [10, 11], [12, 13]],
            "own": [0, 1] if rank == 0 else [1, 3],
            "none": [[3, 2], 0, 0] if rank == 0 else [[3, 2], 0, 3],
            "shared": {"epoch": 1},
            "done": "by 0",
            "error": "the disk is full",
        }


def test_one_process_is_alone() -> None:
    devices = Devices("cpu")
    assert (devices.rank, devices.world, devices.main, devices.device) == (0, 1, True, torch.device("cpu"))
    tensor = torch.arange(3.0)
    devices.sum_([tensor])
    assert devices.summed(tensor) is tensor
    rows, own = devices.gather(tensor)
    assert rows is tensor
    assert rows[own].tolist() == [0.0, 1.0, 2.0]
    assert devices.share({"epoch": 1}) == {"epoch": 1}
    devices.barrier()


def test_one_process_raises_what_it_does() -> None:
    def full() -> None:
        raise RunError("the disk is full")

    with pytest.raises(RunError, match="the disk is full"):
        Devices("cpu").on_main(full)
