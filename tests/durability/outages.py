"""A whole server under load, while what it stands on goes away and comes back."""

import os
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx

from dragops_site.supervisor import valkey
from dragops_site.supervisor.children import FIRST_DELAY_S
from tests.durability.databases import AWAY_S, Cluster
from tests.durability.patterns import DRAWN, EFFECT, whole_graph
from tests.durability.report import Tally
from tests.durability.server import ID_LENGTH, Delivery, RecordingServer
from tests.server.client import Client
from tests.server.conftest import ADMIN
from tests.server.running import Server

PER_SECOND = 40
AT_ONCE = 20
AWAY_FROM_S = 1.0
ACCEPTED_WITHIN_S = 60
ENDED_WITHIN_S = 90
EFFECT_TAKES_S = 0.02
WRITTEN_WITHIN_S = 5  # the answer to a run's last effect is written by then, also on a busy machine
PROGRAM = [EFFECT, ("add",), ("delay", 0), DRAWN]
EFFECTS = 3  # of a run: two, and the last
ENDED = {"completed", "failed", "timeout", "dead_letter", "canceled"}


class Broker:
    """A Valkey of our own that may be stopped. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "valkey.sock"
        self._start()

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def restart(self) -> None:
        """Kill it, with all that it holds; start an empty one some seconds later."""
        self.stop()
        sleep(AWAY_S)
        self._start()

    def _start(self) -> None:
        valkey.prepare(self.socket)
        self._process = subprocess.Popen(valkey.command(self.socket), stdout=subprocess.DEVNULL)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> "Broker":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@dataclass
class Storm:
    """Webhook calls at a steady pace, each repeated under its key until it is accepted."""

    name: str
    server: Server
    client: Client
    outside: RecordingServer
    tell_fault: Callable[[str], None]
    calls: int
    accepted: dict[int, str] = field(default_factory=dict)
    at_risk: Counter[str] = field(default_factory=Counter)  # effects in flight at a kill
    killed: int = 0

    def rage(self, strike: Callable[["Storm"], int]) -> Tally:
        """Strike in the midst of the calls; what is to be struck at tells how many processes it has killed."""
        self.outside.forget()
        self.outside.takes_s = EFFECT_TAKES_S
        graph = whole_graph(PROGRAM, self.outside.url, _no_callee, trigger="OnWebhook")
        pattern = self.client.deployed(self.name, graph)
        with ThreadPoolExecutor(1) as thread:
            struck = thread.submit(lambda: (sleep(AWAY_FROM_S), strike(self))[1])
            self._call(pattern["webhookUrl"])
            self.killed = struck.result()
        return self._judge(pattern["id"])

    def note_risk(self, killed_at: float) -> None:
        """Remember which effects may be done once more, because every worker was killed then: of each run the last one
        that it had sent, because the one before it was written before it began. What arrives before the next workers
        are started was still sent by those; what arrives later is no risk of this kill."""
        sent = [each for each in self.outside.deliveries if each.arrived_at < killed_at + FIRST_DELAY_S]
        last = {each.key[:ID_LENGTH]: each for each in sent}
        self.at_risk.update(each.key for each in last.values() if each.answered_at > killed_at - WRITTEN_WITHIN_S)

    def _call(self, url: str) -> None:
        began = monotonic()
        limits = httpx.Limits(max_connections=AT_ONCE)
        with httpx.Client(timeout=30, trust_env=False, limits=limits) as http, ThreadPoolExecutor(AT_ONCE) as threads:
            for number in range(self.calls):
                sleep(max(0.0, began + number / PER_SECOND - monotonic()))
                threads.submit(self._call_one, http, url, number)

    def _call_one(self, http: httpx.Client, url: str, number: int) -> None:
        until = monotonic() + ACCEPTED_WITHIN_S
        while monotonic() < until:
            try:
                answer = http.post(url, json={"number": number}, headers={"X-Idempotency-Key": f"{self.name} {number}"})
                if answer.status_code == 202:
                    self.accepted[number] = answer.json()["runId"]
                    return
            except httpx.HTTPError:
                pass
            sleep(0.3)

    # --- What became of it ----------------------------------------------------------------------------------------

    def _judge(self, pattern_id: str) -> Tally:
        runs = self._ended()
        statuses = Counter(runs.values())
        tally = Tally(self.name, runs=self.calls, kills=self.killed)
        tally.lost = self.calls - len(self.accepted) + statuses["missing"]
        tally.stuck = sum(count for status, count in statuses.items() if status not in {*ENDED, "missing"})
        tally.falsely_ended = sum(statuses[status] for status in ENDED - {"completed"})
        tally.falsely_ended += self.client.count(pattern_id) - len(set(self.accepted.values()))  # nobody called for
        self._judge_effects(tally)
        tally.completed = self.calls if not tally.faults else statuses["completed"]
        if tally.faults:
            self.tell_fault(f"{self.name}: {tally.faults}")
        return tally

    def _ended(self) -> dict[str, str]:
        """The status of each accepted run, once all have ended or the time is over."""
        until = monotonic() + ENDED_WITHIN_S
        found = dict.fromkeys(self.accepted.values(), "queued")
        while (left := [run for run, status in found.items() if status not in ENDED]) and monotonic() < until:
            sleep(0.5)
            found |= {run: self._status(run) for run in left}
        return found

    def _status(self, run: str) -> str:
        answer = self.client.http.get(f"/api/runs/{run}")
        if not answer.is_success:
            return "missing"
        found = answer.json()["data"]
        if found["status"] in ENDED - {"completed"}:
            self.tell_fault(f"{self.name}: run {run} ended {found['status']}: {found['error']}")
        return str(found["status"])

    def _judge_effects(self, tally: Tally) -> None:
        arrived = Counter(each.key for each in self.outside.deliveries)
        tally.effects_lost = max(0, EFFECTS * len(set(self.accepted.values())) - len(arrived))
        tally.effects_repeated = (arrived - Counter(arrived.keys()) - self.at_risk).total()
        tally.effects_altered = _altered(self.outside.deliveries)


def _altered(deliveries: list[Delivery]) -> int:
    bodies: dict[str, set[str]] = {}
    for each in deliveries:
        bodies.setdefault(each.key, set()).add(str(each.body))
    return sum(len(found) - 1 for found in bodies.values())


def _no_callee(graph: dict[str, Any]) -> str:
    raise AssertionError("calls nobody")


def storms(
    database_url: str, cluster: Cluster | None, tell_fault: Callable[[str], None], calls: int = 300
) -> list[Tally]:
    """The broker is restarted, PostgreSQL (where it is `cluster`) too, and every worker is killed, each under load."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dragops-storm-")))
        broker, outside = stack.enter_context(Broker(folder)), RecordingServer()
        env = {**ADMIN, "REDIS_URL": broker.url, "DRAGOPS_HTTP_ALLOW": "127.0.0.1"}
        env |= {"DATABASE_URL": database_url} if database_url else {}
        server = stack.enter_context(Server(folder / "data", "--workers", "2", "--no-examples", env=env))
        server.wait_ready()
        client = Client(server.url)

        def storm(name: str, strike: Callable[["Storm"], int]) -> Tally:
            raging = Storm(name, server, client, outside, tell_fault, calls)
            return raging.rage(strike)

        tallies = [storm("broker restarted", lambda _: _restart(broker.restart))]
        if cluster:
            tallies.append(storm("PostgreSQL restarted", lambda _: _restart(cluster.restart)))
        return [*tallies, storm("workers killed", _kill_workers)]


def _restart(restart: Callable[[], None]) -> int:
    restart()
    return 1


def _kill_workers(storm: Storm) -> int:
    """All of them, three times; what they had in flight may arrive once more."""
    killed = 0
    for _ in range(3):
        pids = storm.server.pids("worker")
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        killed_at = monotonic()
        killed += len(pids)
        sleep(1.5)
        storm.note_risk(killed_at)
    return killed
