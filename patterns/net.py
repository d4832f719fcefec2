"""The HTTP client of the nodes: one per process, to checked addresses only, within a time and a size.

Every connection, also one that a redirect asks for, is made by `_GuardedBackend`: it resolves the host once, drops the
addresses that may not be reached, and connects to one that is left. So no second look-up can give another answer.
"""

import ipaddress
import logging
import os
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from queue import Empty, SimpleQueue
from typing import Any

import httpcore
import httpx
from django.conf import settings

from patterns.addresses import AllowList
from patterns.context import NodeError
from patterns.types import show

MAX_REDIRECTS = 10
MAX_URL = 20_000
READ_BYTES = 65_536
WRITE_BYTES = 16_384
IDLE_S = 30
CONNECT_S = 10.0
MAX_CONNECTIONS = 100
# Of a redirected request, for another origin than it was made for; anything else may be a key.
KEPT_HEADERS = frozenset(
    {"accept", "accept-encoding", "accept-language", "connection", "content-length", "content-type", "host"}
    | {"traceparent", "transfer-encoding", "user-agent"}
)
SocketOptions = Iterable[Any]

logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs whole URLs, and with them the keys in their queries


@dataclass(frozen=True)
class Request:
    method: str
    url: str
    headers: list[tuple[bytes, bytes]]
    body: bytes | None


@dataclass(frozen=True)
class Answer:
    """What the server said, decompressed. Header names are in lower case; of repeated ones the values are joined."""

    status: int
    headers: dict[str, str]
    body: bytes
    hops: int = 0  # redirects that were followed


class NotConnected(NodeError):
    """The request has reached nobody."""


def fetch(
    request: Request,
    timeout_s: float,
    *,
    connect_s: float = CONNECT_S,
    verify_tls: bool = True,
    follow_redirects: bool = True,
) -> Answer:
    """Send a request and read the whole answer within `timeout_s`, redirects included. Raises NodeError.

    `connect_s`: how much of that each new connection may take.
    """
    with _deadline(time.monotonic() + timeout_s, connect_s), _errors(request.url, timeout_s):
        client = _client(os.getpid(), verify_tls, settings.HTTP_ALLOW, settings.HTTP_CA_FILE)
        return _send(client, _build(client, request), follow_redirects)


def _build(client: httpx.Client, request: Request) -> httpx.Request:
    if len(request.url) > MAX_URL:
        raise NodeError(f"The URL has more than {MAX_URL:,} characters.", "BadURL")
    try:
        url = httpx.URL(request.url.strip())
    except (httpx.InvalidURL, ValueError) as error:
        raise NodeError(f"{show(request.url)} is not a URL: {error}", "BadURL") from None
    _check_url(url)
    return client.build_request(request.method, url, headers=request.headers, content=request.body)


def _check_url(url: httpx.URL) -> None:
    if url.scheme not in ("http", "https") or not url.host:
        raise NodeError(f"URL {show(str(url))} is not an address that starts with http:// or https://.", "BadURL")
    if url.port is not None and not 0 < url.port < 65_536:
        raise NodeError(f"{url.port} is not a port number.", "BadURL")


def _send(client: httpx.Client, request: httpx.Request, follow_redirects: bool) -> Answer:
    for hops in range(MAX_REDIRECTS + 1):
        _clock.hops = hops
        request.extensions["timeout"] = httpx.Timeout(_left()).as_dict()
        response = client.send(request, stream=True)
        try:
            if response.next_request is None or not follow_redirects:
                return _answer(response, hops)
        finally:
            response.close()
        request = _redirected(request, response.next_request)
    raise NodeError(f"The server redirected more than {MAX_REDIRECTS} times.", "TooManyRedirects")


def _redirected(request: httpx.Request, following: httpx.Request) -> httpx.Request:
    """The request to which a redirect leads. Another origin gets none of the headers that were meant for the first."""
    _check_url(following.url)
    if request.url.scheme == "https" and following.url.scheme == "http":
        raise NodeError("The server redirects from https to http, where anybody could read along.", "InsecureRedirect")
    if _origin(request.url) != _origin(following.url):
        for name in {name for name in following.headers if name not in KEPT_HEADERS}:
            del following.headers[name]
    return following


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


