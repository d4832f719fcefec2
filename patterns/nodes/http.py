"""HTTP: requests to other services, the answer to the webhook, and the parts that both are made of."""

import random
import time
from collections.abc import Callable
from typing import Annotated, NamedTuple
from urllib.parse import quote, urlsplit, urlunsplit

from patterns import net
from patterns.context import NodeError, Response, RunContext
from patterns.nodes import messages
from patterns.nodes.formats import query_string
from patterns.registry import Choices, Label, Loose, effect, pure
from patterns.types import Any, Boolean, Float, Integer, Object, PinType, String, Value, show
from patterns.values import NO_KEYS, about

HTTP = "HTTP"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PASSING_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
FORM = "application/x-www-form-urlencoded"
MAX_TIMEOUT_S = 3600
MAX_RETRIES = 10
FIRST_PAUSE_S = 0.5
MAX_PAUSE_S = 30
Method = Annotated[str, PinType.ENUM, Choices(*METHODS)]
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
    headers: Object = NO_KEYS,
    body: Any = None,
    timeout_s: Float = 30,
    *,
    follow_redirects: Boolean = True,
    verify_tls: Boolean = True,
    retries: Integer = 0,
    fail_on_errors: FailOnErrors = False,
) -> HTTPAnswer:
    """Sends a request and waits for the whole answer.

    An Object or Array as Body is sent as JSON. Response is the parsed body if it is JSON, else its text; Body is the
    text as it came. A status such as 404 is an answer like any other unless Fail on 4xx/5xx is set; no answer is an
    error. Retries repeats what may pass: no connection, no answer in time, and the statuses 408, 425, 429 and 5xx.

    Example: URL "https://api.example.com/orders", Method "POST", Body {"id": 7}
        → Response {"ok": true}, Status 201
    """
    request = _request(run, url, method, headers, body)

    def attempt() -> net.Answer:
        limit = _time_limit(run, timeout_s)
        return net.fetch(request, limit, verify_tls=verify_tls, follow_redirects=follow_redirects)

    return _outputs(_repeated(run, attempt, min(retries, MAX_RETRIES)), fail_on_errors)


def _repeated(run: RunContext, attempt: Callable[[], net.Answer], retries: int) -> net.Answer:
    """The first answer that is not worth another attempt, or the last one there is. Raises NodeError likewise."""
    for number in range(retries):
        asked_to_wait = ""
        try:
            answer = attempt()
            if answer.status not in PASSING_STATUSES:
                return answer
            asked_to_wait = answer.headers.get("retry-after", "")
        except NodeError as error:
            if not error.retryable:
                raise
        _pause(run, number, asked_to_wait)
    return attempt()


def _pause(run: RunContext, number: int, asked: str) -> None:
    """Wait before the next attempt: as long as the server asked, else ever longer; never past the run's time."""
    wanted = float(asked) if asked.isdecimal() and len(asked) < 6 else FIRST_PAUSE_S * 2**number
    spread = random.uniform(1, 1.2)  # noqa: S311 (spreads load, keeps no secret)
    time.sleep(max(0.0, min(min(wanted, MAX_PAUSE_S) * spread, run.remaining())))


def _request(run: RunContext, url: str, method: str, headers: dict[str, Value], body: Value) -> net.Request:
    name = method.strip().upper()
    if name not in METHODS:
        raise NodeError(f"Method “{method[:40]}” is none of the methods {', '.join(METHODS)}.", "BadRequest")
    with about("Body"):
        content, content_type = messages.content(body)
    with about("Headers"):
        given = messages.checked_headers(headers)
    present = {key.lower() for key, _ in given}
    if content is not None and "content-type" not in present:
        given.append(("Content-Type", content_type))
    if name not in SAFE_METHODS and "idempotency-key" not in present:
        given.append(("Idempotency-Key", run.step_id))
    return net.Request(name, url, [(key.encode(), value.encode()) for key, value in given], content)


def _time_limit(run: RunContext, timeout_s: float) -> float:
    if not timeout_s > 0:
        raise NodeError("Timeout (s) must be more than 0.", "BadRequest")
    limit = min(timeout_s, run.remaining(), MAX_TIMEOUT_S)
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
    run: RunContext, status_code: Integer = 200, headers: Object = NO_KEYS, body: String = ""
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
def build_url(base: String, path: String = "", query: Object = NO_KEYS) -> String:
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
def build_headers(authorization: String = "", content_type: String = "", extra: Object = NO_KEYS) -> Object:
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
def form_data(fields: Object) -> FormBody:
    """Fields as the body of a form, with the Content Type that belongs to it.

    Example: Fields {"name": "Ada L", "tag": ["a", "b"]} → Body "name=Ada+L&tag=a&tag=b"
    """
    return FormBody(_fields("Fields", fields), FORM)


def _fields(label: str, fields: dict[str, Value]) -> str:
    with about(label):
        return query_string(fields)
