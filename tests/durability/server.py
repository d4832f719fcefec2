"""The world outside: an HTTP server that remembers every effect that reached it, and may kill who sent it."""

import json
import os
import secrets
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import inf
from threading import Lock, Thread
from time import monotonic, sleep
from typing import Any

PASSING_FAILURE = 503
ID_LENGTH = 36  # a key begins with the id of its execution


@dataclass
class Delivery:
    """One request as it arrived. `nonce` stands in the answer to it, and in no other. Times by the monotonic clock."""

    key: str
    body: dict[str, Any]
    nonce: str
    answered_at: float = inf
    arrived_at: float = field(default_factory=monotonic)


class RecordingServer:
    """Answers every POST with a nonce, so that a run shows which answer it goes on from.

    A body whose `attempt` is at most its `fails` is answered by an error.
    """

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.at_delivery: Callable[[Delivery], bool] = lambda delivery: True  # whether to answer
        self.at_address: Callable[[str], None] = lambda address: None  # a run waits there
        self.takes_s = 0.0
        self._lock = Lock()
        self._http = _Http(self)
        Thread(target=self._http.serve_forever, name="recording server", daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/"

    def forget(self) -> None:
        """Begin a new record."""
        with self._lock:
            self.deliveries = []
            self.at_delivery = lambda delivery: True

    def kill_at(self, number: int, pid: int) -> None:
        """Kill that process when so many more requests have arrived, before the last of them is answered."""
        left = [number]

        def strike(delivery: Delivery) -> bool:
            left[0] -= 1
            return left[0] != 0 or not _kill(pid)

        self.at_delivery = strike

    def kill_at_new(self, pid: int) -> None:
        """Kill that process at the first request that has not arrived before."""

        def strike(delivery: Delivery) -> bool:
            is_new = Counter(each.key for each in self.deliveries)[delivery.key] == 1
            return not (is_new and _kill(pid))

        self.at_delivery = strike

    def record(self, key: str, body: dict[str, Any]) -> Delivery | None:
        """Returns None where there is nobody left to answer."""
        delivery = Delivery(key, body, secrets.token_hex(4))
        with self._lock:
            self.deliveries.append(delivery)
            return delivery if self.at_delivery(delivery) else None

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


def _kill(pid: int) -> bool:
    os.kill(pid, signal.SIGKILL)
    return True


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, recorder: RecordingServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.recorder = recorder

    def handle_error(self, *_: Any) -> None:
        """Whoever asked was killed meanwhile."""


class _Handler(BaseHTTPRequestHandler):
    server: _Http

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"]))
        body = json.loads(text)
        recorder = self.server.recorder
        delivery = recorder.record(self.headers["Idempotency-Key"], body)
        if "resume" in body:
            Thread(target=recorder.at_address, args=(body["resume"],)).start()
        if delivery is None:
            return
        sleep(recorder.takes_s)
        delivery.answered_at = monotonic()
        fails = body.get("attempt", 1) <= body.get("fails", 0)
        self.send_response(PASSING_FAILURE if fails else 200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"nonce": delivery.nonce}).encode())

    def log_message(self, *_: Any) -> None:
        """The record is the log."""
