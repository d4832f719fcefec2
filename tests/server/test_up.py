"""`manage.py up` as a person runs it: it gets ready, keeps its processes, and leaves none behind."""

import os
import re
import signal
import socket
import stat
import time
from pathlib import Path

import httpx
import pytest
from django.core.management import call_command

from dragops_site.supervisor import early
from tests.server.running import Server, free_port, wait_until

pytestmark = pytest.mark.server

BUSY = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))  # by how much others slow this machine down
STOPPED_WITHIN_S = 2.0 * BUSY
RESTARTED_WITHIN_S = 15.0 * BUSY
PUSH = {
    "ref": "refs/heads/main",
    "repository": {"full_name": "octo/demo"},
    "pusher": {"name": "mona"},
    "commits": [{"id": "6dcb09b5", "message": "Fix all the bugs", "author": {"name": "Mona"}}],
}  # as the README sends it
KEPT = {"up", "guardian", "valkey", "web", "worker", "beat"}


def all_gone(server: Server) -> bool:
    return not server.processes()


# --- starting -------------------------------------------------------------------------------------------------------
def test_first_start_prepares_everything_and_says_how_to_sign_in(tmp_path, fresh_env) -> None:
    env = fresh_env()
    del env["DRAGOPS_ADMIN_PASSWORD"]
    with Server(tmp_path / "data", "--no-examples", env=env) as server:
        assert server.wait_ready() < 15 * BUSY

        wait_until(lambda: "Ctrl+C" in server.text, 1)
        assert f":{server.port}" in server.text
        assert re.search(r"chief@example\.org, password \S{16} ", server.text)
        assert set(server.processes().values()) == KEPT
        assert server.is_ready()
        assert stat.S_IMODE(server.data_dir.stat().st_mode) == 0o700
        assert stat.S_IMODE((server.data_dir / "secret_key").stat().st_mode) == 0o600


def test_first_start_loads_the_examples_and_a_webhook_runs_one(tmp_path, fresh_env) -> None:
    env = fresh_env()
    with Server(tmp_path / "data", "--workers", "1", env=env) as server:
        assert server.wait_ready() < 15 * BUSY

        api = httpx.Client(base_url=f"{server.url}/api", timeout=10)
        signed_in = {"email": env["DRAGOPS_ADMIN_EMAIL"], "password": env["DRAGOPS_ADMIN_PASSWORD"]}
        api.headers["Authorization"] = f"Bearer {api.post('/auth/login', json=signed_in).json()['data']['token']}"
        found = {row["patternName"]: row for row in api.get("/deployments").json()["data"]}
        webhook = found["GitHub push notifier"]["webhookUrl"]
        answer = httpx.post(webhook, json=PUSH, headers={"X-GitHub-Event": "push"}).json()
        run = f"/runs/{answer['runId']}"

        assert answer["status"] == "accepted"
        assert wait_until(lambda: api.get(run).json()["data"]["status"] == "completed", 10 * BUSY), api.get(run).text


def test_later_start_is_quick_and_keeps_the_admin_and_the_key(start) -> None:
    server = start("--workers", "1")
    key = (server.data_dir / "secret_key").read_text()

    assert server.wait_ready() < 8 * BUSY

    wait_until(lambda: "Ctrl+C" in server.text, 1)
    assert "password a" not in server.text
    assert "with your e-mail address" in server.text
    assert (server.data_dir / "secret_key").read_text() == key


def test_connections_that_rest_keep_nobody_out(start) -> None:
    server = start()
    server.wait_ready()
    resting = [socket.create_connection(("127.0.0.1", server.port), timeout=5) for _ in range(200)]
    for connection in resting:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(1_000).startswith(b"HTTP/1.1 200")
    assert server.is_ready()
    for connection in resting:
        connection.close()


def test_as_many_workers_run_as_asked_for(start) -> None:
    server = start("--workers", "3")
    server.wait_ready()

    assert len(server.pids("worker")) == 3


@pytest.mark.parametrize("name", ["50% of #1? yes", "/".join(["long" * 10] * 4)], ids=["odd", "long"])
def test_data_folder_may_have_any_name(start, tmp_path, name: str) -> None:
    server = start("--workers", "1", data_dir=tmp_path / name)

    server.wait_ready()

    assert server.is_ready()


def test_given_redis_is_used_instead_of_a_valkey_of_its_own(start, valkey) -> None:
    server = start("--workers", "1", REDIS_URL=os.environ["REDIS_URL"])

    server.wait_ready()

    assert server.pids("valkey") == []


# --- errors ---------------------------------------------------------------------------------------------------------
def refusal(server: Server) -> str:
    """The one line with which the server refused to start."""
    assert server.wait_ended(15 * BUSY) != 0
    lines = [line for line in server.lines if line != "Preparing …"]
    assert len(lines) == 1, server.text
    assert wait_until(lambda: all_gone(server), STOPPED_WITHIN_S)
    return lines[0]


def test_refuses_when_the_port_is_in_use(start) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        assert f"Port {port} on 127.0.0.1 is in use" in refusal(start("--port", str(port)))


def test_refuses_when_the_address_is_not_of_this_machine(start) -> None:
    assert "Cannot listen on 203.0.113.1" in refusal(start("--host", "203.0.113.1"))


def test_refuses_when_the_data_folder_cannot_be_written(start) -> None:
    assert "cannot be written" in refusal(start(data_dir=Path("/proc/dragops")))


