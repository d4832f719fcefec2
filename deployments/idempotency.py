"""Under which key the sender of a webhook request would send the same request again."""

import hashlib
from collections.abc import Mapping
from typing import Any

# In this order: what the sender says on purpose goes before the number that the provider gives each delivery.
HEADERS = ("x-idempotency-key", "x-request-id", "x-github-delivery", "webhook-id")


def key_of(scheme: str, headers: Mapping[str, str], body: Any) -> str:
    """The SHA-256 of what identifies the request, as hexadecimal text; empty where nothing does.

    What the signature vouches for goes first: headers that are not signed could be changed to send it once more.
    """
    named = _signed(scheme, headers, body) or next(
        ((name, headers[name]) for name in HEADERS if headers.get(name)), None
    )
    return hashlib.sha256("\n".join(named).encode("utf-8", "backslashreplace")).hexdigest() if named else ""


def _signed(scheme: str, headers: Mapping[str, str], body: Any) -> tuple[str, str] | None:
    if scheme == "standard" and (message_id := headers.get("webhook-id")):
        return "webhook-id", message_id
    if scheme == "stripe":
        return _member(body, "object", "event", "id")
    if scheme == "slack":
        return _member(body, "type", "event_callback", "event_id")
    return None


def _member(body: Any, kind: str, expected: str, name: str) -> tuple[str, str] | None:
    """The id that a body has which is of the expected kind."""
    if isinstance(body, dict) and body.get(kind) == expected and isinstance(body.get(name), str) and body[name]:
        return name, body[name]
    return None
