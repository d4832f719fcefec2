"""Where credentials may be sent: hosts as people write them, against the address that a request really goes to.

An entry is `api.example.com` (by https, at its usual port), `api.example.com:8443`, `http://intranet` where plain http
is meant, or `*.example.com` for every host below that name.
"""

from dataclasses import dataclass

import httpx

ANY = "*."
PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Destination:
    scheme: str
    host: str
    port: int
    is_any: bool = False  # every host below `host`

    def covers(self, other: "Destination") -> bool:
        is_host = other.host.endswith(f".{self.host}") if self.is_any else other.host == self.host
        return is_host and (self.scheme, self.port) == (other.scheme, other.port)

    def __str__(self) -> str:
        scheme = "" if self.scheme == "https" else f"{self.scheme}://"
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{scheme}{ANY if self.is_any else ''}{host}{port}"


def read(text: str) -> Destination:
    """Raises ValueError where it is no such entry."""
    scheme, mark, rest = text.strip().partition("://")
    scheme, rest = (scheme.lower(), rest) if mark else ("https", text.strip())
    is_any = rest.startswith(ANY)
    host = rest.removeprefix(ANY)
    if scheme not in PORTS or not host or set(host) & set("/?#@*\\ ") or (is_any and "." not in host):
        raise ValueError(f"“{text.strip()[:80]}” is no host such as api.example.com or *.example.com")
    found = of_url(f"{scheme}://{host}")
    return Destination(found.scheme, found.host, found.port, is_any)


def of_url(text: str) -> Destination:
    """Where a request to this URL goes, by the client that sends it. Raises ValueError."""
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL as error:
        raise ValueError(f"“{text.strip()[:80]}” is not a URL: {error}") from None
    host = url.raw_host.decode("ascii").lower().rstrip(".")
    if url.scheme not in PORTS or not host:
        raise ValueError(f"“{text.strip()[:80]}” does not start with http:// or https:// and a host")
    port = PORTS[url.scheme] if url.port is None else url.port
    if not 0 < port < 65_536:
        raise ValueError(f"{port} is not a port number")
    return Destination(url.scheme, host, port)
