"""A webhook request as the event of a run: body, headers, query, method and URL."""

import os
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest

from deployments import webhook_bodies
from dragops_site.errors import BadRequest, TooLarge

# Credentials of the caller, which a log that many may read must not hold. Signatures stay: they cannot be used again.
MASKED_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
MASK = "•••"
CHUNK = 1_000_000


def read_event(request: WSGIRequest) -> dict[str, Any]:
    """The event of `request`. Raises TooLarge, BadRequest."""
    return event_of(request, read_body(request), read_headers(request))


def event_of(request: WSGIRequest, raw: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """The event of a request whose body has been read. Raises BadRequest."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if raw and encoding != "identity":
        raise BadRequest(f"The body is encoded with {encoding}. Send it without Content-Encoding.")
    return {
        "body": webhook_bodies.parse(raw, request.content_type or "", request.content_params or {}),
        "headers": headers,
        "query": webhook_bodies.fields(_query(request)),
        "method": request.method,
        "url": _url(request),
    }


def read_body(request: WSGIRequest) -> bytes:
    """The body, never more of it than the limit. Django's own `request.body` takes a chunked one for empty."""
    limit = settings.WEBHOOK_BODY_BYTES
    declared = request.META.get("CONTENT_LENGTH") or ""
    if not declared:
        # A chunked body ends where the server says so; a server that cannot say so has none for us.
        has_end = request.META.get("wsgi.input_terminated")
        return _at_most(_read(request, limit + 1), limit) if has_end else b""
    length = _length(declared)
    if length > limit:
        raise _too_large(limit)
    raw = _read(request, length)
    if len(raw) < length:
        raise BadRequest(f"The body ended after {len(raw):,} of {length:,} bytes.")
    return raw


def _length(declared: str) -> int:
    if not (declared.isascii() and declared.isdecimal() and len(declared) < 20):
        raise BadRequest("Content-Length is not a number of bytes.")
    return int(declared)


def _at_most(raw: bytes, limit: int) -> bytes:
    if len(raw) > limit:
        raise _too_large(limit)
    return raw


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit:,} bytes.", code="BODY_TOO_LARGE")


def _read(request: WSGIRequest, length: int) -> bytes:
    stream = request.environ["wsgi.input"]
    parts: list[bytes] = []
    try:
        while length > 0 and (part := stream.read(min(length, CHUNK))):
            parts.append(part)
            length -= len(part)
    except OSError:
        raise BadRequest("The connection broke while the body was read.") from None
    return b"".join(parts)


def read_headers(request: WSGIRequest) -> dict[str, str]:
    """Headers by lower-case name; the server has joined those that came several times."""
    meta = request.META.items()
    return {name: MASK if name in MASKED_HEADERS else value for key, value in meta if (name := _name(key, value))}


def _name(key: str, value: Any) -> str:
    # Granian starts the environ from the process's environment, where HTTP_PROXY and its like are no headers.
    is_header = key.startswith("HTTP_") or (key in ("CONTENT_TYPE", "CONTENT_LENGTH") and value)
    if not is_header or os.environ.get(key) == value:
        return ""
    return key.removeprefix("HTTP_").replace("_", "-").lower()


def _query(request: WSGIRequest) -> str:
    # Read here: `request.GET` would decode it with whatever codec the Content-Type names.
    return webhook_bodies.decode(request.META.get("QUERY_STRING", "").encode("latin-1", "backslashreplace"))


def _url(request: WSGIRequest) -> str:
    try:
        return request.build_absolute_uri()
    except SuspiciousOperation:
        raise BadRequest("The Host header is not a host name.") from None