def test_refuses_when_the_data_folder_is_a_file(start, tmp_path) -> None:
    (tmp_path / "file").write_text("")

    assert "cannot be written" in refusal(start(data_dir=tmp_path / "file"))


def test_refuses_when_another_server_holds_the_data_folder(start) -> None:
    first = start("--workers", "1")
    first.wait_ready()

    second = start("--workers", "1")

    assert second.wait_ended(10) != 0
    assert f"in use by another server (process {first.process.pid})" in second.text
    assert first.is_ready()


def test_refuses_when_the_database_is_not_there(start) -> None:
    server = start(DATABASE_URL=f"postgres://nobody:hidden@127.0.0.1:{free_port()}/nothing")

    line = refusal(server)

    assert "The database does not answer (nothing at 127.0.0.1)" in line
    assert "hidden" not in line


def test_refuses_when_the_database_file_is_something_else(start, tmp_path) -> None:
    (tmp_path / "letter").write_text("Dear database, " * 100)

    assert "database" in refusal(start(DATABASE_URL=f"sqlite:///{tmp_path / 'letter'}"))


def test_refuses_when_the_database_address_cannot_be_read(start) -> None:
    assert "DATABASE_URL" in refusal(start(DATABASE_URL="oh no"))


def test_refuses_when_the_given_redis_is_not_there(start) -> None:
    assert "REDIS_URL" in refusal(start(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0"))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--port", "0"], "--port must be a number from 1 to 65535"),
        (["--port", "65536"], "--port must be"),
        (["--port", "eighty"], "--port must be"),
        (["--port", "9" * 5000], "--port must be"),
        (["--workers", "0"], "--workers must be"),
        (["--workers", "-1"], "--workers must be"),
        (["--workers", "65"], "--workers must be"),
        (["--host", ""], "--host names no address"),
        (["--data-dir", ""], "--data-dir names no folder"),
    ],
)
def test_refuses_a_bad_option(options: list[str], reason: str) -> None:
    with pytest.raises(SystemExit) as refused:
        early.take(options)

    assert reason in str(refused.value)


def test_refuses_to_begin_when_the_settings_have_been_read_already() -> None:
    with pytest.raises(SystemExit) as refused:
        call_command("up")

    assert "manage.py up" in str(refused.value)


def test_refuses_an_admin_address_that_is_none(tmp_path, fresh_env) -> None:
    env = {**fresh_env(), "DRAGOPS_ADMIN_EMAIL": "chief"}
    with Server(tmp_path / "data", env=env) as server:
        assert "DRAGOPS_ADMIN_EMAIL is not an e-mail address" in refusal(server)


# --- ending ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_everything_stops_when_asked(start, number: signal.Signals) -> None:
    server = start("--workers", "2")
    server.wait_ready()
    asked = time.monotonic()

    server.process.send_signal(number)

    assert server.wait_ended() == 0
    assert time.monotonic() - asked < STOPPED_WITHIN_S
    assert all_gone(server)


def test_everything_stops_when_asked_while_it_starts(start) -> None:
    server = start("--workers", "2")
    wait_until(lambda: server.pids("web"), 10)

    server.process.terminate()

    assert server.wait_ended() == 0
    assert all_gone(server)


def test_nothing_is_left_when_up_is_killed(start) -> None:
    server = start("--workers", "2")
    server.wait_ready()

    server.process.kill()

    server.process.wait()
    assert wait_until(lambda: all_gone(server), STOPPED_WITHIN_S), server.processes()


def test_nothing_is_left_when_up_is_killed_while_it_starts(start) -> None:
    server = start("--workers", "2")
    wait_until(lambda: server.pids("valkey"), 10)

    server.process.kill()

    server.process.wait()
    assert wait_until(lambda: all_gone(server), STOPPED_WITHIN_S), server.processes()


def test_nothing_is_left_when_guardian_and_then_up_are_killed(start) -> None:
    server = start("--workers", "1")
    server.wait_ready()
    [guardian] = server.pids("guardian")

    os.kill(guardian, signal.SIGKILL)

    assert wait_until(lambda: server.pids("guardian") not in ([], [guardian]), 5)
    server.process.kill()
    server.process.wait()
    assert wait_until(lambda: all_gone(server), STOPPED_WITHIN_S), server.processes()


def test_starts_again_right_after_it_was_killed(start) -> None:
    first = start("--workers", "1")
    first.wait_ready()
    first.process.kill()
    first.process.wait()

    start("--workers", "1", "--port", str(first.port)).wait_ready()


# --- keeping --------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def server(tmp_path_factory, fresh_env):
    with Server(tmp_path_factory.mktemp("kept") / "data", "--workers", "1", "--no-examples", env=fresh_env()) as server:
        server.wait_ready()
        yield server


@pytest.mark.parametrize("role", ["worker", "web", "beat", "valkey"])
def test_child_is_started_again_when_it_is_killed(server: Server, role: str) -> None:
    before = server.pids(role)

    os.kill(before[0], signal.SIGKILL)

    def replaced() -> bool:
        now = server.pids(role)
        return len(now) == len(before) and not set(now) & set(before) and server.is_ready()

    assert wait_until(replaced, RESTARTED_WITHIN_S), server.text
    assert "SIGKILL; starting it again in" in server.text
