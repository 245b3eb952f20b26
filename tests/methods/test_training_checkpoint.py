"""Checkpoints: whole or not at all, on a full disk, after a kill, with damaged files; optimisers go on as they were."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from full_disk import files_of_at_most
from torch import Tensor, nn

from infoplane._errors import RunError
from infoplane.methods._training._checkpoint import best, latest, optimizer_tensors, restore_optimizer, save


def parts(value: float, size: int = 64) -> dict[str, object]:
    """A network and what else a run keeps, every number of which is `value`."""
    return {"network": {"weight": torch.full((size,), value)}, "history": {"losses": [value], "none": None}}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    tied = torch.randn(3, 4)
    network = {
        "first": tied,
        "second": tied,
        "transposed": torch.randn(4, 5).t(),
        "slice": torch.randn(10)[2:5],
        "half": torch.randn(2).bfloat16(),
        "count": torch.tensor(7),
        "empty": torch.zeros(0, 3),
    }
    save(tmp_path, 12, {"network": network, "nothing": {}, "epoch": 3, "history": [{"loss": 0.1}, None]})
    checkpoint = latest(tmp_path)
    assert checkpoint is not None
    assert (checkpoint.step, checkpoint.path.name) == (12, "step-00000012")
    found = checkpoint.tensors("network")
    assert found.keys() == network.keys()
    for name, tensor in network.items():
        assert found[name].dtype == tensor.dtype, name
        assert torch.equal(found[name], tensor), name
    assert found["first"].data_ptr() == found["second"].data_ptr()
    assert (checkpoint.plain("epoch"), checkpoint.plain("history")) == (3, [{"loss": 0.1}, None])
    assert checkpoint.plain("nothing") == checkpoint.tensors("nothing") == {}


def test_a_folder_without_checkpoints_has_none(tmp_path: Path) -> None:
    (tmp_path / "step-notes").mkdir()
    assert latest(tmp_path) is best(tmp_path) is latest(tmp_path / "absent") is None


def test_the_last_two_and_the_best_are_kept(tmp_path: Path) -> None:
    for step in range(1, 6):
        save(tmp_path, step, parts(step), best=("network",) if step in {1, 2} else ())
    assert names(tmp_path) == ["best-00000002", "step-00000004", "step-00000005"]
    chosen = best(tmp_path)
    assert chosen is not None
    assert chosen.step == 2
    assert chosen.tensors("network")["weight"].unique().tolist() == [2]
    with pytest.raises(RunError, match="without history"):
        chosen.plain("history")


def test_the_best_takes_no_second_place_on_the_disk(tmp_path: Path) -> None:
    save(tmp_path, 1, parts(1), best=("network",))
    files = list(tmp_path.glob("*/network.safetensors"))
    assert len(files) == 2
    assert os.path.samefile(*files)


def test_a_step_saved_again_is_replaced(tmp_path: Path) -> None:
    save(tmp_path, 1, parts(1), best=("network",))
    save(tmp_path, 1, parts(2), best=("network",))
    for checkpoint in (latest(tmp_path), best(tmp_path)):
        assert checkpoint is not None
        assert checkpoint.tensors("network")["weight"].unique().tolist() == [2]


def test_a_full_disk_is_said_and_the_old_checkpoint_stays(tmp_path: Path) -> None:
    save(tmp_path, 1, parts(1), best=("network",))
    with (
        files_of_at_most(100_000),
        pytest.raises(RunError, match=r"step-00000002 cannot be written .* free space") as caught,
    ):
        save(tmp_path, 2, parts(2, size=100_000), best=("network",))
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == ["best-00000001", "step-00000001"]
    save(tmp_path, 2, parts(2, size=100_000))
    checkpoint = latest(tmp_path)
    assert checkpoint is not None
    assert checkpoint.step == 2


def test_a_number_that_is_not_finite_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="step 3 that holds what cannot be kept"):
        save(tmp_path, 3, parts(float("nan")))
    assert names(tmp_path) == []


@pytest.mark.parametrize("damage", ["shortened", "absent", "no json", "no checkpoint"])
def test_a_damaged_checkpoint_gives_way_to_the_one_before(tmp_path: Path, damage: str) -> None:
    for step in (1, 2):
        save(tmp_path, step, parts(step))
    file, about = tmp_path / "step-00000002/network.safetensors", tmp_path / "step-00000002/checkpoint.json"
    match damage:
        case "shortened":
            file.write_bytes(file.read_bytes()[:-1])
        case "absent":
            file.unlink()
        case "no json":
            about.write_text("{")
        case "no checkpoint":
            about.write_text("[]")
    checkpoint = latest(tmp_path)
    assert checkpoint is not None
    assert checkpoint.step == 1


def test_a_file_of_other_bytes_is_said_in_one_line(tmp_path: Path) -> None:
    save(tmp_path, 1, parts(1))
    file = tmp_path / "step-00000001/network.safetensors"
    file.write_bytes(b"\xff" * file.stat().st_size)
    checkpoint = latest(tmp_path)
    assert checkpoint is not None
    with pytest.raises(RunError, match=r"network.safetensors cannot be read .* delete") as caught:
        checkpoint.tensors("network")
    assert "\n" not in str(caught.value)


WRITER = """
import sys, torch
from pathlib import Path
from infoplane.methods._training._checkpoint import save
for step in range(1, 100_000):
    save(Path(sys.argv[1]), step, {"network": {"weight": torch.full((300_000,), float(step))}}, best=("network",))
