"""HTTP: requests to other services, the answer to the webhook, and the parts that both are made of."""

import hashlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Annotated, NamedTuple
from urllib.parse import quote, urlencode, urlsplit, urlunsplit
from uuid import UUID

from django.conf import settings

from patterns import net
from patterns.context import Carried, Connection, NodeError, Response, RunContext
from patterns.nodes import bodies, messages
from patterns.nodes.formats import query_string
from patterns.nodes.messages import FORM
from patterns.registry import Choices, ConnectionName, KeyValues, Label, Loose, effect, pure
from patterns.types import Any, Boolean, Float, Integer, Object, PinType, String, Value, show
from patterns.values import NO_KEYS, about, check_length

HTTP = "HTTP"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CHANGING_METHODS = frozenset({"POST", "PATCH"})  # twice is not the same as once
REFUSING_STATUSES = frozenset({429, 503})  # they say that nothing was done
PASSING_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
MAX_TIMEOUT_S = 3600
MAX_RETRIES = 10
FIRST_PAUSE_S = 0.5
MAX_PAUSE_S = 30
Method = Annotated[str, PinType.ENUM, Choices(*METHODS)]
BodyType = Annotated[str, PinType.ENUM, Choices(*bodies.KINDS)]
Header = tuple[str, str]
FailOnErrors = Annotated[bool, PinType.BOOLEAN, Label("Fail on 4xx/5xx")]


class HTTPAnswer(NamedTuple):
    response: Object
    status: Integer
    headers: Object
    body: String


class FormBody(NamedTuple):
    body: String
    content_type: String


@effect(HTTP)
def http_request(
    run: RunContext,
    url: String,
    method: Method = "GET",
    headers: KeyValues = NO_KEYS,
    body: Any = None,
    timeout_s: Float = 30,
    *,
    connection: ConnectionName = "",
    body_type: BodyType = "auto",
    connect_timeout_s: Float = net.CONNECT_S,
    follow_redirects: Boolean = True,
    verify_tls: Boolean = True,
    retries: Integer = 0,
    fail_on_errors: FailOnErrors = False,
) -> HTTPAnswer:
    """Sends a request and waits for the whole answer.

    Body Type says what becomes of Body. auto: an Object or Array is sent as JSON, text and Binary as they are. form
    and multipart take an Object; in multipart a value may be a file: {"filename", "contentType", "content"}. binary
    takes Binary, or text in Base64.

    Response is the parsed body if it is JSON or a form, the bytes if it is binary, else the text; Body is the text as
    it came. A status such as 404 is an answer like any other unless Fail on 4xx/5xx is set; no answer is an error.

    Retries repeats what may pass: no connection, no answer in time, and the statuses 408, 425, 429 and 5xx, after as
    long as the server asks for, else ever longer. POST and PATCH are repeated only where they have reached nobody, or
    at 429 and 503, which say that nothing was done.

    Connection names credentials that were saved on the page Connections: they are added to the request, and go only
    to the hosts that they are for.

    Private addresses are refused unless the operator allows them. Requests that change something carry an
    Idempotency-Key, the same when a crash repeats them, and all a traceparent. A redirect to another server takes no
    headers along that might be keys.

    Example: URL "https://api.example.com/orders", Method "POST", Body {"id": 7}
        → Response {"ok": true}, Status 201
    """
    request = _request(run, url, method, headers, body, body_type)
    limits = {"connect_s": _positive(connect_timeout_s, "Connect Timeout (s)")}
    credentials = _credentials(run, connection.strip(), verify_tls)

    def send(request: net.Request) -> net.Answer:
        limit = _time_limit(run, timeout_s)
        return net.fetch(request, limit, **limits, verify_tls=verify_tls, follow_redirects=follow_redirects)

    def attempt() -> net.Answer:
        return (
            _with_credentials(send, request, credentials, _time_limit(run, timeout_s)) if credentials else send(request)
        )

    attempts: list[str] = []
    try:
        answer = _repeated(run, request.method, attempt, max(0, min(retries, MAX_RETRIES)), attempts)
    finally:
        _tell(run, attempts, is_open=not verify_tls)
    return _outputs(answer, fail_on_errors)


def _credentials(run: RunContext, name: str, verify_tls: bool) -> Connection | None:
    if name and not verify_tls:
        raise NodeError("Verify TLS must be on: else the connection could be sent to anybody.", "ConnectionRefused")
    return run.connection(name) if name else None


def _with_credentials(
    send: Callable[[net.Request], net.Answer], request: net.Request, credentials: Connection, limit_s: float
) -> net.Answer:
    """The answer to a request with credentials: where they were refused, and can be had anew, with those."""
    answer = send(_signed(request, credentials.carried(request.url, limit_s)))
    # What a redirect has led to has seen none of them, and says nothing about them.
    if answer.hops == 0 and credentials.answered(answer.status):
        answer = send(_signed(request, credentials.carried(request.url, limit_s)))
        if answer.hops == 0:
            credentials.answered(answer.status)
    return answer


