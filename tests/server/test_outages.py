"""The database or the broker is away for a while, during load: what was accepted runs, and nothing is promised in vain.

DRAGOPS_TEST_OUTAGE_S makes the outage longer than the few seconds that it takes here.
"""

import os
import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import pytest

from tests.graphs import chain, node
from tests.proxies import Door
from tests.server.client import Client
from tests.server.running import Server, wait_until

pytestmark = pytest.mark.server

OUTAGE_S = float(os.environ.get("DRAGOPS_TEST_OUTAGE_S", "6"))
LOAD_S = 1.5  # before and after
PAUSE_S = 0.1  # of each of those who call
BACK_WITHIN_S = 20.0
DATABASE_URL = os.environ.get("DATABASE_URL", "")


def quick() -> dict[str, Any]:
    return chain("hook: OnWebhook", node("say", "Log", message="seen"))


def parked() -> dict[str, Any]:
    """Waits without a worker, until some time during the outage."""
    return chain("hook: OnWebhook", node("wait", "Delay", seconds=3), node("say", "Log", message="seen"))


class Load:
    """Calls a webhook all the time, and keeps the answers and when they came."""

    def __init__(self, pattern: dict[str, Any]) -> None:
        self.url, self.pattern_id = pattern["webhookUrl"], pattern["id"]
        self.answers: list[tuple[float, int]] = []
        self.accepted: set[str] = set()

    @contextmanager
    def on(self) -> Iterator[None]:
        stop = threading.Event()
        threads = [threading.Thread(target=self._call, args=[stop]) for _ in range(4)]
        for thread in threads:
            thread.start()
        yield
        stop.set()
        for thread in threads:
            thread.join()

    def statuses(self, since: float, until: float) -> set[int]:
        return {status for at, status in self.answers if since <= at <= until}

    def first_accepted(self, since: float) -> float:
        return min(at for at, status in self.answers if status == 202 and at >= since) - since

    def _call(self, stop: threading.Event) -> None:
        with httpx.Client(timeout=60, trust_env=False) as sender:
            while not stop.wait(PAUSE_S):
                answer = sender.post(self.url, json={})
                self.answers.append((time.monotonic(), answer.status_code))
                if answer.status_code == 202:
                    self.accepted.add(answer.json()["runId"])


@contextmanager
def away(door: Door) -> Iterator[None]:
    door.shut()
    yield
    door.open()


def is_over(client: Client, loads: list[Load]) -> bool:
    return not any(client.count(load.pattern_id, status=status) for load in loads for status in ("queued", "running"))


def otherwise(client: Client, load: Load) -> list[Any]:
    """The runs that have not completed, and those that were accepted and are not there (of many, a random part)."""
    ended = ("failed", "timeout", "dead_letter", "canceled")
    found = [client.call("GET", f"/api/deployments/{load.pattern_id}/runs", status=status) for status in ended]
    looked_at = random.sample(sorted(load.accepted), min(300, len(load.accepted)))
    runs = [client.call("GET", f"/api/runs/{run}") for run in looked_at]
    return [run for page in [*found, runs] for run in page if run["status"] != "completed"]


def endure(server: Server, door: Door) -> tuple[Load, float, float]:
    """Load, an outage in the middle of it, and all that was accepted completes. Returns the load, and when the door was
    shut and opened."""
    server.wait_ready()
    client = Client(server.url)
    waiting, load = Load(client.deployed("parked", parked())), Load(client.deployed("quick", quick()))
    with load.on():
        with waiting.on():
            time.sleep(LOAD_S)
        with away(door):
            shut = time.monotonic()
            time.sleep(OUTAGE_S)
            opened = time.monotonic()
        wait_until(lambda: load.answers[-1][0] > opened + LOAD_S and load.answers[-1][1] == 202, BACK_WITHIN_S)
    assert wait_until(lambda: is_over(client, [load, waiting]), BACK_WITHIN_S + OUTAGE_S / 4), server.text
    sys.stdout.write(f"{len(load.accepted)} accepted, all ended {time.monotonic() - opened:.1f} s after the outage\n")
    assert otherwise(client, load) + otherwise(client, waiting) == []
    return load, shut, opened


@pytest.mark.skipif(not DATABASE_URL.startswith("postgres"), reason="a file is not away")
def test_webhooks_answer_503_during_an_outage_of_the_database_and_everything_accepted_completes(
    start, prepared
) -> None:
    url = urlsplit(prepared[1]["DATABASE_URL"])
    host, port = unquote(url.hostname or "127.0.0.1"), url.port or 5432
    door = Door(f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port))
    login = f"{url.username}:{url.password}@" if url.password else f"{url.username}@"
    server = start("--workers", "1", DATABASE_URL=f"postgres://{login}127.0.0.1:{door.port}{url.path}")

    load, shut, opened = endure(server, door)

    assert load.statuses(shut + 0.5, opened) == {503}
    assert load.first_accepted(opened) < BACK_WITHIN_S
    door.shut()


def test_webhooks_accept_during_an_outage_of_the_broker_and_everything_accepted_completes(start, valkey) -> None:
    address = urlsplit(os.environ["REDIS_URL"])
    door = Door(address.path if address.scheme == "unix" else (address.hostname, address.port or 6379))
    server = start("--workers", "1", REDIS_URL=f"redis://127.0.0.1:{door.port}/0")

    load, shut, opened = endure(server, door)

    assert load.statuses(shut, opened + LOAD_S) == {202}
    door.shut()
