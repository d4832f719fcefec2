"""The processes of one DRAGOPS server."""

import os
import resource
import socket
from dataclasses import dataclass
from pathlib import Path

from dragops_site.lifeline import path_of
from dragops_site.supervisor import valkey
from dragops_site.supervisor.children import Program

WEB_THREADS = 64  # a request that waits for a run's result holds one
CONNECTIONS = 700  # most of them idle: what Granian calls backpressure counts open connections, not requests
OTHER_FILES = 300  # that the web server may have open: its threads' connections to database and broker
WORKER_THREADS = 8
SERVICES = "dragops_site.supervisor.services"


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


def server(address: Address, workers: int, server_id: str, data_dir: Path) -> list[Program]:
    """Web, workers and beat."""
    return [web(address), *(worker(n, server_id, data_dir) for n in range(1, workers + 1)), beat()]


def web(address: Address) -> Program:
    # The threads mostly wait, whatever Granian says of their number; and /readyz is asked until it says yes.
    hushed = ("Configuration allows spawning", "Service Unavailable: /readyz")
    return Program("web", target=(f"{SERVICES}.web", address.host, str(address.port)), hushed=hushed)


def connections(files: int) -> int:
    """How many clients may be connected where so many files may be open; RLIM_INFINITY stands for any number."""
    if files == resource.RLIM_INFINITY:
        return CONNECTIONS
    return max(WEB_THREADS, min(CONNECTIONS, files - OTHER_FILES))


def worker(number: int, server_id: str, data_dir: Path) -> Program:
    """A worker keeps its name over restarts: the next of that name knows that the one before it is gone."""
    name = f"w{number}@{socket.gethostname()}.{server_id}"
    return Program(
        f"worker-{number}",
        target=(f"{SERVICES}.worker",),
        env={"DRAGOPS_WORKER_NAME": name},
        hushed=("Warm shutdown",),
        lifeline=path_of(data_dir, name),
    )


def beat() -> Program:
    return Program("beat", target=(f"{SERVICES}.beat",))


def default_workers() -> int:
    """As many as there are CPUs for us, at least one, at most four."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(4, cpus))
