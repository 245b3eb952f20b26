"""What a training leaves behind: the network as a folder that loads again, and what it predicts."""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save

from infoplane.methods._training._trainee import Trainee
from infoplane.models import Lineage, quiet
from infoplane.runs import Run, write_atomic, writing

if TYPE_CHECKING:
    from infoplane.tasks import Split

MODEL, PREDICTIONS = "model", "predictions.safetensors"


def save_model(trainee: Trainee, folder: Path) -> None:
    """Write network, tokenizer and lineage into `folder`, whole or not at all; `load_model` reads it."""
    beside = folder.with_name(f".{folder.name}.new")
    with writing(folder), quiet():
        shutil.rmtree(beside, ignore_errors=True)
        trainee.network.save_pretrained(beside)
        trainee.lm.tokenizer.save_pretrained(beside)
        task = trainee.task
        Lineage(trainee.lm.fingerprint, trainee.head, task.labels, task.origin).save(beside)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(beside, folder)


def save_predictions(run: Run, found: dict[str, tuple["Split", NDArray[np.float64]]]) -> None:
    """Keep scores, labels and groups of every split in `found`, by names such as "test.scores"."""
    arrays: dict[str, Any] = {}
    for name, (split, scores) in found.items():
        arrays |= {f"{name}.scores": scores, f"{name}.labels": split.labels, f"{name}.groups": split.groups}
    write_atomic(run.artifacts / PREDICTIONS, save({name: np.ascontiguousarray(one) for name, one in arrays.items()}))


def load_predictions(run: Path) -> dict[str, NDArray[Any]]:
    """What `save_predictions` kept of the run in the directory `run`."""
    arrays: dict[str, NDArray[Any]] = load_file(run / "artifacts" / PREDICTIONS)
    return arrays
