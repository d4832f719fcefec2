"""What connections may be. No message here holds a secret."""

import re
from collections.abc import Iterable, Mapping
from uuid import UUID

from deployments.actions.environment_rules import SHORTEST_SECRET
from deployments.connection_kinds import KINDS, Field, header_lines
from deployments.connection_uses import deployed_users
from deployments.models import Connection
from dragops_site import jsontext
from dragops_site.errors import Conflict, Invalid, NotFound
from patterns import destinations, net

LONGEST_NAME = 100
LONGEST_SETTING = 2_000
LONGEST_SECRET = 16_000
MOST_HOSTS = 50
MOST = 1_000
NAMED = 3
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", re.ASCII)  # of header names (RFC 9110, 5.6.2)
VISIBLE = re.compile(r"[\x20-\x7e]*", re.ASCII)


def locked(connection_id: UUID) -> Connection:
    """For a change: one at a time, and none while a pattern that names it is being deployed. Raises NotFound."""
    found = Connection.objects.select_for_update().filter(pk=connection_id).first()
    if found is None:
        raise NotFound("There is no such connection.", code="CONNECTION_NOT_FOUND")
    return found


def checked_name(name: str, own: UUID | None = None) -> str:
    """Raises Invalid, Conflict."""
    text = _line("displayName", "The name", name, LONGEST_NAME)
    if not text:
        raise _invalid("displayName", "A connection needs a name.")
    holder = Connection.objects.filter(name=text).values_list("pk", flat=True).first()
    if holder is not None and holder != own:
        raise taken(text)
    return text


def taken(name: str) -> Conflict:
    return Conflict(f"There is already a connection “{name}”.", details={"displayName": "This name is taken."})


def checked_provider(text: str) -> str:
    """Raises Invalid."""
    return _line("provider", "The provider", text, LONGEST_NAME)


def checked_hosts(hosts: Iterable[str]) -> list[str]:
    """As they are kept, each once. Raises Invalid."""
    given = [host for host in hosts if host.strip()]
    if not given or len(given) > MOST_HOSTS:
        raise _invalid("hosts", f"Name 1 to {MOST_HOSTS} hosts that the credentials may be sent to.")
    try:
        return list(dict.fromkeys(str(destinations.read(host)) for host in given))
    except ValueError as error:
        raise _invalid("hosts", f"{error}.") from None


def checked_values(kind: str, given: Mapping[str, str], is_whole: bool = True) -> tuple[dict[str, str], dict[str, str]]:
    """What of the values may be seen, and what is secret; where they are not `is_whole`, nothing is secret, and what
    is there of it stays. Raises Invalid."""
    fields = KINDS[kind].fields
    if unknown := sorted(set(given) - {field.name for field in fields}):
        raise _invalid(unknown[0][:60], "There is no such field for this type of connection.")
    told = {field.name: given.get(field.name, field.default) for field in fields}
    wanted = [field for field in fields if is_whole or not field.is_secret]
    wrong = {field.name: problem for field in wanted if (problem := _problem(field, told[field.name], told))}
    if wrong:
        raise Invalid(" ".join(wrong.values()), details=wrong)
    kept = {field.name: told[field.name] if field.is_secret else told[field.name].strip() for field in wanted}
    secret = {name: value.strip() for name, value in kept.items() if name in KINDS[kind].secrets}
    return {name: value for name, value in kept.items() if name not in secret}, secret


def refuse_where_used(found: Connection, verb: str) -> None:
    """Raises Conflict where deployed patterns name it; `verb` as in “deleted”."""
    users = deployed_users(found.name)
    if users:
        named = ", ".join(pattern.name for pattern in users[:NAMED])
        more = f" and {len(users) - NAMED} more" if len(users) > NAMED else ""
        raise Conflict(
            f"The connection “{found.name}” cannot be {verb} while {named}{more} "
            f"{'uses' if len(users) == 1 else 'use'} it. Deploy {'it' if len(users) == 1 else 'them'} with another one "
            "first, or undeploy.",
            details={"patterns": [{"id": str(pattern.pk), "name": pattern.name} for pattern in users[:MOST_HOSTS]]},
        )


# --- Values -----------------------------------------------------------------------------------------------------------
def _problem(field: Field, value: str, told: Mapping[str, str]) -> str:
    if not value.strip():
        return "" if field.is_optional else f"{field.label} is missing."
    if field.choices and value not in dict(field.choices):
        return f"{field.label} must be one of {', '.join(name for name, _ in field.choices)}."
    if field.is_secret and len(value.strip()) < SHORTEST_SECRET:
        return f"{field.label} has fewer than {SHORTEST_SECRET} characters."
    if len(value) > (LONGEST_SECRET if field.is_secret else LONGEST_SETTING):
        return f"{field.label} is too long."
    if field.has_lines:
        return _lines_problem(value)
    return _own_problem(field, value.strip(), told)


def _own_problem(field: Field, value: str, told: Mapping[str, str]) -> str:
    if not value.isprintable() or jsontext.clean(value) != value:
        return f"{field.label} has line breaks, or characters that are no text."
    if field.name in {"key", "token", "prefix"} and not VISIBLE.fullmatch(value):
        return f"{field.label} has characters that a request cannot carry."
    if field.name == "name" and told.get("place") == "header":
        return header_problem(value)
    if field.name == "username" and ":" in value:
        return "User has a colon, which would end it."
    if field.name == "tokenUrl":
        return _url_problem(value)
    return ""


def header_problem(name: str) -> str:
    """What is wrong with a header that is to hold a credential, or nothing."""
    if not TOKEN.fullmatch(name):
        return f"“{name[:60]}” is no name of a header."
    # These go along to whatever server a redirect leads to, or are the client's own.
    if name.lower() in net.KEPT_HEADERS:
        return f"The header {name} cannot hold a credential."
    return ""


def _lines_problem(text: str) -> str:
    try:
        headers = header_lines(text)
    except ValueError as error:
        return str(error)
    if len({name.lower() for name, _ in headers}) < len(headers):
        return "A header is there twice."
    if not all(VISIBLE.fullmatch(value) for _, value in headers):
        return "A header has characters that a request cannot carry."
    return next((problem for name, _ in headers if (problem := header_problem(name))), "")


def _url_problem(text: str) -> str:
    try:
        destinations.of_url(text)
    except ValueError as error:
        return f"Token URL: {error}."
    return "Token URL must not hold a user or a password." if "@" in text else ""


def _line(field: str, label: str, text: str, limit: int) -> str:
    found = text.strip()
    if len(found) > limit or not found.isprintable() or jsontext.clean(found) != found:
        raise _invalid(field, f"{label} has more than {limit} characters, or line breaks.")
    return found


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(message, details={field: message})
