"""A run that is under way when `manage.py up` is killed is completed by the next `up`."""

import os
import signal
from collections import Counter

import pytest

from tests.durability.patterns import DRAWN, EFFECT, whole_graph
from tests.durability.server import RecordingServer
from tests.server.client import Client
from tests.server.running import Server, wait_until

pytestmark = pytest.mark.server

PASSES = 6
KILLED_AFTER = 4  # effects
PROGRAM = [("range", PASSES, [EFFECT, ("add",), ("delay", 0.1)], []), ("delay", 2), DRAWN]
EFFECTS = PASSES + 2
ALLOW = {"DRAGOPS_HTTP_ALLOW": "127.0.0.1"}


@pytest.fixture
def outside():
    server = RecordingServer()
    server.takes_s = 0.1
    yield server
    server.close()


def kill_up(server: Server) -> None:
    """The guardian ends the rest."""
    server.process.kill()


def kill_everything(server: Server) -> None:
    for pid in server.processes():
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("kill", [kill_up, kill_everything])
def test_run_that_was_under_way_when_up_was_killed_survives_and_completes_under_the_next_up(
    start, outside, kill
) -> None:
    server: Server = start("--workers", "1", **ALLOW)
    server.wait_ready()
    client = Client(server.url)
    graph = whole_graph(PROGRAM, outside.url, lambda graph: "", trigger="OnWebhook")
    run = client.http.post(client.deployed("survives", graph)["webhookUrl"], json={}).json()["runId"]
    assert wait_until(lambda: len(outside.deliveries) >= KILLED_AFTER, 20)

    kill(server)
    server.wait_ended()
    assert wait_until(lambda: not server.processes(), 10)
    before = len(outside.deliveries)
    again: Server = start("--workers", "1", **ALLOW)
    again.wait_ready()

    client = Client(again.url)
    wait_until(lambda: client.call("GET", f"/api/runs/{run}")["status"] not in ("queued", "running"), 60)
    found = client.call("GET", f"/api/runs/{run}")
    assert (found["status"], found["result"]["n"]) == ("completed", PASSES)
    arrived = Counter(delivery.key for delivery in outside.deliveries)
    assert len(arrived) == EFFECTS
    in_flight = {outside.deliveries[before - 1].key}
    assert {key for key, count in arrived.items() if count > 1} <= in_flight
    assert max(arrived.values()) <= 2
