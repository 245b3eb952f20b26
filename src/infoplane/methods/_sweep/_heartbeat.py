"""Signs of life of a training, by which other workers know that it is not theirs to take over."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from infoplane.methods._sweep import _storage

if TYPE_CHECKING:
    from infoplane.methods._sweep._storage import Storage


@contextmanager
def beating(storage: "Storage", trial_id: int) -> Iterator[None]:
    """Record a heartbeat every `BEAT` seconds while inside; one that a database which is gone does not take is lost."""
    stop = Event()
    thread = Thread(target=_beat, args=(storage.optuna, trial_id, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_storage.BEAT)


def _beat(optuna: Any, trial_id: int, stop: Event) -> None:
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    while not stop.wait(_storage.BEAT):
        try:
            optuna.record_heartbeat(trial_id)
        except (StorageInternalError, SQLAlchemyError):
            continue
