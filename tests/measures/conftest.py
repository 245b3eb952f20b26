"""A tiny random decoder, and two small tasks: one whose texts say their label, one whose labels are coin flips."""

from collections.abc import Callable

import pytest
from measures_tasks import moods_file
from quick_networks import quick_networks  # noqa: F401  (a fixture of the whole room)
from tiny_models import make_model

from infoplane.models import LanguageModel
from infoplane.tasks import Task, load_task


@pytest.fixture(scope="session")
def moods(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bool], Task]:
    """The task whose texts tell the label (True) or do not (False)."""
    folder = tmp_path_factory.mktemp("moods")

    def load(told: bool) -> Task:
        path = moods_file(folder / f"{told}.csv", told=told)
        return load_task(str(path), text="text", label="label", aspect="mood")

    return load


@pytest.fixture(scope="session")
def lm() -> LanguageModel:
    """A tiny random Llama."""
    return make_model("llama")
