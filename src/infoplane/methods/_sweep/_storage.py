"""Where a study is kept: a file of this machine, or a PostgreSQL that several share and that may go for a while."""

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from infoplane._errors import InputError, RunError, one_line

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

    from infoplane.methods._setting import Told

Found = TypeVar("Found")

BEAT = 5  # seconds between two signs of life of a training
GRACE = 30  # seconds without one after which its worker is taken for dead
PATIENCE = 300.0  # seconds that a database may be gone
_AT_FIRST = 30.0  # where it has not answered yet, which is more often a wrong address
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 5.0

_REFUSED = (
    *("authentication failed", "no password supplied", "permission denied", "does not exist"),
    *("Name or service not known", "not a database"),
)
_POSTGRES = {"connect_timeout": 10, "keepalives_idle": 30, "tcp_user_timeout": 30_000}
_FILE = {"timeout": 60}


class Storage:
    """The storage of Optuna at `address`, asked with patience.

    address  a file, made if absent, or postgresql://user@host/database
    said     the address without its password

    Raises InputError for an address of another kind and a driver that is not installed; RunError for a database that
    refuses, or has not answered for `PATIENCE` seconds, 30 at first.
    """

    def __init__(self, address: str | Path, told: "Told") -> None:
        self.url, self.said, self._connection = _url(address)
        self._told = told
        self.optuna: BaseStorage = self.patiently(self._open, min(_AT_FIRST, PATIENCE))

    def patiently(self, ask: Callable[[], Found], patience: float | None = None) -> Found:
        """What `ask` finds; asked again, ever less often, for `patience` seconds while the database does not answer."""
        longest = PATIENCE if patience is None else patience
        start, wait = time.monotonic(), _FIRST_WAIT
        while True:
            try:
                with unwarned():
                    return ask()
            except Exception as error:
                cause = _cause(error)
                if cause is None:
                    raise
                waited = time.monotonic() - start
                if waited + wait > longest or not _may_pass(cause):
                    raise self._gone(cause, waited) from None
                self._told(f"waiting for {self.said}", int(waited), 0)
            time.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    def _open(self) -> "BaseStorage":
        """The storage; it connects anew for every question, so that none is asked over a connection that is gone."""
        from optuna.storages import RDBStorage, get_storage
        from sqlalchemy.pool import NullPool

        engine = {"poolclass": NullPool, "connect_args": self._connection}
        return get_storage(RDBStorage(self.url, engine, heartbeat_interval=BEAT, grace_period=GRACE))

    def _gone(self, cause: BaseException, waited: float) -> RunError:
        first = (str(getattr(cause, "orig", None) or cause).strip().splitlines() or [type(cause).__name__])[0]
        came = f"database {self.said} cannot be used after {waited:.0f} s ({first})"
        do = "start it or mend the address, then the same command continues: finished trainings are kept"
        return RunError(one_line(came, "a database that answers", do))


@contextmanager
def unwarned() -> Iterator[None]:
    """Without what Optuna says of parts that may still change, which this project's tests watch."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def without_password(text: str | None, address: str | Path | None) -> str | None:
    """`text` with the password of `address` left out, for what is kept in files."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        password = make_url(str(address)).password
    except ArgumentError:
        return text
    return text.replace(str(password), "***") if text and password else text


def _url(address: str | Path) -> tuple[str, str, dict[str, Any]]:
    """The address for SQLAlchemy, as it may be shown, and how to connect."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    if "://" not in str(address):
        return f"sqlite:///{Path(address).expanduser().absolute()}", str(address), _FILE
    expected = "a file, or postgresql://user@host/database"
    try:
        url = make_url(str(address))
    except ArgumentError:
        raise InputError(one_line("the storage's address cannot be read", expected, "mend it")) from None
    said = url.render_as_string(hide_password=True)
    if url.get_backend_name() != "postgresql":
        raise InputError(one_line(f"storage {said}", expected, "use one of these"))
    _check_driver(said)
    url = url.set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False), said, _POSTGRES


def _check_driver(said: str) -> None:
    try:
        import psycopg  # noqa: F401
    except ImportError:
        do = "pip install 'infoplane[postgres]'"
        raise InputError(one_line(f"storage {said} without psycopg", "the driver of PostgreSQL", do)) from None


def _cause(error: Exception) -> BaseException | None:
    """What the database said, where `error` comes from it."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    found: BaseException | None = error.__cause__ if isinstance(error, StorageInternalError) else error
    return found if isinstance(found, SQLAlchemyError) else None


def _may_pass(cause: BaseException) -> bool:
    """Whether it may answer later: not where it refuses who asks, or is asked what it cannot know."""
    from sqlalchemy.exc import InterfaceError, OperationalError

    return isinstance(cause, OperationalError | InterfaceError) and not any(word in str(cause) for word in _REFUSED)
