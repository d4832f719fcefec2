"""The processes of one DRAGOPS server."""

import os
import resource
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from dragops_site.lifeline import path_of
from dragops_site.supervisor import valkey
from dragops_site.supervisor.children import Program

WEB_THREADS = 64  # a request that waits for a run's result holds one
CONNECTIONS = 700  # most of them idle: what Granian calls backpressure counts open connections, not requests
OTHER_FILES = 300  # that the web server may have open: its threads' connections to database and broker
WORKER_THREADS = 8
APP = ["-m", "celery", "--quiet", "-A", "dragops_site"]


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    @property
    def local_host(self) -> str:
        """The host by which this machine reaches the server."""
        return {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - compared

    @property
    def url(self) -> str:
        host = "localhost" if self.local_host in {"127.0.0.1", "::1"} else self.local_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def private_valkey(path: Path) -> Program:
    hushed = ("Memory overcommit", "scheduling shutdown", "bye bye")  # it saves nothing to disk, and says good-bye
    return Program("valkey", valkey.command(path), foundation=True, hushed=hushed)


def server(address: Address, workers: int, server_id: str, env: dict[str, str]) -> list[Program]:
    """Web, workers and beat, all with the given environment."""
    return [web(address, env), *(worker(n, server_id, env) for n in range(1, workers + 1)), beat(env)]


def web(address: Address, env: dict[str, str]) -> Program:
    options = {
        "--interface": "wsgi",
        "--host": address.host,
        "--port": str(address.port),
        "--workers": "1",
        "--blocking-threads": str(WEB_THREADS),
        "--backpressure": str(connections(resource.getrlimit(resource.RLIMIT_NOFILE)[0])),
        "--workers-kill-timeout": "1",
        "--log-level": "warning",
    }
    words = [word for option in options.items() for word in option]
    command = [sys.executable, "-m", "granian", *words, "dragops_site.wsgi:application"]
    # The threads mostly wait, whatever Granian says of their number; and /readyz is asked until it says yes.
    hushed = ("Configuration allows spawning", "Service Unavailable: /readyz")
    return Program("web", command, env, hushed=hushed)


def connections(files: int) -> int:
    """How many clients may be connected where so many files may be open; RLIM_INFINITY stands for any number."""
    if files == resource.RLIM_INFINITY:
        return CONNECTIONS
    return max(WEB_THREADS, min(CONNECTIONS, files - OTHER_FILES))


def worker(number: int, server_id: str, env: dict[str, str]) -> Program:
    """A worker keeps its name over restarts: the next of that name knows that the one before it is gone."""
    name = f"w{number}@{socket.gethostname()}.{server_id}"
    options = ["--pool", "threads", "--concurrency", str(WORKER_THREADS), "-n", name, "-l", "WARNING"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    command = [sys.executable, *APP, "worker", *options, *quiet]
    own = {
        "DRAGOPS_WORKER_NAME": name,
        "PYTHONWARNINGS": "ignore:You're running the worker",  # as root: meant for pickled messages; ours are JSON
    }
    lifeline = path_of(Path(env["DRAGOPS_DATA_DIR"]), name)
    return Program(f"worker-{number}", command, {**env, **own}, hushed=("Warm shutdown",), lifeline=lifeline)


def beat(env: dict[str, str]) -> Program:
    return Program("beat", [sys.executable, *APP, "beat", "--pidfile=", "-l", "WARNING"], env)


def default_workers() -> int:
    """As many as there are CPUs for us, at least one, at most four."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(4, cpus))
