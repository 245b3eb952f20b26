"""The sweep of test_sweep.py in a process of its own, which can be killed."""

import tempfile
from pathlib import Path

from measures_tasks import moods_file
from tiny_models import make_model

from infoplane.methods import Recipe, sweep
from infoplane.methods._sweep import _storage
from infoplane.tasks import load_task


def main(out: str, storage: str) -> None:
    """Sweep into `out`, impatiently."""
    _storage.BEAT, _storage.GRACE = 1, 3
    with tempfile.TemporaryDirectory() as folder:
        task = load_task(str(moods_file(Path(folder) / "moods.csv", told=True)), aspect="mood").subset(40)
    grids = {"cross-entropy": {}, "min-cmi": {"weight": [0.1, 0.5]}}
    recipe = Recipe(epochs=2, batch_size=16, learning_rate=3e-3, max_length=24)
    sweep(make_model("bert"), task, objectives=grids, recipe=recipe, seeds=2, out=out, storage=storage)
