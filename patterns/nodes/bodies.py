"""The bodies of requests: a value as the bytes that are sent, in the form that the receiver expects."""

import base64
import binascii
import hashlib
from collections.abc import Iterator
from typing import Any

import httpx

from dragops_site.jsontext import BINARY_KEY
from patterns.nodes.formats import query_string
from patterns.nodes.messages import FORM, JSON, checked_value, content
from patterns.nodes.templates import as_text
from patterns.types import Value, show, to_string, type_of
from patterns.values import to_json

KINDS = ("auto", "json", "form", "multipart", "text", "binary")
TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"
Body = tuple[bytes | None, str]


def encoded(body: Value, kind: str, step_id: str) -> Body:
    """The bytes of a body and the content type that says what they are; none of null. Raises ValueError.

    `step_id` marks where the parts of a multipart body end, so that a repetition sends the same bytes.
    """
    if body is None:
        return None, ""
    match kind:
        case "json":
            return to_json(body).encode(), JSON
        case "form":
            return query_string(_fields(body, "form")).encode(), FORM
        case "multipart":
            return _multipart(_fields(body, "multipart"), step_id)
        case "text":
            return _utf8(as_text(body)), TEXT
        case "binary":
            return _bytes(body), BYTES
    return content(body)


def _fields(body: Value, kind: str) -> dict[str, Value]:
    if isinstance(body, dict):
        return body
    raise ValueError(f"{show(body)} ({type_of(body)}) is not an Object, as the fields of a {kind} body must be")


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise ValueError("it holds half a character (a lone surrogate), which UTF-8 has no form for") from None


def _bytes(value: Value) -> bytes:
    """Bytes, as they are or in Base64."""
    if isinstance(value, dict) and value.keys() == {BINARY_KEY}:
        value = value[BINARY_KEY]
    if isinstance(value, bytes):
        return value
    try:
        return base64.b64decode(to_string(value), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"{show(value)} is neither Binary nor Base64") from None


# --- Multipart ------------------------------------------------------------------------------------------------------
Part = tuple[str, tuple[str | None, bytes, str | None]]


def _multipart(fields: dict[str, Value], step_id: str) -> Body:
    boundary = hashlib.sha256(step_id.encode()).hexdigest()
    kind = f"multipart/form-data; boundary={boundary}"
    parts: Any = [part for name, value in fields.items() for part in _parts(name, value)]
    if not parts:
        return f"--{boundary}--\r\n".encode(), kind
    # The address is never asked; httpx writes the parts, and escapes their names.
    request = httpx.Request("POST", "http://localhost/", files=parts, headers={"Content-Type": kind})
    return request.read(), kind


def _parts(name: str, value: Value) -> Iterator[Part]:
    for item in value if isinstance(value, list) else [value]:
        if item is not None:
            try:
                yield _utf8(name).decode(), _part(item)
            except ValueError as error:
                raise ValueError(f"{show(name)}: {error}") from None


def _part(item: Value) -> tuple[str | None, bytes, str | None]:
    """A field, or, of an Object with `content`, a file with its name and type."""
    if isinstance(item, bytes):
        return "file", item, BYTES
    if not isinstance(item, dict) or "content" not in item:
        return None, _utf8(as_text(item)), None
    inner = item["content"]
    is_binary = isinstance(inner, bytes) or (isinstance(inner, dict) and inner.keys() == {BINARY_KEY})
    data = _bytes(inner) if is_binary else _utf8(as_text(inner))
    kind = checked_value("contentType", item.get("contentType") or (BYTES if is_binary else TEXT))
    return _utf8(to_string(item.get("filename") or "file")).decode(), data, kind
