"""Servers for tests: a database for each, on the kind of database that the test run uses."""

import os
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.server.running import Server

ADMIN = {"DRAGOPS_ADMIN_EMAIL": "chief@example.org", "DRAGOPS_ADMIN_PASSWORD": "a password for tests"}


def _create_database(url: str) -> tuple[str, Callable[[], None]]:
    """A new, empty PostgreSQL database beside the given one: its address, and how to drop it."""
    import psycopg2

    name = f"test_up_{uuid.uuid4().hex[:12]}"

    def run(command: str) -> None:
        connection = psycopg2.connect(url)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(command)
        connection.close()

    run(f"CREATE DATABASE {name}")
    return urlsplit(url)._replace(path=f"/{name}").geturl(), lambda: run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session", autouse=True)
def _needs_proc() -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("looks at the processes by /proc, which only Linux has")


@pytest.fixture(scope="module")
def fresh_env() -> Iterator[Callable[[], dict[str, str]]]:
    """fresh_env() -> the environment of a server that has a database of its own, still empty."""
    drops = []

    def make() -> dict[str, str]:
        if not (given := os.environ.get("DATABASE_URL", "")).startswith("postgres"):
            return dict(ADMIN)
        url, drop = _create_database(given)
        drops.append(drop)
        return {**ADMIN, "DATABASE_URL": url}

    yield make
    for drop in drops:
        drop()


@pytest.fixture(scope="module")
def prepared(
    tmp_path_factory: pytest.TempPathFactory, fresh_env: Callable[[], dict[str, str]]
) -> tuple[Path, dict[str, str]]:
    """A data folder, and its environment, that a first start has prepared."""
    folder, env = tmp_path_factory.mktemp("prepared") / "data", fresh_env()
    with Server(folder, "--workers", "1", "--no-examples", env=env) as server:
        server.wait_ready()
    return folder, env


@pytest.fixture
def start(prepared: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """start(*options, data_dir=…, **env) -> a server on a copy of the prepared data folder.

    A `data_dir` outside the test's own folder is given to the server as it is."""
    template, prepared_env = prepared
    running: list[Server] = []

    def begin(*options: str, data_dir: Path | None = None, **env: str) -> Server:
        folder = data_dir or tmp_path / "data"
        if folder.is_relative_to(tmp_path) and not folder.exists():
            shutil.copytree(template, folder, ignore=shutil.ignore_patterns("*.sock"))
        running.append(Server(folder, *options, env={**prepared_env, **env}))
        return running[-1]

    yield begin
    for server in running:
        server.__exit__()
