"""A run directory: what was asked, with what versions, its numbers, its states, and whether it is finished."""

import json
import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal, Self

from infoplane._errors import RunError, one_line
from infoplane._version import __version__
from infoplane.runs._files import is_leftover, write_atomic, writing
from infoplane.runs._ledger import Ledger
from infoplane.runs._lock import LOCK_NAME, RunLock
from infoplane.runs._plain import differences, plain, to_json
from infoplane.runs._state_store import StateStore

_ABOUT = "run.json"


class Run:
    """An open run directory; a context manager that lets others write when it is left.

    `path`; `config` what was asked; `facts` what was found (`note` adds to them); `ledger`; `states`; `artifacts` a
    folder. Make one with `Run.open`.
    """

    def __init__(self, path: Path, about: dict[str, Any], lock: RunLock | None, dtype: Literal["float32", "float16"]):
        self.path = path
        self.artifacts = path / "artifacts"
        self.ledger = Ledger(path / "ledger.jsonl", read_only=lock is None)
        self._about = about
        self._lock = lock
        self._dtype = dtype

    @classmethod
    def open(
        cls,
        out: str | Path,
        config: Mapping[str, Any] | None,
        *,
        create: bool = True,
        states_dtype: Literal["float32", "float16"] = "float32",
    ) -> Self:
        """The run of `config` in the directory `out`, new or continued, for this process alone to write.

        `config=None` opens the run that stands there for reading: nothing is locked, changed or deleted. `create=False`
        refuses to begin a new one. Raises RunError for a run of another configuration, naming the keys that differ,
        for a directory with other files, one that another process writes, and one that cannot be written.
        """
        path = Path(out).expanduser()
        if config is None:
            return cls(path, _read_about(path), None, states_dtype)
        if not create:
            _read_about(path)
        with writing(path):
            _check_empty_or_run(path)
            (path / "artifacts").mkdir(parents=True, exist_ok=True)
            lock = RunLock(path)
            try:
                run = cls(path, _continued(path, plain(config, "configuration")), lock, states_dtype)
                run._tidy()
            except BaseException:
                lock.release()
                raise
        return run

    @cached_property
    def states(self) -> StateStore:
        """The states that were read, under `states/`."""
        return StateStore(self.path / "states", dtype=self._dtype, read_only=self._lock is None)

    @property
    def config(self) -> dict[str, Any]:
        """What was asked, as it stands in run.json."""
        return dict(self._about["config"])

    @property
    def facts(self) -> dict[str, Any]:
        """What was found on the way: fingerprints, sizes, exclusions."""
        return dict(self._about["facts"])

    @property
    def finished(self) -> bool:
        """Whether everything that was asked is done."""
        return self._about["finished"] is not None

    def note(self, **facts: Any) -> None:
        """Merge `facts` into run.json, whole or not at all; RunError for what JSON cannot keep."""
        self._write(facts=self.facts | facts)

    def finish(self) -> None:
        """Say that everything that was asked is done."""
        self._write(finished=_now())

    def close(self) -> None:
        """Let others write; what is read stays readable."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None
            self.ledger.read_only = self.states.read_only = True

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Add the wall seconds spent inside to those the run has taken so far, also where it is interrupted."""
        before, start = self.facts.get("seconds", 0.0), time.perf_counter()
        try:
            yield
        finally:
            with suppress(RunError):  # of a full disk the error that is on its way tells already
                self.note(seconds=round(before + time.perf_counter() - start, 3))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _write(self, **changes: Any) -> None:
        if self._lock is None:
            do = "open the run with its configuration to continue it"
            raise RunError(one_line(f"run {self.path} opened for reading", "one that may be written", do))
        about = plain(self._about | changes, "run.json")
        write_atomic(self.path / _ABOUT, to_json(about, "run.json", indent=2) + "\n")
        self._about = about

    def _tidy(self) -> None:
        """Remove what a kill left, and say how many damaged files of states have to be computed again."""
        for folder in (self.path, self.artifacts):
            for path in filter(is_leftover, folder.iterdir()):
                path.unlink()
        if self.states.discarded:
            self._about["facts"]["damaged_files"] = self.facts.get("damaged_files", 0) + self.states.discarded
        if not self.finished or self.states.discarded:
            self._write()


def _continued(path: Path, config: dict[str, Any]) -> dict[str, Any]:
    """What run.json is to hold: of the run that stands there, if it is the same one, or of a new one."""
    if not (path / _ABOUT).exists():
        return {"config": config, "versions": _versions(), "created": _now(), "finished": None, "facts": {}}
    about = _read_about(path)
    if keys := differences(about["config"], config):
        said = "; ".join(f"{key} was {_of(about['config'], key)}, is {_of(config, key)}" for key in keys[:3])
        more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
        came = f"run {path} of another configuration ({said}{more})"
        raise RunError(one_line(came, "the same one", "choose another directory with --out, or delete this one"))
    if about["versions"] != _versions() and about["finished"] is None:
        about["facts"]["continued_with"] = _versions()
    return about


def _of(config: Mapping[str, Any], key: str) -> str:
    value: Any = config
    for name in key.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _check_empty_or_run(path: Path) -> None:
    """RunError for a place that holds something else than a run."""
    if path.exists() and not path.is_dir():
        raise RunError(one_line(f"{path} is a file", "a directory", "choose another directory with --out"))
    if path.is_dir() and not (path / _ABOUT).is_file():
        ours = {LOCK_NAME, "artifacts"}
        foreign = [file.name for file in path.iterdir() if file.name not in ours and not is_leftover(file)]
        if foreign or any((path / "artifacts").glob("*")):
            came = f"directory {path} holds {foreign[0] if foreign else 'artifacts'} and no run.json"
            raise RunError(one_line(came, "a run or an empty directory", "choose another directory with --out"))


def _read_about(path: Path) -> dict[str, Any]:
    try:
        about = json.loads((path / _ABOUT).read_text(encoding="utf-8"))
        known = {"config": dict(about["config"]), "facts": dict(about["facts"]), "versions": dict(about["versions"])}
        return {**about, **known, "finished": about["finished"]}
    except FileNotFoundError:
        do = "give a directory that an infoplane command made with --out"
        raise RunError(one_line(f"no run.json in {path}", "a run directory", do)) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        came = f"{path / _ABOUT} cannot be read ({type(error).__name__})"
        raise RunError(one_line(came, "the run.json of a run", "restore it, or choose another directory")) from None


def _versions() -> dict[str, str]:
    found = {"infoplane": __version__, "python": platform.python_version()}
    for name in ("torch", "transformers", "numpy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
