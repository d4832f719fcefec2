"""The servers of a benchmark, each in a temporary folder, on loopback: the product as `up` starts it, the floors, and
a service outside that takes its time. All are ended when they are left."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from dragops_site.supervisor import fleet, targets, valkey
from dragops_site.supervisor.fleet import Address
from dragops_site.supervisor.groups import Guarded
from tests.bench import processes
from tests.bench.load import Refused
from tests.bench.stored import Database
from tests.durability.databases import Cluster, fresh, programs
from tests.server.client import Client
from tests.server.conftest import ADMIN
from tests.server.running import ROOT, Server, clean_env, free_port, wait_until

READY_WITHIN_S = 60
IGNORED = "ignore:You're running the worker"
WORKER_OPTIONS = "--pool threads -l WARNING --without-gossip --without-mingle --without-heartbeat --concurrency"
MESSAGE_WORKER = [sys.executable, "-W", IGNORED, "-m", "celery", "--quiet", "-A", "tests.bench.floor.app", "worker"]
ENCRYPTION_KEY = "YSBrZXkgb2YgYSBiZW5jaG1hcmssIDMyIGJ5dGVzLiA="

ALLOWED = {"DRAGOPS_HTTP_ALLOW": "127.0.0.1", "DRAGOPS_API_CALLS_A_MINUTE": "0", "DRAGOPS_CODE_SECONDS": "120"}


@dataclass
class Product:
    """The whole server, with somebody signed in."""

    server: Server
    client: Client
    database: Database
    postmaster: int = 0

    def deployed(self, name: str, graph: dict[str, Any]) -> tuple[str, str]:
        """A pattern's id and the address of its webhook."""
        pattern = self.client.deployed(name, graph)
        return pattern["id"], pattern["webhookUrl"].replace("localhost", "127.0.0.1")

    def pids(self) -> dict[int, str]:
        """The role of each process, those of PostgreSQL too."""
        of_database = [self.postmaster, *processes.children(self.postmaster)] if self.postmaster else []
        return self.server.processes() | dict.fromkeys(of_database, "postgresql")

    def cpu(self) -> dict[str, dict[int, float]]:
        """The processor time of each process, by role."""
        found: dict[str, dict[int, float]] = {}
        for pid, role in self.pids().items():
            found.setdefault(role, {}).update(processes.cpu_seconds([pid]))
        return found


@dataclass
class Floor:
    """The web server that inserts a row for a request, or sends a message, or both, and as many workers as `up` has."""

    url: str
    database: Database
    pattern_id: str
    run_pattern_id: str
    redis_url: str

    def messages_left(self) -> int:
        """How many messages no worker has done yet."""
        import redis

        with redis.Redis.from_url(self.redis_url) as client:
            return int(client.llen("dragops")) + int(client.hlen("unacked"))  # type: ignore[arg-type]


@contextmanager
def database_server(name: str) -> Iterator[tuple[str, int]]:
    """The address under which fresh databases are made, and the server's process; for SQLite there is neither."""
    if name == "sqlite":
        yield "", 0
        return
    if (binaries := programs()) is None:
        raise Refused("there is no PostgreSQL server on this machine")
    with Cluster(binaries, syncs=True) as cluster:
        yield cluster.url, cluster.pid


@contextmanager
def product(cluster: tuple[str, int], workers: int = 0) -> Iterator[Product]:
    """`python manage.py up` on an empty database, ready; `workers` 0: as many as it starts by itself."""
    with home(cluster[0]) as (folder, env), serving(folder, env, workers) as server:
        server.wait_ready(READY_WITHIN_S)
        yield signed_in(server, cluster, env)


def serving(folder: Path, env: dict[str, str], workers: int = 0) -> Server:
    """The product in this data folder; it is being started. Leaving it ends it."""
    options = ["--workers", str(workers)] if workers else []
    return Server(folder, "--no-examples", *options, env={**ADMIN, **ALLOWED, **env})


