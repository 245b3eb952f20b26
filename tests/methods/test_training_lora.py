"""Fine-tuning with adapters, end to end: few weights are trained, the folder is a plain model that says the same."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tiny_models import make_model

from infoplane.methods import Recipe, finetune
from infoplane.methods._training._checkpoint import latest
from infoplane.methods._training._keeping import load_predictions
from infoplane.models import load_model
from infoplane.tasks import Task

RANK = 2
NEW = {"bert": ("pooler", "classifier"), "llama": ("score",)}


@pytest.mark.parametrize(("family", "head"), [("bert", "class"), ("llama", "labels"), ("llama", "class")])
def test_adapters_are_trained_merged_and_loaded_as_a_plain_model(
    task: Task, tmp_path: Path, family: str, head: str
) -> None:
    lm = make_model(family)
    recipe = Recipe(epochs=2, batch_size=16, learning_rate=5e-3, lora=RANK, head=head)
    finetune(lm, task, out=tmp_path, recipe=recipe, trackers=())
    checkpoint = latest(tmp_path / "checkpoints")
    assert checkpoint is not None
    kept = checkpoint.tensors("network")
    new = NEW[family] if head == "class" else ()
    assert all("lora_" in name or any(part in name for part in (*new, "position_ids", "inv_freq")) for name in kept)
    after = load_file(tmp_path / "model/model.safetensors")
    assert not any("lora" in name or "base_layer" in name for name in after)
    before = lm.network.state_dict()
    shared = {name for name in before if name in after and before[name].shape == after[name].shape}
    ranks = {name: changed_rank(before[name], after[name]) for name in shared if before[name].ndim == 2}
    assert max(ranks.values()) == RANK
    assert ranks[next(name for name in ranks if "embed" in name)] == 0
    assert all(torch.equal(before[name], after[name]) for name in shared if before[name].ndim == 1)


def changed_rank(before: torch.Tensor, after: torch.Tensor) -> int:
    """The rank of what was added to a matrix, within float32."""
    return int(torch.linalg.matrix_rank((after - before).double(), atol=1e-5))


def test_the_merged_decoder_scores_as_it_did_in_training(task: Task, tmp_path: Path) -> None:
    recipe = Recipe(epochs=1, batch_size=16, learning_rate=5e-3, lora=RANK)
    finetune(make_model("llama"), task, out=tmp_path, recipe=recipe, trackers=())
    lm = load_model(tmp_path / "model")
    prompts = [task.prompt(text) for text in task.splits["test"].texts]
    found = load_predictions(tmp_path)["test.scores"]
    np.testing.assert_allclose(lm.score(prompts, task.answers), found, atol=1e-4)
