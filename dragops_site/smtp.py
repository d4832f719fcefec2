"""The mail server, as the environment names it."""

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

PORTS = {"smtp": 25, "smtps": 465}
PORT_WITH_TLS = 587


@dataclass(frozen=True)
class Smtp:
    """Without a host no mail is sent."""

    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    starts_tls: bool = False  # on a connection that begins in clear text
    is_tls: bool = False  # from its first byte


def read(url: str) -> Smtp:
    """The server of `smtp://user:password@host:587/?tls=1`, or `smtps://…`; none for no text. Raises ValueError."""
    if not url:
        return Smtp()
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("it must read like smtp://user:password@host:587/?tls=1, or smtps://user:password@host")
    starts_tls = parts.scheme == "smtp" and parse_qs(parts.query).get("tls") == ["1"]
    return Smtp(
        host=parts.hostname,
        port=parts.port or (PORT_WITH_TLS if starts_tls else PORTS[parts.scheme]),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starts_tls=starts_tls,
        is_tls=parts.scheme == "smtps",
    )