# --- The answer -----------------------------------------------------------------------------------------------------
def _answer(response: httpx.Response, hops: int) -> Answer:
    headers: dict[str, str] = {}
    for name, value in response.headers.multi_items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Answer(response.status_code, headers, _body(response), hops)


def _body(response: httpx.Response) -> bytes:
    limit = settings.HTTP_RESPONSE_BYTES
    stream = _decompressor(response.headers.get("content-encoding", ""))
    body = bytearray()
    is_empty = True
    for piece in response.iter_raw(READ_BYTES):
        is_empty = False
        body += stream.decompress(piece, limit + 1 - len(body))
        if len(body) > limit:
            raise NodeError(f"The answer is larger than {limit:,} bytes.", "TooLarge")
    if not (stream.eof or is_empty):
        raise NodeError("The answer ends in the middle of its compressed data.", "BadResponse")
    return bytes(body)


def _decompressor(encoding: str) -> Any:
    """What takes pieces of the body, with the most bytes to make of each, and gives decompressed bytes.

    httpx would decompress each piece whole, through any number of encodings: a few kilobytes could become gigabytes.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip":
            return _Gzip()
        case "deflate":
            return _Deflate()
    raise NodeError(f"The answer has the unknown encoding “{encoding[:60]}”.", "BadResponse")


class _Plain:
    eof = True

    def decompress(self, piece: bytes, most: int) -> bytes:
        return piece


class _Gzip:
    """One member after another (RFC 1952, 2.2). Whatever else follows is no gzip; zlib would keep it for ever."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def decompress(self, piece: bytes, most: int) -> bytes:
        found = b""
        while piece and len(found) < most:
            if self._stream.eof:
                self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
            found += self._stream.decompress(piece, most - len(found))
            piece = self._stream.unused_data
        return found

    @property
    def eof(self) -> bool:
        return self._stream.eof


class _Deflate:
    """`deflate` is zlib's format by the standard, and the bare stream by the habit of some servers."""

    def __init__(self) -> None:
        self._stream: Any = None

    def decompress(self, piece: bytes, most: int) -> bytes:
        if self.eof:
            raise zlib.error("it goes on after its end")
        if self._stream is None:
            is_zlib = piece[0] & 0x0F == zlib.DEFLATED
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)
        return bytes(self._stream.decompress(piece, most))

    @property
    def eof(self) -> bool:
        return self._stream is not None and bool(self._stream.eof)


# --- Errors ---------------------------------------------------------------------------------------------------------
@contextmanager
def _errors(url: str, timeout_s: float) -> Iterator[None]:
    """Every way in which a request can fail, as an error that says what to look at."""
    try:
        yield
    except httpx.ConnectTimeout:
        raise _unreached()(f"No connection to {_shown(url)} in time.", "Timeout", retryable=True) from None
    except httpx.TimeoutException:
        raise NodeError(f"No answer from {_shown(url)} within {timeout_s:g} s.", "Timeout", retryable=True) from None
    except httpx.RemoteProtocolError as error:
        raise _not_http(url, error) from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise NodeError(f"{_shown(url)}: {error}", "BadURL") from None
    except httpx.NetworkError as error:
        raise _no_connection(url, error) from None
    except zlib.error:
        raise NodeError(f"The answer of {_shown(url)} is not compressed as it says.", "BadResponse") from None
    except (httpx.HTTPError, httpcore.ProtocolError, ValueError) as error:
        raise NodeError(f"The request to {_shown(url)} cannot be sent: {error}", "BadRequest") from None


def _not_http(url: str, error: Exception) -> NodeError:
    if "disconnected" in str(error) or "closed" in str(error):
        message = f"{_shown(url)} closed the connection before its answer was complete."
        return NodeError(message, "ConnectionError", retryable=True)
    return NodeError(f"The answer of {_shown(url)} is not valid HTTP: {error}", "BadResponse")


def _no_connection(url: str, error: Exception) -> NodeError:
    if _is_tls(error):
        return NodeError(f"No secure connection to {_shown(url)}: {error}", "TLSError")
    kind = _unreached() if isinstance(error, httpx.ConnectError) else NodeError
    return kind(f"No connection to {_shown(url)}: {error}", "ConnectionError", retryable=True)


def _unreached() -> type[NodeError]:
    """After a redirect the first server has the request already."""
    return NodeError if _clock.hops else NotConnected


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _shown(url: str) -> str:
    """The URL's address, without the query, user and password that may be secret."""
    try:
        found = httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError):
        return "the server"
    return f"{found.scheme}://{found.netloc.decode('ascii', 'replace')}"[:200]


