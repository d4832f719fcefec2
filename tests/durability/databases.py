"""The databases that the suite runs on: a PostgreSQL of its own that it may stop, and fresh databases in any."""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from urllib.parse import quote, urlsplit

AWAY_S = 3.0
SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"


def programs() -> Path | None:
    """The folder with initdb and pg_ctl; None on a machine that has no PostgreSQL server."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


class Cluster:
    """A PostgreSQL server of our own in a short temporary folder, on a socket alone. Use as a context manager.

    With `syncs` a commit is on the disk when it is answered, as in an installation."""

    def __init__(self, binaries: Path, *, syncs: bool = False) -> None:
        self._binaries = binaries
        self._syncs = syncs
        self.folder = Path(tempfile.mkdtemp(prefix="dragops-pg-", dir="/tmp"))  # a socket's path must be short
        self.url = f"postgres://dragops@{quote(str(self.folder), safe='')}/postgres"

    def __enter__(self) -> "Cluster":
        if os.getuid() == 0:
            shutil.chown(self.folder, "nobody")
        self._run("initdb", "-D", self._data, "-U", "dragops", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        # What a commit has written outlives the server's processes without fsync; only the machine must not fail.
        hurry = "" if self._syncs else "-c fsync=off"
        options = f"-k {self.folder} -c listen_addresses= -c max_connections=200 {hurry}"
        self._run("pg_ctl", "-D", self._data, "-l", str(self.folder / "log"), "-w", "-o", options, "start")

    def stop(self) -> None:
        """As a crash does: nobody is asked."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def restart(self) -> None:
        """Away for some seconds."""
        self.stop()
        sleep(AWAY_S)
        self.start()

    @property
    def pid(self) -> int:
        """Of the process that has started all others."""
        return int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _run(self, program: str, *words: str) -> None:
        command = [str(self._binaries / program), *words]
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            command = ["runuser", "-u", "nobody", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


@contextmanager
def fresh(server_url: str) -> Iterator[str]:
    """The address of a new, empty database beside the given one."""
    name = f"test_durable_{uuid.uuid4().hex[:12]}"
    _execute(server_url, f"CREATE DATABASE {name}")
    try:
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    finally:
        _execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(url: str, command: str) -> None:
    import psycopg2

    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(command)
    finally:
        connection.close()
