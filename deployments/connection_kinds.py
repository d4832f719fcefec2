"""The kinds of credentials: what each is made of, what of it is secret, and what it adds to a request."""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote_plus

from patterns.context import Carried

Fields = Mapping[str, str]


@dataclass(frozen=True)
class Field:
    """One value of a kind. What is secret is sealed and never told again; the rest may be read by everybody."""

    name: str
    label: str
    is_secret: bool = False
    default: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    is_optional: bool = False
    hint: str = ""
    has_lines: bool = False


@dataclass(frozen=True)
class Kind:
    """`carried` makes of the values what a request gets; `hidden` names all texts in it that nobody may see."""

    label: str
    fields: tuple[Field, ...]
    carried: Callable[[Fields], Carried]
    hidden: Callable[[Fields], Iterator[str]]

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields if field.is_secret)


# --- What a request gets ----------------------------------------------------------------------------------------------
def _api_key(given: Fields) -> Carried:
    name, value = given["name"], given["key"]
    if given["place"] == "query":
        return Carried(query=((name, value),))
    prefix = given["prefix"]
    return Carried(headers=((name, f"{prefix} {value}" if prefix else value),))


def bearer(token: str) -> Carried:
    return Carried(headers=(("Authorization", f"Bearer {token}"),))


def _basic(given: Fields) -> Carried:
    return Carried(headers=(("Authorization", f"Basic {basic(given['username'], given['password'])}"),))


def basic(user: str, password: str) -> str:
    """User and password as RFC 7617 writes them."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def client_basic(client_id: str, secret: str) -> str:
    """The same of a client, each part form-encoded first (RFC 6749, 2.3.1)."""
    return basic(quote_plus(client_id), quote_plus(secret))


def header_lines(text: str) -> list[tuple[str, str]]:
    """The headers of a text with one a line, as `Name: value`. Raises ValueError, which tells no value."""
    lines = [line for line in text.splitlines() if line.strip()]
    return [_header(line, place) for place, line in enumerate(lines, 1)]


def _header(line: str, place: int) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip() or not value.strip():
        raise ValueError(f"Line {place} is not “Name: value”.")
    return name.strip(), value.strip()


def _headers(given: Fields) -> Carried:
    return Carried(headers=tuple(header_lines(given["headers"])))


# --- What must be hidden ----------------------------------------------------------------------------------------------
def _hidden_basic(given: Fields) -> Iterator[str]:
    user, password = given["username"], given["password"]
    yield from (password, f"{user}:{password}", basic(user, password))


def _hidden_headers(given: Fields) -> Iterator[str]:
    for _, value in header_lines(given["headers"]):
        yield value
        yield from value.split()[1:]  # behind a scheme, as in `Bearer …`


def _hidden_client(given: Fields) -> Iterator[str]:
    user, secret = given["clientId"], given["clientSecret"]
    yield from (secret, basic(user, secret), client_basic(user, secret))


KINDS: Mapping[str, Kind] = {
    "api_key": Kind(
        "API key",
        (
            Field("key", "Key", is_secret=True),
            Field("place", "Sent in", default="header", choices=(("header", "A header"), ("query", "The query"))),
            Field("name", "Name", default="X-API-Key", hint="of the header or of the parameter"),
            Field("prefix", "Prefix", is_optional=True, hint="before the key in the header, such as Token"),
        ),
        _api_key,
        lambda given: iter((given["key"],)),
    ),
    "bearer": Kind(
        "Bearer token",
        (Field("token", "Token", is_secret=True),),
        lambda given: bearer(given["token"]),
        lambda given: iter((given["token"],)),
    ),
    "basic": Kind(
        "Basic (user and password)",
        (Field("username", "User"), Field("password", "Password", is_secret=True)),
        _basic,
        _hidden_basic,
    ),
    "headers": Kind(
        "Several headers",
        (Field("headers", "Headers", is_secret=True, has_lines=True, hint="one a line, as Name: value"),),
        _headers,
        _hidden_headers,
    ),
    "oauth2": Kind(
        "OAuth 2.0 client credentials",
        (
            Field("tokenUrl", "Token URL", hint="where a token is asked for"),
            Field("clientId", "Client ID"),
            Field("clientSecret", "Client secret", is_secret=True),
            Field("scope", "Scope", is_optional=True),
            Field(
                "clientAuth",
                "Client secret is sent",
                default="header",
                choices=(("header", "In the Authorization header"), ("body", "In the body")),
            ),
        ),
        lambda given: Carried(),  # the token is fetched
        _hidden_client,
    ),
}