def signed_in(server: Server, cluster: tuple[str, int], env: dict[str, str]) -> Product:
    return Product(server, Client(server.url), Database(server.data_dir, env.get("DATABASE_URL", "")), cluster[1])


@contextmanager
def floor(cluster: tuple[str, int]) -> Iterator[Floor]:
    """The product's web server, middleware and tables under another settings module, and a worker for messages."""
    with home(cluster[0]) as (folder, more), ExitStack() as stack:
        (folder / "static").mkdir(parents=True)
        socket, address = valkey.socket_path(folder), Address("127.0.0.1", free_port())
        env = _floor_env(folder, socket, more)
        migrate = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, env=env, cwd=ROOT, check=True, stdin=subprocess.DEVNULL)
        valkey.prepare(socket)
        stack.callback(valkey.tidy, socket)
        workers = [_message_worker(number) for number in range(fleet.default_workers())]
        commands = [valkey.command(socket), targets.command(fleet.web(address).target), *workers]
        stack.enter_context(_running(commands, env, folder))
        url = f"http://127.0.0.1:{address.port}"
        patterns = _await(f"{url}/ready", "the floor's web server").json()
        database = Database(folder, more.get("DATABASE_URL", ""))
        yield Floor(url, database, patterns["inserted"], patterns["run"], f"unix://{socket}")


@contextmanager
def slow_service(seconds: float) -> Iterator[str]:
    """The address of a service that answers after so long."""
    with tempfile.TemporaryDirectory(prefix="dragops-bench-") as name:
        port = free_port()
        command = [sys.executable, "-m", "tests.bench.slow", str(port), str(seconds)]
        with _running([command], clean_env(PYTHONPATH=str(ROOT)), Path(name)):
            url = f"http://127.0.0.1:{port}/"
            _await(url, "the slow service")
            yield url


@contextmanager
def home(cluster_url: str) -> Iterator[tuple[Path, dict[str, str]]]:
    """An empty data folder, and what the environment says of a fresh database."""
    with ExitStack() as stack:
        folder = Path(
            tempfile.mkdtemp(prefix=f"dragops-bench-{os.getpid()}-", dir="/tmp")
        )  # a socket's path must be short
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        url = {"DATABASE_URL": stack.enter_context(fresh(cluster_url))} if cluster_url else {}
        yield folder / "data", url


@contextmanager
def _running(commands: list[list[str]], env: dict[str, str], folder: Path) -> Iterator[None]:
    guarded = Guarded()
    try:
        with (folder / "output").open("wb") as output:
            for command in commands:
                guarded.start(command, env, output.fileno())
        yield
    finally:
        guarded.close()


def _message_worker(number: int) -> list[str]:
    return [*MESSAGE_WORKER, "-n", f"floor{number}", *WORKER_OPTIONS.split(), str(fleet.WORKER_THREADS)]


def _floor_env(folder: Path, socket: Path, more: dict[str, str]) -> dict[str, str]:
    return clean_env(
        DJANGO_SETTINGS_MODULE="tests.bench.floor.settings",
        DRAGOPS_DATA_DIR=str(folder),
        DRAGOPS_ENCRYPTION_KEYS=ENCRYPTION_KEY,
        DRAGOPS_SECRET_KEY=secrets.token_urlsafe(50),
        PYTHONPATH=str(ROOT),
        REDIS_URL=f"unix://{socket}",
        **more,
    )


def _await(url: str, what: str) -> httpx.Response:
    def asked() -> httpx.Response | None:
        try:
            return httpx.get(url, trust_env=False, timeout=5)
        except httpx.TransportError:
            return None

    # An answer that tells of an error is false: in a list it is not.
    found = wait_until(lambda: [answer] if (answer := asked()) is not None else [], READY_WITHIN_S)
    if not found or not found[0].is_success:
        raise Refused(f"{what} does not answer: {found[0].text[-500:] if found else 'nothing'}")
    return found[0]  # type: ignore[no-any-return]


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {"cpus": len(os.sched_getaffinity(0)), "memory_gib": round(pages / 2**30), "python": sys.version.split()[0]}
