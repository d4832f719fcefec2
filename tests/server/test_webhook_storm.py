"""Many webhook calls at once, and a worker that dies among them: nothing is lost, nothing runs twice."""

import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.graphs import chain, node
from tests.server.client import Client
from tests.server.running import Server, wait_until

pytestmark = pytest.mark.server

CALLS = 1_000
AT_ONCE = 20
KILLED_AFTER = 300
ENDED = ("completed", "failed", "timeout", "dead_letter", "canceled")


def five_nodes() -> dict:
    return chain("hook: OnWebhook", *(node(f"log{i}", "Log", message="seen") for i in range(4)))


def ended(client: Client, pattern_id: str) -> dict[str, int]:
    return {status: client.count(pattern_id, status=status) for status in ENDED}


def test_every_webhook_call_completes_once_though_a_worker_is_killed(start) -> None:
    server: Server = start("--workers", "2")
    server.wait_ready()
    client = Client(server.url)
    pattern = client.deployed("storm", five_nodes())
    accepted: Counter[str] = Counter()

    def fire(number: int) -> None:
        if number == KILLED_AFTER:
            os.kill(server.pids("worker")[0], signal.SIGKILL)
        answer = sender.post(pattern["webhookUrl"], json={"number": number})
        accepted[answer.json()["runId"] if answer.status_code == 202 else answer.text] += 1

    with httpx.Client(timeout=60, trust_env=False) as sender, ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(fire, range(CALLS)))
    # Counts of open runs would not do: the runs of the lost worker go from running to queued between two of them.
    wait_until(lambda: sum(ended(client, pattern["id"]).values()) >= CALLS, 60)

    assert len(accepted) == CALLS and set(accepted.values()) == {1}
    assert client.count(pattern["id"]) == CALLS
    assert ended(client, pattern["id"]) == {
        "completed": CALLS,
        "failed": 0,
        "timeout": 0,
        "dead_letter": 0,
        "canceled": 0,
    }
    last = client.call("GET", "/api/runs", limit=1)[0]
    steps = [entry["nodeId"] for entry in client.call("GET", f"/api/runs/{last['id']}/log")]
    assert steps == ["hook", "log0", "log1", "log2", "log3"]
