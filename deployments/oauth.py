"""Access tokens for client credentials (RFC 6749, 4.4), asked for by the same guarded client as every request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from deployments.connection_kinds import client_basic
from dragops_site import jsontext
from patterns import net
from patterns.context import NodeError

LONGEST = 16_000  # characters of a token
LASTS_S = 300  # where the server does not say
LONGEST_S = 86_400 * 30
MOST_S = 30


@dataclass(frozen=True)
class Token:
    text: str
    lasts_s: float

    def __repr__(self) -> str:
        return f"<token for {self.lasts_s:g} s>"


def fetch_token(given: Mapping[str, str], connection: str, limit_s: float) -> Token:
    """Raises NodeError: TokenRefused where the server gives none, else as any request."""
    asked = {"grant_type": "client_credentials", **({"scope": given["scope"]} if given["scope"] else {})}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if given["clientAuth"] == "body":
        asked |= {"client_id": given["clientId"], "client_secret": given["clientSecret"]}
    else:
        headers["Authorization"] = f"Basic {client_basic(given['clientId'], given['clientSecret'])}"
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    request = net.Request("POST", given["tokenUrl"], pairs, urlencode(asked).encode())
    # A redirect is not followed: the secret is for this address alone.
    return _read(net.fetch(request, min(limit_s, MOST_S), follow_redirects=False), connection)


def _read(answer: net.Answer, connection: str) -> Token:
    told = _json(answer)
    if answer.status != 200:
        said = ": ".join(str(told[name])[:100] for name in ("error", "error_description") if name in told)
        raise _refused(connection, f"answered {answer.status}{f' ({said})' if said else ''}", answer.status >= 500)
    text, kind = told.get("access_token"), str(told.get("token_type", "bearer"))
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST or not text.isascii() or not text.isprintable():
        raise _refused(connection, "gave no access token")
    if kind.lower() != "bearer":
        raise _refused(connection, f"gave a token of the unknown type “{kind[:40]}”")
    return Token(text, _seconds(told.get("expires_in")))


def _json(answer: net.Answer) -> dict[str, Any]:
    try:
        told = jsontext.loads(answer.body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _seconds(told: Any) -> float:
    try:
        return min(max(float(told), 0), LONGEST_S)
    except (TypeError, ValueError):
        return LASTS_S


def _refused(connection: str, what: str, may_pass: bool = False) -> NodeError:
    message = f"The connection “{connection}” got no token: its token server {what}."
    return NodeError(message, "TokenRefused", retryable=may_pass)