def _signed(request: net.Request, carried: Carried) -> net.Request:
    given = {name.decode().lower() for name, _ in request.headers}
    if taken := [name for name, _ in carried.headers if name.lower() in given]:
        raise NodeError(f"Headers: {taken[0]} is what the connection sets. Leave one of the two out.", "BadRequest")
    if "@" in urlsplit(request.url).netloc:
        raise NodeError("URL: a user or a password in it cannot be sent besides a connection.", "BadRequest")
    headers = [*request.headers, *((name.encode(), value.encode()) for name, value in carried.headers)]
    return replace(request, url=_with_query(request.url, carried.query), headers=headers)


def _with_query(url: str, query: Sequence[Header]) -> str:
    if not query:
        return url
    start, hash_sign, fragment = url.partition("#")
    mark = "&" if "?" in start else "?"
    return f"{start}{mark}{urlencode(query)}{hash_sign}{fragment}"


def _tell(run: RunContext, attempts: list[str], is_open: bool) -> None:
    """What the log should say besides the outcome."""
    said = ["The certificate of the server was not verified."] if is_open else []
    said += [f"{len(attempts)} attempts: {', '.join(attempts)}."] if len(attempts) > 1 else []
    if said:
        run.log(" ".join(said), "warning" if is_open else "info")


def _repeated(
    run: RunContext, method: str, attempt: Callable[[], net.Answer], retries: int, attempts: list[str]
) -> net.Answer:
    """The first answer that is not worth another attempt, or the last one there is. Raises NodeError likewise."""
    is_idempotent = method not in CHANGING_METHODS
    while True:
        pause_s = _pause_s(len(attempts))
        is_last = len(attempts) >= retries
        try:
            answer = attempt()
            attempts.append(str(answer.status))
            pause_s = _pause_s(len(attempts) - 1, answer.headers.get("retry-after", ""))
            if is_last or not _may_repeat(answer, is_idempotent) or pause_s >= run.remaining():
                return answer
        except NodeError as error:
            attempts.append(error.type)
            may_repeat = error.retryable and (is_idempotent or isinstance(error, net.NotConnected))
            if is_last or not may_repeat or pause_s >= run.remaining():
                raise
        time.sleep(pause_s)


def _may_repeat(answer: net.Answer, is_idempotent: bool) -> bool:
    """A redirect is an answer of the first server, which may have done something."""
    if is_idempotent:
        return answer.status in PASSING_STATUSES
    return answer.status in REFUSING_STATUSES and not answer.hops


def _pause_s(number: int, asked: str = "") -> float:
    """How long to wait before the next attempt: as long as the server asked, else ever longer."""
    asked_s = _seconds(asked)
    wanted = FIRST_PAUSE_S * 2**number if asked_s is None else asked_s
    return min(wanted, MAX_PAUSE_S) * random.uniform(1, 1.2)  # noqa: S311 (spreads load, keeps no secret)


