"""The model and the task that measure and space build are about."""

from pathlib import Path
from typing import TYPE_CHECKING

from infoplane._cli._options import batch_size, needed

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.tasks import Task


def load(
    model: str | None,
    task: str | None,
    *,
    device: str,
    dtype: str,
    batch: str,
    revision: str | None,
    columns: dict[str, str | None],
    prompt: Path | None,
    turns: bool,
    exclude: Path | None,
    seed: int,
) -> tuple["LanguageModel", "Task"]:
    """Both, as the options say; `columns` of a file and its aspect. InputError for anything that cannot be loaded."""
    name, data, size = needed(model, "--model"), needed(task, "--task"), batch_size(batch)
    from infoplane.models import load_model
    from infoplane.tasks import load_task

    asked = load_task(data, **columns, prompt=prompt, turns=turns, exclude=exclude, seed=seed)
    return load_model(name, device=device, dtype=dtype, revision=revision, batch_size=size), asked
