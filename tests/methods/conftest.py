"""A tiny random decoder and a small task whose texts say their label."""

from collections.abc import Iterator

import pytest
from measures_tasks import moods_file
from postgres_server import INSTALL, PostgresServer, programs
from tiny_models import make_model

from infoplane.methods import Setting
from infoplane.models import LanguageModel
from infoplane.spaces import TaskSpace
from infoplane.tasks import Task, load_task


@pytest.fixture(scope="session")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    """300 short texts of three moods, which they name."""
    path = moods_file(tmp_path_factory.mktemp("moods") / "moods.csv", told=True)
    return load_task(str(path), aspect="mood")


@pytest.fixture(scope="session")
def lm() -> LanguageModel:
    """A tiny random Llama."""
    return make_model("llama")


@pytest.fixture(scope="session")
def space(lm: LanguageModel, task: Task) -> TaskSpace:
    """Its task space."""
    return TaskSpace.build(lm, task, contexts=8)


@pytest.fixture(scope="session")
def setting(lm: LanguageModel, task: Task, space: TaskSpace) -> Setting:
    """Both, with three examples retrieved for a query."""
    return Setting(lm, task, examples=3, given=space)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real server on loopback, started by whoever may start one."""
    folder = programs()
    if folder is None:
        pytest.skip(INSTALL)
    server = PostgresServer(folder)
    yield server
    server.remove()


@pytest.fixture(params=["file", "postgres"])
def storage(request: pytest.FixtureRequest) -> str | None:
    """Both places in which a study is kept."""
    return None if request.param == "file" else request.getfixturevalue("postgres").fresh()
