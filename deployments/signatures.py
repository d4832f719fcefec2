"""Signatures of webhook requests, by each sender's published rules. All are HMAC-SHA256 over the bytes as they came.

Header names are in lower case; `now` is in seconds since the epoch. Everything here fails closed: without a secret, or
without a header, there is no valid signature.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping

from dragops_site.errors import Invalid, Refused

TOLERANCE_S = 300
PREFIX = "whsec_"
SHORTEST = 8
LONGEST = 500
Headers = Mapping[str, str]
Signed = tuple[bytes, list[str]]  # the content that is signed, and the signatures that came with it


class BadSignature(Refused):
    """The request does not prove who sent it."""

    code = "BAD_SIGNATURE"
    status = 401


def verify(scheme: str, raw: bytes, headers: Headers, keys: Iterable[str], now: float) -> None:
    """Check that one of the secrets `keys` signed the body `raw`. Raises BadSignature, which says what is wrong."""
    content, given = SCHEMES[scheme](raw, headers, now)
    expected = [_signature(scheme, key, content) for key in keys]
    if not expected:
        raise BadSignature("This webhook asks for a signature, and has no secret to check it with.")
    # Every pair is compared, each in constant time: how long this takes tells nothing of what was right.
    found = [hmac.compare_digest(one.encode(), other.encode("utf-8", "replace")) for one in expected for other in given]
    if not any(found):
        raise BadSignature("The signature does not match the body.")


def _dragops(raw: bytes, headers: Headers, now: float) -> Signed:
    return raw, [_header(headers, "x-webhook-signature").lower()]


def _github(raw: bytes, headers: Headers, now: float) -> Signed:
    """https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries"""
    return raw, _after([_header(headers, "x-hub-signature-256")], "sha256=")


def _stripe(raw: bytes, headers: Headers, now: float) -> Signed:
    """https://docs.stripe.com/webhooks/signature: `t=…,v1=…,v1=…`; other versions are not to be trusted."""
    parts = [part.strip() for part in _header(headers, "stripe-signature").split(",")]
    sent_at = next(iter(_after(parts, "t=")), "")
    _check_time(sent_at, now)
    return f"{sent_at}.".encode() + raw, _after(parts, "v1=")


def _slack(raw: bytes, headers: Headers, now: float) -> Signed:
    """https://docs.slack.dev/authentication/verifying-requests-from-slack"""
    sent_at = _header(headers, "x-slack-request-timestamp")
    _check_time(sent_at, now)
    return f"v0:{sent_at}:".encode() + raw, _after([_header(headers, "x-slack-signature")], "v0=")


def _standard(raw: bytes, headers: Headers, now: float) -> Signed:
    """https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"""
    sent_at = _header(headers, "webhook-timestamp")
    _check_time(sent_at, now)
    content = f"{_header(headers, 'webhook-id')}.{sent_at}.".encode("utf-8", "replace") + raw
    return content, _after(_header(headers, "webhook-signature").split(" "), "v1,")


SCHEMES: dict[str, Callable[[bytes, Headers, float], Signed]] = {
    "dragops": _dragops,
    "github": _github,
    "stripe": _stripe,
    "slack": _slack,
    "standard": _standard,
}


def _header(headers: Headers, name: str) -> str:
    if not (value := headers.get(name, "").strip()):
        raise BadSignature(f"The header {name} is missing.")
    return value


def _after(texts: Iterable[str], prefix: str) -> list[str]:
    return [text.removeprefix(prefix) for text in texts if text.startswith(prefix)]


def _check_time(text: str, now: float) -> None:
    """A request that was overheard must not be good for ever."""
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise BadSignature("The time stamp is not a number of seconds.")
    if abs(now - int(text)) > TOLERANCE_S:
        raise BadSignature(f"The time stamp is more than {TOLERANCE_S // 60} minutes away from now.")


def _signature(scheme: str, key: str, content: bytes) -> str:
    if scheme != "standard":
        return hmac.new(key.encode(), content, hashlib.sha256).hexdigest()
    return base64.b64encode(hmac.new(_standard_key(key), content, hashlib.sha256).digest()).decode()


# --- Secrets --------------------------------------------------------------------------------------------------------
def new_secret(scheme: str) -> str:
    """A secret as the scheme writes it."""
    if scheme == "standard":
        return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(32)


def checked_secret(scheme: str, text: str) -> str:
    """A secret that a sender has given, without the blanks around it. Raises Invalid."""
    secret = text.strip()
    if not SHORTEST <= len(secret) <= LONGEST or not secret.isprintable():
        raise _invalid(f"A secret has {SHORTEST} to {LONGEST} printable characters.")
    if scheme == "standard":
        _check_standard(secret)
    return secret


def _check_standard(secret: str) -> None:
    try:
        key = _standard_key(secret)
    except ValueError:
        key = b""
    if len(key) < SHORTEST:
        raise _invalid(f"A secret of Standard Webhooks is {PREFIX} and a key in Base64.")


def _standard_key(secret: str) -> bytes:
    text = secret.removeprefix(PREFIX).rstrip("=")
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def _invalid(message: str) -> Invalid:
    return Invalid(message, details={"secret": message})
