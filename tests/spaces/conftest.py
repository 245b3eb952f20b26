from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tiny_models import make_model

from infoplane.models import LanguageModel
from infoplane.spaces import TaskSpace
from infoplane.tasks import Task, load_task

MOODS = ("calm", "cross", "glad")


@pytest.fixture(scope="session")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    """Short texts of three moods."""
    path = tmp_path_factory.mktemp("task") / "moods.csv"
    rows = [f"It was day {day} and I went out,{MOODS[day % 3]}" for day in range(150)]
    path.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    return load_task(str(path), text="text", label="label", aspect="mood")


@pytest.fixture(scope="session")
def lm() -> LanguageModel:
    """A random network of four blocks."""
    return make_model("llama")


@pytest.fixture(scope="session")
def space(lm: LanguageModel, task: Task) -> TaskSpace:
    """Its task space, calibrated at the last token and at all."""
    return TaskSpace.build(lm, task, contexts=10, tokens="all")


@pytest.fixture(scope="session")
def made() -> Callable[..., TaskSpace]:
    """A space of random directions, of any number of layers and labels, with changes."""

    def make(labels: int = 3, layers: int = 9, width: int = 16, **changes: object) -> TaskSpace:
        rng = np.random.default_rng(0)
        directions = rng.standard_normal((layers, labels, width))
        space = TaskSpace(
            labels=tuple(("afraid", "joyful", "sad", "angry", "proud")[:labels]),
            layers=tuple(range(1, layers + 1)),
            directions=directions / np.linalg.norm(directions, axis=2, keepdims=True),
            sizes=rng.uniform(1, 2, (layers, labels)),
            means=rng.standard_normal((layers, width)),
            norms=np.arange(1.0, layers + 1),
            checks=(),
            fingerprint="f" * 64,
            about={"model": "made", "architecture": "llama", "task": "made"},
        )
        return replace(space, **changes)

    return make
