"""What a webhook answers. Its body may come from the patterns' authors, and shares an origin with the dashboard."""

import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from dragops_site import jsontext
from dragops_site.errors import Refused
from executions.models import Execution
from executions.status import Status
from patterns.context import Response
from patterns.types import Value

RETRY_AFTER_S = 30
BODILESS = frozenset({204, 205, 304})
# Opened in a browser, an answer runs no script and reads nothing of the origin; its declared type is final.
SAFETY = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
# The server's own, the connection's, and those that would change what a browser thinks of the whole origin.
_RESERVED_NAMES = """
    connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade
    content-length content-encoding date server set-cookie set-cookie2 clear-site-data strict-transport-security
    public-key-pins service-worker-allowed content-security-policy content-security-policy-report-only
    x-content-type-options alt-svc x-run-id
"""
RESERVED = frozenset(_RESERVED_NAMES.split())
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def json_answer(data: Value, status: int = 200, *, run: Execution | None = None) -> HttpResponse:
    return _safe(HttpResponse(jsontext.dumps(data), status=status, content_type="application/json"), run)


def error_answer(code: str, message: str, status: int, *, run: Execution | None = None, **more: Any) -> HttpResponse:
    run_id = {"runId": str(run.pk)} if run else {}
    error = {"code": code, "message": message, **more}
    answer = json_answer({"success": False, "error": error, **run_id}, status, run=run)
    if status == 503:
        answer["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def refusal(refused: Refused) -> HttpResponse:
    return error_answer(status=refused.status, **refused.as_dict())


def accepted(run: Execution) -> HttpResponse:
    return json_answer({"status": "accepted", "runId": str(run.pk)}, 202, run=run)


def still_going(run: Execution) -> HttpResponse:
    return error_answer("RUN_NOT_ENDED", "The run did not answer within the limit; it goes on.", 504, run=run)


def result(run: Execution) -> HttpResponse:
    """The result of an ended run, or why there is none."""
    return json_answer(run.result, run=run) if run.status == Status.COMPLETED else failure(run)


def ended_without_response(run: Execution) -> HttpResponse:
    if run.status != Status.COMPLETED:
        return failure(run)
    return json_answer({"status": run.status, "runId": str(run.pk)}, run=run)


def failure(run: Execution) -> HttpResponse:
    message = run.error_message or f"The run ended as {Status(run.status).label.lower()}."
    details = {"details": run.error} if run.error else {}
    return error_answer(f"RUN_{run.status.upper()}", message, 500, run=run, **details)


def response(given: Response, run: Execution) -> HttpResponse:
    """What Respond to Webhook gave: strings as they are, other values as JSON."""
    if not isinstance(given.status, int) or not 200 <= given.status <= 599:
        return error_answer("BAD_RESPONSE", f"The pattern responded with the status {given.status}.", 500, run=run)
    body, content_type = _body(given.body)
    answer = HttpResponse(b"" if given.status in BODILESS else body, status=given.status, content_type=content_type)
    for name, value in _headers(given.headers).items():
        answer[name] = value
    return _safe(answer, run)


def _body(value: Value) -> tuple[bytes, str]:
    if isinstance(value, bytes):
        return value, "application/octet-stream"
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace"), "text/plain; charset=utf-8"
    return jsontext.dumps(value).encode(), "application/json"


def _headers(given: Mapping[str, Value]) -> dict[str, str]:
    """The headers that may be sent; the others are left out."""
    texts = {name: _header_text(value) for name, value in given.items() if _may_be_sent(name)}
    return {name: text for name, text in texts.items() if text and not _CONTROL.search(text)}


def _may_be_sent(name: str) -> bool:
    return bool(_TOKEN.fullmatch(name)) and name.lower() not in RESERVED


def _header_text(value: Value) -> str:
    if isinstance(value, list):
        return ", ".join(_header_text(item) for item in value)
    text = value if isinstance(value, str) else jsontext.dumps(value)
    # Django cannot encode lone surrogates; everything else above Latin-1 it writes as RFC 2047 words.
    return text.encode("utf-8", "backslashreplace").decode().strip()


def _safe(answer: HttpResponse, run: Execution | None) -> HttpResponse:
    for name, value in SAFETY.items():
        answer[name] = value
    answer.setdefault("Cache-Control", "no-store")
    if run:
        answer["X-Run-Id"] = str(run.pk)
    return answer
