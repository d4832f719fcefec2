"""What a webhook answers. Its body may come from the patterns' authors, and shares an origin with the dashboard."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from dragops_site import jsontext
from dragops_site.errors import Refused
from dragops_site.headers import SANDBOX
from executions.models import Execution
from executions.status import Status
from patterns.context import Response
from patterns.types import Value

RETRY_AFTER_S = 30
BODILESS = frozenset({204, 205, 304})
# Opened in a browser, an answer runs no script and reads nothing of the origin; its declared type is final.
SAFETY = {"Content-Security-Policy": SANDBOX, "X-Content-Type-Options": "nosniff"}
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


def json_answer(data: Value, status: int = 200, *, run_id: UUID | None = None) -> HttpResponse:
    return _safe(HttpResponse(jsontext.dumps(data), status=status, content_type="application/json"), run_id)


def error_answer(code: str, message: str, status: int, *, run_id: UUID | None = None, **more: Any) -> HttpResponse:
    run = {"runId": str(run_id)} if run_id else {}
    error = {"code": code, "message": message, **more}
    answer = json_answer({"success": False, "error": error, **run}, status, run_id=run_id)
    if status == 503:
        answer["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def refusal(refused: Refused) -> HttpResponse:
    answer = error_answer(status=refused.status, **refused.as_dict())
    for name, value in refused.headers.items():
        answer[name] = value
    return answer


def accepted(run_id: UUID, *, is_duplicate: bool = False) -> HttpResponse:
    duplicate = {"duplicate": True} if is_duplicate else {}
    return json_answer({"status": "accepted", "runId": str(run_id), **duplicate}, 202, run_id=run_id)


def captured(captured_id: UUID) -> HttpResponse:
    return json_answer({"status": "captured", "id": str(captured_id)}, 202)


def still_going(run_id: UUID) -> HttpResponse:
    return error_answer("RUN_NOT_ENDED", "The run did not answer within the limit; it goes on.", 504, run_id=run_id)


def result(run: Execution) -> HttpResponse:
    """The result of an ended run, or why there is none."""
    return json_answer(run.result, run_id=run.pk) if run.status == Status.COMPLETED else failure(run)


def ended_without_response(run: Execution) -> HttpResponse:
    if run.status != Status.COMPLETED:
        return failure(run)
    return json_answer({"status": run.status, "runId": str(run.pk)}, run_id=run.pk)


def failure(run: Execution) -> HttpResponse:
    message = run.error_message or f"The run ended as {Status(run.status).label.lower()}."
    details = {"details": run.error} if run.error else {}
    return error_answer(f"RUN_{run.status.upper()}", message, 500, run_id=run.pk, **details)


def response(given: Response, run_id: UUID) -> HttpResponse:
    """What Respond to Webhook gave: strings as they are, other values as JSON."""
    if not isinstance(given.status, int) or not 200 <= given.status <= 599:
        return error_answer(
            "BAD_RESPONSE", f"The pattern responded with the status {given.status}.", 500, run_id=run_id
        )
    body, content_type = _body(given.body)
    answer = HttpResponse(b"" if given.status in BODILESS else body, status=given.status, content_type=content_type)
    for name, value in _headers(given.headers).items():
        answer[name] = value
    return _safe(answer, run_id)


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


def _safe(answer: HttpResponse, run_id: UUID | None) -> HttpResponse:
    for name, value in SAFETY.items():
        answer[name] = value
    answer.setdefault("Cache-Control", "no-store")
    if run_id:
        answer["X-Run-Id"] = str(run_id)
    return answer
