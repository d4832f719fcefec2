"""The load generator: HTTP/1.1 over kept connections, as little work for a request as asyncio allows.

Its own cost is measured too (`Load.cpu_s`): where that comes near the time a load took, the load measured itself.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

ANSWER_WITHIN_S = 120


@dataclass(frozen=True)
class Answer:
    sent_at: float  # seconds of the epoch, to be compared with what the database holds
    seconds: float
    status: int
    body: bytes

    @property
    def answered_at(self) -> float:
        return self.sent_at + self.seconds


@dataclass
class Load:
    answers: list[Answer] = field(default_factory=list)
    cpu_s: float = 0.0  # of this process

    @property
    def began_at(self) -> float:
        return min(answer.sent_at for answer in self.answers)

    @property
    def seconds(self) -> float:
        return max(answer.answered_at for answer in self.answers) - self.began_at


class Refused(Exception):
    """A server did not do what it was asked for: there is nothing to be measured."""


def post(url: str, body: bytes, headers: dict[str, str] | None = None) -> bytes:
    """The bytes of a request."""
    parts = urlsplit(url)
    lines = [f"POST {parts.path or '/'} HTTP/1.1", f"Host: {parts.netloc}", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def at_once(url: str, request: bytes, count: int, concurrency: int) -> Load:
    """Send the request so many times by so many callers, each of whom waits for its answer before it sends again."""

    async def fire(caller: "_Caller") -> list[Answer]:
        left = iter(range(count))

        async def call() -> list[Answer]:
            return [await caller.call(request) for _ in left]

        answers = await asyncio.gather(*(call() for _ in range(min(concurrency, count))))
        return [answer for of_one in answers for answer in of_one]

    return _run(url, fire)


def paced(url: str, request: bytes, count: int, per_second: float) -> Load:
    """Send the request so many times at a steady pace, whether or not the ones before have been answered."""

    async def fire(caller: "_Caller") -> list[Answer]:
        began = time.perf_counter()

        async def call(number: int) -> Answer:
            await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
            return await caller.call(request)

        return list(await asyncio.gather(*(call(number) for number in range(count))))

    return _run(url, fire)


def _run(url: str, fire: Callable[["_Caller"], Coroutine[Any, Any, list[Answer]]]) -> Load:
    async def run() -> Load:
        caller, cpu = _Caller(url), time.process_time()
        try:
            answers = await fire(caller)
        finally:
            caller.close()
        return Load(answers, time.process_time() - cpu)

    load = _looped(run())
    if bad := next((answer for answer in load.answers if not 200 <= answer.status < 300), None):
        raise Refused(f"{url} answered {bad.status}: {bad.body[:300].decode(errors='replace')}")
    return load


def _looped(load: Coroutine[Any, Any, Load]) -> Load:
    """In a thread of its own where another loop runs in this one, as beside tests with a browser."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(load)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, load).result()


class _Caller:
    """Connections to one server, as many as are needed at a time, each used again and again."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port or 80
        self._free: list[_Connection] = []

    async def call(self, request: bytes) -> Answer:
        connection = await self._connection()
        sent_at, began = time.time(), time.perf_counter()
        status, body = await asyncio.wait_for(connection.ask(request), ANSWER_WITHIN_S)
        seconds = time.perf_counter() - began
        self._free.append(connection)
        return Answer(sent_at, seconds, status, body)

    async def _connection(self) -> "_Connection":
        while self._free:
            if (connection := self._free.pop()).is_open:
                return connection
        _, made = await asyncio.get_running_loop().create_connection(_Connection, self._host, self._port)
        return made

    def close(self) -> None:
        for connection in self._free:
            connection.close()


class _Connection(asyncio.Protocol):
    """One request at a time; an answer ends where its Content-Length says."""

    def __init__(self) -> None:
        self.is_open = False
        self._buffer = b""
        self._answered: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self.is_open = transport, True

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        if self._answered and not self._answered.done():
            self._answered.set_exception(Refused("the server closed the connection instead of answering"))

    def ask(self, request: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        self._buffer = b""
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)  # type: ignore[attr-defined]
        return self._answered

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if found and len(body) >= _length(head) and self._answered and not self._answered.done():
            self._answered.set_result((int(head[9:12]), body))

    def close(self) -> None:
        self._transport.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise Refused("an answer without Content-Length")
