"""Trackers: TensorBoard's files say what was told, and not twice after a kill; names that are none are refused."""

import threading
from pathlib import Path

import pytest
from accelerate import tracking
from full_disk import files_of_at_most
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from infoplane._errors import InputError, RunError
from infoplane.methods._training._devices import Devices
from infoplane.methods._training._trackers import Trackers

# TensorBoard's own thread ends on a full disk, whenever it comes to write.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@pytest.fixture(autouse=True)
def one_process() -> None:
    Devices("cpu")


def told(folder: Path) -> list[tuple[int, float]]:
    events = EventAccumulator(str(folder))
    events.Reload()
    return [(event.step, round(event.value, 6)) for event in events.Scalars("loss")]


def test_tensorboard_is_told(tmp_path: Path) -> None:
    trackers = Trackers(("tensorboard",), tmp_path, {"recipe": {"epochs": 2, "lora": None}, "task": "moods"})
    for step in (1, 2):
        trackers.log({"loss": 1 / step}, step)
    trackers.close()
    assert told(tmp_path) == [(1, 1.0), (2, 0.5)]
    asked = next(tmp_path.glob("*/hparams.yml")).read_text()
    assert "recipe.epochs: 2" in asked
    assert "recipe.lora: None" in asked


def test_what_was_told_after_the_checkpoint_is_told_once(tmp_path: Path) -> None:
    for begin, steps in ((0, (1, 2, 3)), (2, (3, 4))):
        trackers = Trackers(("tensorboard",), tmp_path, {}, begin)
        for step in steps:
            trackers.log({"loss": step + begin}, step)
        trackers.close()
    assert told(tmp_path) == [(1, 1.0), (2, 2.0), (3, 5.0), (4, 6.0)]


def test_any_tracker_of_accelerate_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[object] = []

    class Own(tracking.GeneralTracker):
        name, requires_logging_directory, tracker = "own", False, None

        def __init__(self, project: str) -> None:
            super().__init__()
            said.append(project)

        def start(self) -> None:
            said.append("start")

        def store_init_configuration(self, values: dict[str, object]) -> None:
            said.append(values)

        def log(self, values: dict[str, float], step: int | None = None) -> None:
            said.append((values, step))

        def finish(self) -> None:
            said.append("finish")

    monkeypatch.setitem(tracking.LOGGER_TYPE_TO_CLASS, "own", Own)
    monkeypatch.setattr(tracking, "_available_trackers", [*tracking.get_available_trackers(), "own"])
    trackers = Trackers(("own",), tmp_path, {"seed": 0})
    trackers.log({"loss": 2.0}, 7)
    trackers.close()
    assert said == ["infoplane", "start", {"seed": 0}, ({"loss": 2.0}, 7), "finish"]


def test_a_full_disk_is_said_in_one_line(tmp_path: Path) -> None:
    others = set(threading.enumerate())
    trackers = Trackers(("tensorboard",), tmp_path, {})

    def tell() -> None:
        for step in range(100):
            trackers.log({"loss": 1.0}, step)

    with files_of_at_most(10), pytest.raises(RunError, match="free space"):
        tell()
    for thread in set(threading.enumerate()) - others:
        thread.join(10)


def test_names_that_are_none_and_packages_that_are_absent_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match=r"tracker 'tensorbord': expected one of .*tensorboard"):
        Trackers(("tensorbord",), tmp_path, {})
    monkeypatch.setattr(tracking, "_available_trackers", [])
    with pytest.raises(InputError, match="pip install wandb"):
        Trackers(("wandb",), tmp_path, {})


def test_no_tracker_writes_nothing(tmp_path: Path) -> None:
    trackers = Trackers((), tmp_path, {})
    trackers.log({"loss": 1.0}, 1)
    trackers.close()
    assert list(tmp_path.iterdir()) == []
