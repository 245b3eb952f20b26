"""A PostgreSQL of one's own on loopback; servers refuse root, so that root starts it as someone else."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

INSTALL = "no PostgreSQL server; apt-get install postgresql"


class PostgresServer:
    """A server; `start` and `stop` it as often as you like, and ask it for as many databases."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._user = _unprivileged() if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="infoplane-postgres-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        if self._user is not None:
            os.chown(self._folder, self._user, -1)
        self._run("initdb", "-D", self._data, "-U", "study", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self._databases = 0
        self.start()

    def fresh(self) -> str:
        """The address of a new database, with a password that the server does not ask for."""
        self._databases += 1
        name = f"study{self._databases}"
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self._port), "-U", "study", name)
        return f"postgresql://study:s3cret@127.0.0.1:{self._port}/{name}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", self._data, "-l", log, "-o", options, "-w", "-t", "60", "start")

    def stop(self) -> None:
        """Stop it at once, as a power cut would."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def remove(self) -> None:
        """Stop it, if it runs, and delete all it has."""
        subprocess.run(
            [self._programs / "pg_ctl", "-D", self._data, "-m", "immediate", "stop"],
            user=self._user,
            capture_output=True,
            check=False,
            cwd="/",
        )
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _run(self, program: str, *arguments: str) -> None:
        command = [self._programs / program, *arguments]
        silent = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        done = subprocess.run(command, user=self._user, cwd="/", text=True, timeout=120, check=False, **silent)
        assert done.returncode == 0, f"{program}: {done.stderr}"


def programs() -> Path | None:
    """The folder of the newest server's programs, or None where there is none."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = [path for path in folders if (path / "initdb").exists()]
    if found:
        return found[-1]
    initdb = shutil.which("initdb")
    return None if initdb is None else Path(initdb).resolve().parent


def _unprivileged() -> int:
    """The user that Debian's package made, or nobody."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise LookupError("no user to run PostgreSQL as")