def _seconds(retry_after: str) -> float | None:
    """What Retry-After asks for: seconds, or a moment (RFC 9110, 10.2.3); None where it says nothing of the kind."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        moment = parsedate_to_datetime(retry_after)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, aware.timestamp() - time.time())


def _request(
    run: RunContext, url: str, method: str, headers: dict[str, Value], body: Value, body_type: str
) -> net.Request:
    name = method.strip().upper()
    if name not in METHODS:
        raise NodeError(f"Method “{method[:40]}” is none of the methods {', '.join(METHODS)}.", "BadRequest")
    with about("Body"):
        content, content_type = bodies.encoded(body, body_type, run.step_id)
        check_length(len(content or b""), settings.HTTP_REQUEST_BYTES, "bytes")
    with about("Headers"):
        given = messages.checked_headers(headers)
    sent = _with_ours(run, name, given, content_type)
    return net.Request(name, url, [(key.encode(), value.encode()) for key, value in sent], content)


def _with_ours(run: RunContext, method: str, given: list[Header], content_type: str) -> list[Header]:
    """The headers, and those of ours that nobody has given."""
    ours = {"Content-Type": content_type, "traceparent": _traceparent(run)}
    if method not in SAFE_METHODS:
        ours["Idempotency-Key"] = run.step_id
    present = {name.lower() for name, _ in given}
    return [*given, *((name, value) for name, value in ours.items() if value and name.lower() not in present)]


def _traceparent(run: RunContext) -> str:
    """The place of this request in a distributed trace (W3C Trace Context): a trace for each run, a span for each step.

    Made of their ids, so that a repetition is the same.
    """
    return f"00-{_hex(run.info.execution_id, 32)}-{_hex(run.step_id, 16)}-01"


def _hex(text: str, digits: int) -> str:
    try:
        found = UUID(text).hex
    except ValueError:
        found = hashlib.sha256(text.encode()).hexdigest()
    return found[-digits:]


def _positive(seconds: float, pin: str) -> float:
    if not seconds > 0:
        raise NodeError(f"{pin} must be more than 0.", "BadRequest")
    return seconds


def _time_limit(run: RunContext, timeout_s: float) -> float:
    limit = min(_positive(timeout_s, "Timeout (s)"), run.remaining(), MAX_TIMEOUT_S)
    if limit <= 0:
        raise NodeError("The run's time limit is over.", "Timeout")
    return limit


def _outputs(answer: net.Answer, fails: bool) -> HTTPAnswer:
    if fails and answer.status >= 400:
        text = answer.body[:200].decode("utf-8", "replace")
        message = f"The server answered with the status {answer.status}: {text}"
        raise NodeError(message, "HTTPError", retryable=answer.status in PASSING_STATUSES)
    parsed, text = messages.read(answer.body, answer.headers.get("content-type", ""))
    return HTTPAnswer(parsed, answer.status, dict(answer.headers), text)


@effect(HTTP, label="Respond to Webhook", acts=False, blocks=False)
def respond_to_webhook(
    run: RunContext, status_code: Integer = 200, headers: KeyValues = NO_KEYS, body: String = ""
) -> None:
    r"""Answers the request that started this run, if it still waits; the run goes on. Only the first answer counts.

    Example: Status Code 201, Headers {"Content-Type": "application/json"}, Body "{\"ok\":true}"
        → response {"status": 201, "headers": {"Content-Type": "application/json"}, "body": "{\"ok\":true}"}
    """
    if not 200 <= status_code <= 599:
        raise ValueError(f"Status Code is {show(status_code)}, not between 200 and 599")
    with about("Headers"):
        checked = dict(messages.checked_headers(headers))
    run.respond(Response(status_code, checked, body))


@pure(HTTP, output="Data")
def parse_response(response: Annotated[Object, Loose()], format: String = "json") -> Any:
    r"""The data in the Response of HTTP Request: as value (json) or as text.

    Example: Response {"ok": true}, Format "text" → "{\"ok\":true}"
    """
    return messages.parsed(response, format.strip().lower())


@pure(HTTP, label="Build URL", output="URL")
def build_url(base: String, path: String = "", query: KeyValues = NO_KEYS) -> String:
    """A URL of its parts, with everything escaped that needs it. An Array in Query repeats its name; null is left out.

    Example: Base "https://api.example.com/v1/", Path "/orders", Query {"page": 2} → "https://api.example.com/v1/orders?page=2"
    """
    parts = urlsplit(base.strip())
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"Base is {base[:60]!r}, which does not start with http:// or https:// and a host")
    where = parts.path
    if path:
        where = f"{where.rstrip('/')}/{quote(path.lstrip('/'), safe=_PATH_SIGNS, errors='surrogatepass')}"
    asked = "&".join(part for part in (parts.query, _fields("Query", query)) if part)
    return urlunsplit((parts.scheme, parts.netloc, where, asked, parts.fragment))


_PATH_SIGNS = "/%:@!$&'()*+,;=~-._"  # what a path may hold as it is (RFC 3986); % so that escapes stay what they are


@pure(HTTP, output="Headers")
def build_headers(authorization: String = "", content_type: String = "", extra: KeyValues = NO_KEYS) -> Object:
    """Headers for HTTP Request or Respond to Webhook. What is empty is left out; Extra wins over the other two.

    Example: Authorization "Bearer abc", Extra {"X-Trace": "1"} → {"Authorization": "Bearer abc", "X-Trace": "1"}
    """
    with about("Extra"):
        added = messages.checked_headers(extra)
    taken = {name.lower() for name, _ in added}
    named = {"Authorization": authorization, "Content-Type": content_type}
    kept = {name: value for name, value in named.items() if value and name.lower() not in taken}
    with about("Authorization or Content Type"):
        return dict([*messages.checked_headers(kept), *added])


@pure(HTTP)
def form_data(fields: KeyValues) -> FormBody:
    """Fields as the body of a form, with the Content Type that belongs to it.

    Example: Fields {"name": "Ada L", "tag": ["a", "b"]} → Body "name=Ada+L&tag=a&tag=b"
    """
    return FormBody(_fields("Fields", fields), FORM)


def _fields(label: str, fields: dict[str, Value]) -> str:
    with about(label):
        return query_string(fields)