# --- Time -----------------------------------------------------------------------------------------------------------
# httpx counts each read anew, so that a server could send a byte a minute for ever. A request stays in its thread.
_clock = threading.local()


@contextmanager
def _deadline(moment: float, connect_s: float) -> Iterator[None]:
    _clock.deadline, _clock.connect_s, _clock.hops = moment, connect_s, 0
    try:
        yield
    finally:
        del _clock.deadline


def _left() -> float:
    """Seconds until the deadline of this thread's request. Raises httpx.TimeoutException when it has passed."""
    left = float(_clock.deadline - time.monotonic())
    if left <= 0:
        raise httpx.ReadTimeout("the time is over")
    return left


def _left_to_connect() -> float:
    return min(_left(), float(_clock.connect_s))


# --- Connections ----------------------------------------------------------------------------------------------------
@lru_cache(maxsize=8)
def _client(process_id: int, verify_tls: bool, allow: str, ca_file: str) -> httpx.Client:
    """The client of this process; one that was made before a fork would share its sockets."""
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))  # one run's must not be sent by another
    return httpx.Client(
        transport=_GuardedTransport(_tls(verify_tls, ca_file), AllowList(allow)),
        trust_env=False,
        follow_redirects=False,
        cookies=no_cookies,
        headers={"user-agent": "DRAGOPS", "accept-encoding": "gzip, deflate"},
    )


def _tls(verify: bool, ca_file: str) -> ssl.SSLContext:
    context = httpx.create_ssl_context(verify=verify, trust_env=False)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file and verify:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:
            raise NodeError(f"DRAGOPS_HTTP_CA_FILE: {ca_file} cannot be read: {error}", "TLSError") from None
    return context


class _GuardedTransport(httpx.HTTPTransport):
    def __init__(self, context: ssl.SSLContext, allowed: AllowList) -> None:
        super().__init__(verify=context, trust_env=False)
        # httpx has no parameter for the network backend; its pool is made anew with one.
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            network_backend=_GuardedBackend(allowed),
            max_connections=MAX_CONNECTIONS,
            keepalive_expiry=IDLE_S,
        )


class _GuardedBackend(httpcore.NetworkBackend):
    """Connects only to addresses that may be reached."""

    def __init__(self, allowed: AllowList, resolve: Callable[[str, int], list[str]] | None = None) -> None:
        self._allowed = allowed
        self._resolve = resolve or _resolve
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception | None = None
        for address in self._reachable(host, port):
            try:
                return _TimedStream(
                    self._sockets.connect_tcp(address, port, _left_to_connect(), local_address, socket_options)
                )
            except httpcore.ConnectError as error:
                failure = error
        raise failure or httpcore.ConnectError(f"the host name “{host}” has no address")

    def _reachable(self, host: str, port: int) -> list[str]:
        found = self._resolve(host, port)
        reachable = [a for a in found if self._allowed.allows(host, port, ipaddress.ip_address(a))]
        if found and not reachable:
            raise NodeError(
                f"“{host}” ({found[0]}) is not a public address. The operator can allow it with DRAGOPS_HTTP_ALLOW.",
                "AddressRefused",
            )
        return reachable


def _resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, within the request's time: the system's resolver knows no time limit of its own."""
    answers: SimpleQueue[list[str] | OSError] = SimpleQueue()
    threading.Thread(target=_look_up, args=(host, port, answers), daemon=True).start()
    try:
        answer = answers.get(timeout=_left_to_connect())
    except Empty:
        raise httpcore.ConnectTimeout(f"the look-up of “{host}” took too long") from None
    if isinstance(answer, OSError):
        raise httpcore.ConnectError(f"the host name “{host}” is not known") from None
    return answer


def _look_up(host: str, port: int, answers: "SimpleQueue[list[str] | OSError]") -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
    except OSError as error:
        answers.put(error)
    except ValueError as error:  # UnicodeError: a name that no resolver would take
        answers.put(OSError(str(error)))


class _TimedStream(httpcore.NetworkStream):
    """A connection on which no wait goes past the deadline of the request that uses it."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), WRITE_BYTES):
            self._stream.write(buffer[start : start + WRITE_BYTES], _left())

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, _left_to_connect()))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