"""


@pytest.mark.heavy
def test_a_writer_killed_anywhere_leaves_a_whole_checkpoint(tmp_path: Path) -> None:
    reached = 0
    for wait in (0.0, 0.017):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], env=os.environ) as writer:
            until = time.monotonic() + 60
            while len(list(tmp_path.glob("step-*"))) < 2 and time.monotonic() < until:
                time.sleep(0.002)
            time.sleep(wait)
            writer.send_signal(signal.SIGKILL)
        for checkpoint in (latest(tmp_path), best(tmp_path)):
            assert checkpoint is not None
            assert checkpoint.tensors("network")["weight"].unique().tolist() == [checkpoint.step]
            reached = max(reached, checkpoint.step)
        for path in tmp_path.glob("step-*"):
            path.rename(tmp_path / f"was-{wait}-{path.name}")
    assert reached >= 2


def learned(steps: int, network: nn.Linear, optimizer: torch.optim.Optimizer) -> Tensor:
    """The weights after `steps` steps on inputs that are always the same."""
    rows = torch.linspace(-1, 1, 12).reshape(4, 3)
    for _ in range(steps):
        optimizer.zero_grad()
        network(rows).square().sum().backward()
        optimizer.step()
    return network.weight.detach().clone()


def made(seed: int) -> tuple[nn.Linear, torch.optim.Optimizer]:
    torch.manual_seed(seed)
    network = nn.Linear(3, 2)
    groups = [{"params": [network.weight], "weight_decay": 0.1}, {"params": [network.bias], "weight_decay": 0.0}]
    return network, torch.optim.AdamW(groups, lr=0.05, fused=True)


def test_an_optimiser_goes_on_as_if_it_had_not_stopped(tmp_path: Path) -> None:
    whole = learned(10, *made(0))
    network, optimizer = made(0)
    learned(6, network, optimizer)
    save(tmp_path, 6, {"network": network.state_dict(), "optimizer": optimizer_tensors(optimizer)})
    checkpoint = latest(tmp_path)
    assert checkpoint is not None
    network, optimizer = made(1)
    network.load_state_dict(checkpoint.tensors("network"))
    restore_optimizer(optimizer, checkpoint.tensors("optimizer"))
    assert torch.equal(learned(4, network, optimizer), whole)


def test_the_state_of_another_network_is_refused() -> None:
    network, optimizer = made(0)
    learned(1, network, optimizer)
    wider = nn.Linear(3, 5)
    with pytest.raises(RunError, match=r"0.exp_avg of shape \(2, 3\)"):
        restore_optimizer(torch.optim.AdamW(wider.parameters()), optimizer_tensors(optimizer))
    with pytest.raises(RunError, match="expected the same network"):
        restore_optimizer(torch.optim.AdamW([network.weight]), optimizer_tensors(optimizer))
