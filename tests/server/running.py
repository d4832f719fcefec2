"""A whole server in a subprocess, as a person starts it, and the sight of its processes."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dragops_site.supervisor.valkey import socket_path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("DRAGOPS_", "DATABASE_URL", "REDIS_URL", "DJANGO_")
ROLES = {  # how each process is known by its name, or else its command line
    "web": re.compile(r"^up: web$"),
    "beat": re.compile(r"^up: beat$"),
    "worker": re.compile(r"^up: worker-\d+$"),
    "preparation": re.compile(r"^up: prepare$"),
    "valkey": re.compile(r"valkey-server"),
    "guardian": re.compile(r"guardian\.py"),
    "up": re.compile(r"manage\.py up"),
}


def _role(name: str, command_line: str) -> str:
    return next((role for role, known in ROLES.items() if known.search(name) or known.search(command_line)), name)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def clean_env(**more: str) -> dict[str, str]:
    """Our environment without anything that configures DRAGOPS."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | more


def wait_until(found: Callable[[], Any], timeout: float) -> Any:
    """What `found` returns as soon as that is true, or at last when the time is over."""
    until = time.monotonic() + timeout
    while not (result := found()) and time.monotonic() < until:
        time.sleep(0.05)
    return result


class Server:
    """`python manage.py up` on a port of its own. Leaving it stops it; what it left behind is ended and remembered."""

    def __init__(self, data_dir: Path, *options: str, env: dict[str, str] | None = None, cwd: Path = ROOT) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.lines: list[str] = []
        command = [sys.executable, str(ROOT / "manage.py"), "up", "--port", str(self.port), "--data-dir", str(data_dir)]
        self.process = subprocess.Popen(
            [*command, *options],
            cwd=cwd,
            env=clean_env(DRAGOPS_DATA_DIR=str(data_dir), **(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_ready(self, timeout: float = 60) -> float:
        """The seconds that it took until it said that it is ready."""
        started = time.monotonic()
        ready = wait_until(lambda: "DRAGOPS is ready." in self.lines or self.process.poll() is not None, timeout)
        assert ready and self.process.poll() is None, self.text
        return time.monotonic() - started

    def wait_ended(self, timeout: float = 30) -> int:
        code = self.process.wait(timeout)
        self._reader.join(2)
        return code

    def get(self, path: str) -> int:
        """The status of an answer; 0 when there is none."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def is_ready(self) -> bool:
        return self.get("/readyz") == 200

    def processes(self) -> dict[int, str]:
        """Every living process of this server by its pid, with its role; known by the data folder in the environment
        that `up` was given (Valkey: by its socket), so that one whose parent is gone is seen too."""
        mark, socket_mark = f"DRAGOPS_DATA_DIR={self.data_dir}".encode(), os.fsencode(socket_path(self.data_dir))
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                if socket_mark in line or mark in (entry / "environ").read_bytes().split(b"\0"):
                    found[int(entry.name)] = _role((entry / "comm").read_text().strip(), line.decode(errors="replace"))
            except OSError:
                continue
        up = self.process.pid
        return found | ({up: "up"} if self.process.poll() is None else {})

    def pids(self, role: str) -> list[int]:
        return sorted(pid for pid, known in self.processes().items() if known == role)

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
