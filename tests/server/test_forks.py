"""The children of `up` are forked from it: what that saves, what must not be shared, and that they end as others do."""

import os
import signal
from pathlib import Path

import httpx
import pytest

from dragops_site.supervisor.forks import CAN_FORK
from tests.bench.processes import memory_mb
from tests.graphs import chain, node
from tests.server.client import Client
from tests.server.running import Server, wait_until

pytestmark = [pytest.mark.server, pytest.mark.skipif(not CAN_FORK, reason="this system does not fork")]

MEMORY_MB = 250
FORKED = ("web", "worker", "beat")


@pytest.fixture(scope="module")
def server(tmp_path_factory, fresh_env):
    with Server(
        tmp_path_factory.mktemp("forks") / "data", "--workers", "1", "--no-examples", env=fresh_env()
    ) as server:
        server.wait_ready()
        yield server


def environment_at_start(pid: int) -> bytes:
    return (Path("/proc") / str(pid) / "environ").read_bytes()


def open_files(pid: int) -> list[str]:
    return [str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()]


def test_idle_server_with_one_worker_takes_little_memory(server: Server) -> None:
    assert memory_mb(server.processes()) < MEMORY_MB


def test_server_has_one_process_for_each_part_forked_from_the_first(server: Server) -> None:
    roles = sorted(server.processes().values())

    assert roles == ["beat", "guardian", "up", "valkey", "web", "worker"]
    for role in FORKED:
        [pid] = server.pids(role)
        assert environment_at_start(pid) == environment_at_start(server.process.pid), "it is another program"


def test_parent_has_one_thread_and_is_connected_to_nothing(server: Server) -> None:
    files = open_files(server.process.pid)

    assert len(list(Path(f"/proc/{server.process.pid}/task").iterdir())) == 1
    assert len([file for file in files if file.startswith("socket:")]) == 2, "its own pair, by which signals wake it"
    assert not [file for file in files if "sqlite3" in file]


@pytest.mark.parametrize("role", FORKED)
def test_no_child_holds_the_lock_of_the_data_folder(server: Server, role: str) -> None:
    assert not [file for file in open_files(server.pids(role)[0]) if file.endswith("up.lock")]


def test_pages_of_a_first_start_have_their_style(server: Server) -> None:
    page = httpx.get(f"{server.url}/sign-in", follow_redirects=True).text
    style = page.partition('rel="stylesheet" href="')[2].partition('"')[0]

    assert httpx.get(f"{server.url}{style}").status_code == 200


@pytest.mark.parametrize("role", FORKED)
def test_killed_child_is_forked_again_and_the_server_works_on(server: Server, role: str) -> None:
    [before] = server.pids(role)

    os.kill(before, signal.SIGKILL)

    assert wait_until(lambda: len(server.pids(role)) == 1 and server.pids(role) != [before], 10), server.text
    assert wait_until(server.is_ready, 10)
    client = Client(server.url)
    hook = client.deployed(f"after {role}", chain("hook: OnWebhook", node("say", "Log", message="seen")))
    run = httpx.post(hook["webhookUrl"], json={}).json()["runId"]
    assert wait_until(lambda: client.call("GET", f"/api/runs/{run}")["status"] == "completed", 20), server.text


@pytest.mark.parametrize("role", FORKED)
def test_child_that_is_asked_to_leave_ends_in_peace_and_is_replaced(server: Server, role: str) -> None:
    [before] = server.pids(role)
    name = {"worker": "worker-1"}.get(role, role)

    os.kill(before, signal.SIGTERM)

    assert wait_until(lambda: f"{name} ended with exit code 0; starting it again" in server.text, 10), server.text
    assert wait_until(lambda: server.pids(role) not in ([], [before]), 10)


def test_nothing_is_left_when_the_parent_is_killed_while_it_prepares(tmp_path, fresh_env) -> None:
    with Server(tmp_path / "data", "--workers", "1", env=fresh_env()) as server:
        assert wait_until(lambda: server.pids("preparation"), 20)

        server.process.kill()

        server.process.wait()
        assert wait_until(lambda: not server.processes(), 5), server.processes()


def test_server_that_is_asked_to_stop_while_it_prepares_stops(tmp_path, fresh_env) -> None:
    with Server(tmp_path / "data", "--workers", "1", env=fresh_env()) as server:
        assert wait_until(lambda: server.pids("preparation"), 20)

        server.process.terminate()

        assert server.wait_ended(10) == 0
        assert not server.processes()
