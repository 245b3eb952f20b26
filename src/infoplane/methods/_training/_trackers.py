"""Where training tells its numbers while it runs: TensorBoard, or any tracker that Accelerate knows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from infoplane._errors import InputError, one_line
from infoplane.runs import writing


class Trackers:
    """Open trackers, by name; only the main process makes them.

    names   of Accelerate's trackers: "tensorboard", "wandb", "mlflow", "trackio", ...   folder  for those that write
    config  what the run was asked, told when it begins   step  the step it continues from: what was told later goes

    Raises InputError for a name there is not and one whose package is not installed, RunError where the disk is full.
    """

    def __init__(self, names: Sequence[str], folder: Path, config: Mapping[str, Any], step: int = 0) -> None:
        self._folder = folder
        self._trackers = [_make(name, folder, step) for name in names]
        with writing(folder):
            for tracker in self._trackers:
                tracker.start()
                if step == 0:
                    tracker.store_init_configuration(_flat(config))

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Tell `values` as of `step`."""
        with writing(self._folder):
            for tracker in self._trackers:
                tracker.log(dict(values), step=step)

    def close(self) -> None:
        """Finish what was told."""
        with writing(self._folder):
            for tracker in self._trackers:
                tracker.finish()


def _make(name: str, folder: Path, step: int) -> Any:
    """The tracker called `name`, not started."""
    from accelerate import tracking

    classes = tracking.LOGGER_TYPE_TO_CLASS
    if name not in classes:
        raise InputError(one_line(f"tracker {name!r}", f"one of {', '.join(sorted(classes))}", "use one of these"))
    if name not in map(str, tracking.get_available_trackers()):
        raise InputError(one_line(f"tracker {name}", "its package", f"pip install {name}, or leave it out"))
    if name == "tensorboard":
        return classes[name]("", folder, purge_step=step + 1)
    own = (folder,) if classes[name].requires_logging_directory else ()
    return classes[name]("infoplane", *own)


def _flat(config: Mapping[str, Any], before: str = "") -> dict[str, bool | int | float | str]:
    """Dotted keys and values that every tracker takes."""
    flat: dict[str, bool | int | float | str] = {}
    for key, value in config.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{before}{key}.")
        else:
            flat[f"{before}{key}"] = value if isinstance(value, bool | int | float | str) else str(value)
    return flat
